//! Bedrock's Converse.

use super::{Edits, Feature, Source, one, within};

pub(crate) const SOURCE: Source = Source {
    plain: r#"{"inferenceConfig": {"maxTokens": 5000}, "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}"#,
    features: FEATURES,
};

const TOOL: Edits = &[(
    "toolConfig.tools.+",
    r#"{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}}"#,
)];

const HISTORY: Edits = &[
    TOOL[0],
    (
        "messages.+",
        r#"{"role": "assistant", "content": [{"toolUse": {"toolUseId": "t_1", "name": "f", "input": {}}}]}"#,
    ),
    (
        "messages.+",
        r#"{"role": "user", "content": [{"toolResult": {"toolUseId": "t_1", "content": [{"text": "7"}]}}]}"#,
    ),
];

const ANSWERED: Edits = &[
    (
        "messages.1",
        r#"{"role": "assistant", "content": [{"text": "Well"}]}"#,
    ),
    (
        "messages.2",
        r#"{"role": "user", "content": [{"text": "And?"}]}"#,
    ),
];

const FEATURES: &[Feature] = &[
    one("system", &[("system", r#"[{"text": "Be brief"}]"#)]),
    within(
        "cache point in system",
        &[("system", r#"[{"text": "Be brief"}]"#)],
        &[("system.+", r#"{"cachePoint": {"type": "default"}}"#)],
    ),
    one(
        "cache point",
        &[(
            "messages.0.content.+",
            r#"{"cachePoint": {"type": "default"}}"#,
        )],
    ),
    one(
        "image",
        &[(
            "messages.0.content.+",
            r#"{"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}}"#,
        )],
    ),
    one(
        "document",
        &[(
            "messages.0.content.+",
            r#"{"document": {"format": "pdf", "name": "a", "source": {"bytes": "JVBERi0="}}}"#,
        )],
    ),
    one("tool", TOOL),
    within(
        "tool choice: any",
        TOOL,
        &[("toolConfig.toolChoice", r#"{"any": {}}"#)],
    ),
    within(
        "tool choice: this one",
        TOOL,
        &[("toolConfig.toolChoice", r#"{"tool": {"name": "f"}}"#)],
    ),
    one("tool call and result", HISTORY),
    within(
        "failed tool",
        HISTORY,
        &[("messages.2.content.0.toolResult.status", r#""error""#)],
    ),
    within(
        "tool result with an image",
        HISTORY,
        &[(
            "messages.2.content.0.toolResult.content.+",
            r#"{"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}}"#,
        )],
    ),
    within(
        "earlier reasoning",
        ANSWERED,
        &[(
            "messages.1.content",
            r#"[{"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "c2ln"}}}, {"text": "Well"}]"#,
        )],
    ),
    one("temperature", &[("inferenceConfig.temperature", "0.3")]),
    one("topP", &[("inferenceConfig.topP", "0.4")]),
    one(
        "stopSequences",
        &[("inferenceConfig.stopSequences", r#"["END"]"#)],
    ),
    one(
        "model's own fields",
        &[("additionalModelRequestFields", r#"{"top_k": 41}"#)],
    ),
    one(
        "guardrail",
        &[(
            "guardrailConfig",
            r#"{"guardrailIdentifier": "g", "guardrailVersion": "1"}"#,
        )],
    ),
    one(
        "requestMetadata",
        &[("requestMetadata", r#"{"team": "a"}"#)],
    ),
    one(
        "performanceConfig",
        &[("performanceConfig", r#"{"latency": "optimized"}"#)],
    ),
    one("unknown field", &[("unknown", "1")]),
    one(
        "unknown block",
        &[("messages.0.content.+", r#"{"hologram": {}}"#)],
    ),
];
