//! Responses.

use super::{Edits, Feature, Source, one, within};

pub(crate) const SOURCE: Source = Source {
    plain: r#"{"model": "default", "max_output_tokens": 5000, "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}]}"#,
    features: FEATURES,
};

const TOOL: Edits = &[(
    "tools.+",
    r#"{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}"#,
)];

const HISTORY: Edits = &[
    TOOL[0],
    (
        "input.+",
        r#"{"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}"#,
    ),
    (
        "input.+",
        r#"{"type": "function_call_output", "call_id": "call_1", "output": "7"}"#,
    ),
];

const FEATURES: &[Feature] = &[
    one("instructions", &[("instructions", r#""Be brief""#)]),
    one(
        "image by URL",
        &[(
            "input.0.content.+",
            r#"{"type": "input_image", "image_url": "https://a.example/b.png"}"#,
        )],
    ),
    one(
        "image in base64",
        &[(
            "input.0.content.+",
            r#"{"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}"#,
        )],
    ),
    one(
        "image by id",
        &[(
            "input.0.content.+",
            r#"{"type": "input_image", "file_id": "file-1"}"#,
        )],
    ),
    one(
        "document in base64",
        &[(
            "input.0.content.+",
            r#"{"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}"#,
        )],
    ),
    one(
        "document by URL",
        &[(
            "input.0.content.+",
            r#"{"type": "input_file", "file_url": "https://a.example/b.pdf"}"#,
        )],
    ),
    one("tool", TOOL),
    within("strict tool", TOOL, &[("tools.0.strict", "true")]),
    one(
        "tool of the provider",
        &[("tools.+", r#"{"type": "web_search"}"#)],
    ),
    within(
        "one tool at a time",
        TOOL,
        &[("parallel_tool_calls", "false")],
    ),
    within(
        "tool choice: required",
        TOOL,
        &[("tool_choice", r#""required""#)],
    ),
    within(
        "tool choice: this one",
        TOOL,
        &[("tool_choice", r#"{"type": "function", "name": "f"}"#)],
    ),
    one("tool call and result", HISTORY),
    within(
        "tool result with an image",
        HISTORY,
        &[(
            "input.2.output",
            r#"[{"type": "input_text", "text": "7"}, {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}]"#,
        )],
    ),
    one(
        "JSON schema",
        &[(
            "text",
            r#"{"format": {"type": "json_schema", "name": "n", "strict": true, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}"#,
        )],
    ),
    one(
        "JSON mode",
        &[("text", r#"{"format": {"type": "json_object"}}"#)],
    ),
    one("verbosity", &[("text", r#"{"verbosity": "low"}"#)]),
    one("effort", &[("reasoning", r#"{"effort": "high"}"#)]),
    within(
        "reasoning summary",
        &[("reasoning", r#"{"effort": "high"}"#)],
        &[("reasoning.summary", r#""auto""#)],
    ),
    one(
        "encrypted reasoning wanted",
        &[("include", r#"["reasoning.encrypted_content"]"#)],
    ),
    one(
        "earlier reasoning",
        &[
            (
                "input.1",
                r#"{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}], "encrypted_content": "c2ln"}"#,
            ),
            ("input.2", r#"{"role": "assistant", "content": "Well"}"#),
            ("input.3", r#"{"role": "user", "content": "And?"}"#),
        ],
    ),
    one(
        "earlier response",
        &[("previous_response_id", r#""resp_1""#)],
    ),
    one("temperature", &[("temperature", "0.3")]),
    one("top_p", &[("top_p", "0.4")]),
    one("top_logprobs", &[("top_logprobs", "3")]),
    one("metadata", &[("metadata", r#"{"team": "a"}"#)]),
    one("user", &[("user", r#""u-4711""#)]),
    one("safety_identifier", &[("safety_identifier", r#""u-4711""#)]),
    one("service_tier", &[("service_tier", r#""flex""#)]),
    one("store", &[("store", "true")]),
    one("truncation", &[("truncation", r#""auto""#)]),
    one("max_tool_calls", &[("max_tool_calls", "3")]),
    one("background", &[("background", "true")]),
    one("prompt cache key", &[("prompt_cache_key", r#""k""#)]),
    one("unknown field", &[("unknown", "1")]),
    one("unknown item", &[("input.+", r#"{"type": "hologram"}"#)]),
];
