//! Chat Completions.

use super::{Edits, Feature, Source, one, within};

pub(crate) const SOURCE: Source = Source {
    plain: r#"{"model": "default", "max_tokens": 5000, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}"#,
    features: FEATURES,
};

const TOOL: Edits = &[(
    "tools.+",
    r#"{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}"#,
)];

const HISTORY: Edits = &[
    TOOL[0],
    (
        "messages.+",
        r#"{"role": "assistant", "content": "Well", "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}"#,
    ),
    (
        "messages.+",
        r#"{"role": "tool", "tool_call_id": "call_1", "content": "7"}"#,
    ),
];

const ANSWERED: Edits = &[
    ("messages.1", r#"{"role": "assistant", "content": "Well"}"#),
    ("messages.2", r#"{"role": "user", "content": "And?"}"#),
];

const FEATURES: &[Feature] = &[
    one(
        "system",
        &[
            ("messages.0", r#"{"role": "system", "content": "Be brief"}"#),
            ("messages.1", r#"{"role": "user", "content": "Hi"}"#),
        ],
    ),
    one(
        "developer",
        &[
            (
                "messages.0",
                r#"{"role": "developer", "content": "Be brief"}"#,
            ),
            ("messages.1", r#"{"role": "user", "content": "Hi"}"#),
        ],
    ),
    one(
        "system amid the turns",
        &[
            ("messages.1", r#"{"role": "assistant", "content": "Well"}"#),
            ("messages.2", r#"{"role": "system", "content": "Be brief"}"#),
            ("messages.3", r#"{"role": "user", "content": "And?"}"#),
        ],
    ),
    one("speaker's name", &[("messages.0.name", r#""bob""#)]),
    one(
        "image by URL",
        &[(
            "messages.0.content.+",
            r#"{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}"#,
        )],
    ),
    one(
        "image in base64",
        &[(
            "messages.0.content.+",
            r#"{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}"#,
        )],
    ),
    within(
        "image detail",
        &[(
            "messages.0.content.+",
            r#"{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}"#,
        )],
        &[("messages.0.content.1.image_url.detail", r#""high""#)],
    ),
    one(
        "document in base64",
        &[(
            "messages.0.content.+",
            r#"{"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}"#,
        )],
    ),
    within(
        "document name",
        &[(
            "messages.0.content.+",
            r#"{"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}}"#,
        )],
        &[("messages.0.content.1.file.filename", r#""contract.pdf""#)],
    ),
    one(
        "document by id",
        &[(
            "messages.0.content.+",
            r#"{"type": "file", "file": {"file_id": "file-1"}}"#,
        )],
    ),
    one(
        "audio",
        &[(
            "messages.0.content.+",
            r#"{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}"#,
        )],
    ),
    one("tool", TOOL),
    within(
        "tool description",
        TOOL,
        &[("tools.0.function.description", r#""Does""#)],
    ),
    within("strict tool", TOOL, &[("tools.0.function.strict", "true")]),
    one(
        "custom tool",
        &[("tools.+", r#"{"type": "custom", "custom": {"name": "g"}}"#)],
    ),
    within(
        "one tool at a time",
        TOOL,
        &[("parallel_tool_calls", "false")],
    ),
    within("tool choice: none", TOOL, &[("tool_choice", r#""none""#)]),
    within(
        "tool choice: required",
        TOOL,
        &[("tool_choice", r#""required""#)],
    ),
    within(
        "tool choice: this one",
        TOOL,
        &[(
            "tool_choice",
            r#"{"type": "function", "function": {"name": "f"}}"#,
        )],
    ),
    within(
        "tool choice: allowed ones",
        TOOL,
        &[(
            "tool_choice",
            r#"{"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]}}"#,
        )],
    ),
    one("tool call and result", HISTORY),
    within(
        "tool result of parts",
        HISTORY,
        &[("messages.2.content", r#"[{"type": "text", "text": "8"}]"#)],
    ),
    one(
        "JSON schema",
        &[(
            "response_format",
            r#"{"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}"#,
        )],
    ),
    one(
        "strict JSON schema",
        &[(
            "response_format",
            r#"{"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}"#,
        )],
    ),
    within(
        "JSON schema beside tools",
        TOOL,
        &[(
            "response_format",
            r#"{"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}"#,
        )],
    ),
    one(
        "JSON mode",
        &[("response_format", r#"{"type": "json_object"}"#)],
    ),
    one(
        "grammar",
        &[(
            "response_format",
            r#"{"type": "grammar", "grammar": "root ::= \"a\""}"#,
        )],
    ),
    one("reasoning effort", &[("reasoning_effort", r#""high""#)]),
    one(
        "reasoning budget",
        &[("reasoning", r#"{"max_tokens": 3000}"#)],
    ),
    within(
        "earlier reasoning",
        ANSWERED,
        &[("messages.1.reasoning_content", r#""Hm""#)],
    ),
    within(
        "earlier refusal",
        ANSWERED,
        &[("messages.1.refusal", r#""No""#)],
    ),
    within(
        "earlier annotations",
        ANSWERED,
        &[("messages.1.annotations", r#"[{"type": "url_citation"}]"#)],
    ),
    within(
        "earlier sound",
        ANSWERED,
        &[("messages.1.audio", r#"{"id": "audio_1"}"#)],
    ),
    one("max_completion_tokens", &[("max_completion_tokens", "77")]),
    one("temperature", &[("temperature", "0.3")]),
    one("temperature above 1", &[("temperature", "1.7")]),
    one("top_p", &[("top_p", "0.4")]),
    one("top_k", &[("top_k", "41")]),
    one("seed", &[("seed", "4711")]),
    one("stop", &[("stop", r#""END""#)]),
    one("stops", &[("stop", r#"["END", "STOP"]"#)]),
    one("n", &[("n", "2")]),
    one("logprobs", &[("logprobs", "true")]),
    one(
        "top_logprobs",
        &[("logprobs", "true"), ("top_logprobs", "3")],
    ),
    one("frequency_penalty", &[("frequency_penalty", "0.37")]),
    one("presence_penalty", &[("presence_penalty", "0.37")]),
    one("logit_bias", &[("logit_bias", r#"{"50256": -100}"#)]),
    one("metadata", &[("metadata", r#"{"team": "a"}"#)]),
    one("user", &[("user", r#""u-4711""#)]),
    one("safety_identifier", &[("safety_identifier", r#""u-4711""#)]),
    one("service_tier", &[("service_tier", r#""flex""#)]),
    one("store", &[("store", "true")]),
    one("verbosity", &[("verbosity", r#""low""#)]),
    one(
        "prediction",
        &[("prediction", r#"{"type": "content", "content": "Hi"}"#)],
    ),
    one(
        "sound in the answer",
        &[
            ("modalities", r#"["text", "audio"]"#),
            ("audio", r#"{"voice": "ash", "format": "wav"}"#),
        ],
    ),
    one("web search", &[("web_search_options", "{}")]),
    one("prompt cache key", &[("prompt_cache_key", r#""k""#)]),
    one(
        "cache mark",
        &[(
            "messages.0.content.0.cache_control",
            r#"{"type": "ephemeral"}"#,
        )],
    ),
    one("unknown field", &[("unknown", "1")]),
    one("unknown field of a message", &[("messages.0.unknown", "1")]),
    one(
        "unknown part",
        &[("messages.0.content.+", r#"{"type": "hologram"}"#)],
    ),
];
