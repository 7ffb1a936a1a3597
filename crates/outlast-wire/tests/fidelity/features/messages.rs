//! Messages.

use super::{Edits, Feature, Source, one, within};

pub(crate) const SOURCE: Source = Source {
    plain: r#"{"model": "default", "max_tokens": 5000, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}"#,
    features: FEATURES,
};

const TOOL: Edits = &[(
    "tools.+",
    r#"{"name": "f", "input_schema": {"type": "object", "properties": {}}}"#,
)];

const HISTORY: Edits = &[
    TOOL[0],
    (
        "messages.+",
        r#"{"role": "assistant", "content": [{"type": "text", "text": "Well"}, {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]}"#,
    ),
    (
        "messages.+",
        r#"{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "7"}]}"#,
    ),
];

const ANSWERED: Edits = &[
    (
        "messages.1",
        r#"{"role": "assistant", "content": [{"type": "text", "text": "Well"}]}"#,
    ),
    ("messages.2", r#"{"role": "user", "content": "And?"}"#),
];

const DOCUMENT: Edits = &[(
    "messages.0.content.+",
    r#"{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}"#,
)];

const FEATURES: &[Feature] = &[
    one("system", &[("system", r#""Be brief""#)]),
    within(
        "cache mark on system",
        &[("system", r#"[{"type": "text", "text": "Be brief"}]"#)],
        &[("system.0.cache_control", r#"{"type": "ephemeral"}"#)],
    ),
    one(
        "cache mark",
        &[(
            "messages.0.content.0.cache_control",
            r#"{"type": "ephemeral"}"#,
        )],
    ),
    within(
        "cache mark on a tool",
        TOOL,
        &[("tools.0.cache_control", r#"{"type": "ephemeral"}"#)],
    ),
    within(
        "cache mark on a result",
        HISTORY,
        &[(
            "messages.2.content.0.cache_control",
            r#"{"type": "ephemeral"}"#,
        )],
    ),
    one(
        "image by URL",
        &[(
            "messages.0.content.+",
            r#"{"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}}"#,
        )],
    ),
    one(
        "image in base64",
        &[(
            "messages.0.content.+",
            r#"{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}"#,
        )],
    ),
    one(
        "image by id",
        &[(
            "messages.0.content.+",
            r#"{"type": "image", "source": {"type": "file", "file_id": "file_1"}}"#,
        )],
    ),
    one("document in base64", DOCUMENT),
    one(
        "document by URL",
        &[(
            "messages.0.content.+",
            r#"{"type": "document", "source": {"type": "url", "url": "https://a.example/b.pdf"}}"#,
        )],
    ),
    one(
        "document by id",
        &[(
            "messages.0.content.+",
            r#"{"type": "document", "source": {"type": "file", "file_id": "file_1"}}"#,
        )],
    ),
    one(
        "document of text",
        &[(
            "messages.0.content.+",
            r#"{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Terms"}}"#,
        )],
    ),
    one(
        "document of blocks",
        &[(
            "messages.0.content.+",
            r#"{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "Terms"}]}}"#,
        )],
    ),
    within(
        "document title",
        DOCUMENT,
        &[("messages.0.content.1.title", r#""Contract""#)],
    ),
    within(
        "document context",
        DOCUMENT,
        &[("messages.0.content.1.context", r#""Signed""#)],
    ),
    within(
        "citations",
        DOCUMENT,
        &[("messages.0.content.1.citations", r#"{"enabled": true}"#)],
    ),
    one(
        "search result",
        &[(
            "messages.0.content.+",
            r#"{"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]}"#,
        )],
    ),
    one("tool", TOOL),
    within(
        "tool description",
        TOOL,
        &[("tools.0.description", r#""Does""#)],
    ),
    within("strict tool", TOOL, &[("tools.0.strict", "true")]),
    one(
        "tool of the provider",
        &[(
            "tools.+",
            r#"{"type": "web_search_20250305", "name": "web_search"}"#,
        )],
    ),
    within(
        "one tool at a time",
        TOOL,
        &[(
            "tool_choice",
            r#"{"type": "auto", "disable_parallel_tool_use": true}"#,
        )],
    ),
    within(
        "tool choice: none",
        TOOL,
        &[("tool_choice", r#"{"type": "none"}"#)],
    ),
    within(
        "tool choice: any",
        TOOL,
        &[("tool_choice", r#"{"type": "any"}"#)],
    ),
    within(
        "tool choice: this one",
        TOOL,
        &[("tool_choice", r#"{"type": "tool", "name": "f"}"#)],
    ),
    one("tool call and result", HISTORY),
    within(
        "tool result with an image",
        HISTORY,
        &[(
            "messages.2.content.0.content",
            r#"[{"type": "text", "text": "7"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}]"#,
        )],
    ),
    within(
        "failed tool",
        HISTORY,
        &[("messages.2.content.0.is_error", "true")],
    ),
    one(
        "JSON schema",
        &[(
            "output_config",
            r#"{"format": {"type": "json_schema", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}"#,
        )],
    ),
    one("effort", &[("output_config", r#"{"effort": "low"}"#)]),
    one(
        "thinking budget",
        &[("thinking", r#"{"type": "enabled", "budget_tokens": 2000}"#)],
    ),
    one(
        "adaptive thinking",
        &[("thinking", r#"{"type": "adaptive"}"#)],
    ),
    within(
        "thinking display",
        &[("thinking", r#"{"type": "adaptive"}"#)],
        &[("thinking.display", r#""omitted""#)],
    ),
    within(
        "earlier thinking",
        ANSWERED,
        &[(
            "messages.1.content",
            r#"[{"type": "thinking", "thinking": "Hm", "signature": "c2ln"}, {"type": "text", "text": "Well"}]"#,
        )],
    ),
    within(
        "earlier redacted thinking",
        ANSWERED,
        &[(
            "messages.1.content",
            r#"[{"type": "redacted_thinking", "data": "c2ln"}, {"type": "text", "text": "Well"}]"#,
        )],
    ),
    within(
        "earlier citations",
        ANSWERED,
        &[(
            "messages.1.content.0.citations",
            r#"[{"type": "char_location", "cited_text": "x"}]"#,
        )],
    ),
    within(
        "earlier search by the provider",
        ANSWERED,
        &[(
            "messages.1.content.+",
            r#"{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}"#,
        )],
    ),
    one("temperature", &[("temperature", "0.3")]),
    one("top_p", &[("top_p", "0.4")]),
    one("top_k", &[("top_k", "41")]),
    one("stop_sequences", &[("stop_sequences", r#"["END"]"#)]),
    one(
        "metadata.user_id",
        &[("metadata", r#"{"user_id": "u-4711"}"#)],
    ),
    one("service_tier", &[("service_tier", r#""standard_only""#)]),
    one("container", &[("container", r#""c_1""#)]),
    one(
        "MCP servers",
        &[(
            "mcp_servers",
            r#"[{"type": "url", "url": "https://a.example", "name": "a"}]"#,
        )],
    ),
    one("unknown field", &[("unknown", "1")]),
    one("unknown field of a message", &[("messages.0.unknown", "1")]),
    one(
        "unknown block",
        &[("messages.0.content.+", r#"{"type": "hologram"}"#)],
    ),
];
