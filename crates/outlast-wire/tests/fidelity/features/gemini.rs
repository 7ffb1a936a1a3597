//! Gemini.

use super::{Edits, Feature, Source, one, within};

pub(crate) const SOURCE: Source = Source {
    plain: r#"{"generationConfig": {"maxOutputTokens": 5000}, "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}"#,
    features: FEATURES,
};

const TOOL: Edits = &[(
    "tools.+",
    r#"{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}]}"#,
)];

const ANSWERED: Edits = &[
    (
        "contents.1",
        r#"{"role": "model", "parts": [{"text": "Well"}]}"#,
    ),
    (
        "contents.2",
        r#"{"role": "user", "parts": [{"text": "And?"}]}"#,
    ),
];

const FEATURES: &[Feature] = &[
    one(
        "systemInstruction",
        &[("systemInstruction", r#"{"parts": [{"text": "Be brief"}]}"#)],
    ),
    one(
        "image in base64",
        &[(
            "contents.0.parts.+",
            r#"{"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}"#,
        )],
    ),
    one(
        "document in base64",
        &[(
            "contents.0.parts.+",
            r#"{"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}}"#,
        )],
    ),
    one(
        "audio",
        &[(
            "contents.0.parts.+",
            r#"{"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}}"#,
        )],
    ),
    one(
        "video",
        &[(
            "contents.0.parts.+",
            r#"{"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}}"#,
        )],
    ),
    one(
        "file by URI",
        &[(
            "contents.0.parts.+",
            r#"{"fileData": {"mimeType": "image/png", "fileUri": "https://a.example/b.png"}}"#,
        )],
    ),
    one("tool", TOOL),
    one(
        "tool of the provider",
        &[("tools.+", r#"{"googleSearch": {}}"#)],
    ),
    within(
        "tool choice: any",
        TOOL,
        &[(
            "toolConfig",
            r#"{"functionCallingConfig": {"mode": "ANY"}}"#,
        )],
    ),
    within(
        "tool choice: this one",
        TOOL,
        &[(
            "toolConfig",
            r#"{"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}}"#,
        )],
    ),
    one(
        "tool call and result",
        &[
            (
                "tools.+",
                r#"{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}]}"#,
            ),
            (
                "contents.1",
                r#"{"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": "b"}}}]}"#,
            ),
            (
                "contents.2",
                r#"{"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"c": 7}}}]}"#,
            ),
        ],
    ),
    one(
        "JSON schema",
        &[
            ("generationConfig.responseMimeType", r#""application/json""#),
            (
                "generationConfig.responseSchema",
                r#"{"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}"#,
            ),
        ],
    ),
    one(
        "JSON mode",
        &[("generationConfig.responseMimeType", r#""application/json""#)],
    ),
    one(
        "thinking budget",
        &[(
            "generationConfig.thinkingConfig",
            r#"{"thinkingBudget": 2000}"#,
        )],
    ),
    within(
        "thoughts not wanted",
        &[(
            "generationConfig.thinkingConfig",
            r#"{"thinkingBudget": 2000}"#,
        )],
        &[("generationConfig.thinkingConfig.includeThoughts", "false")],
    ),
    within(
        "earlier thought",
        ANSWERED,
        &[(
            "contents.1.parts",
            r#"[{"text": "Hm", "thought": true}, {"text": "Well"}]"#,
        )],
    ),
    within(
        "thought signature",
        ANSWERED,
        &[("contents.1.parts.0.thoughtSignature", r#""c2ln""#)],
    ),
    within(
        "earlier code",
        ANSWERED,
        &[(
            "contents.1.parts.+",
            r#"{"executableCode": {"language": "PYTHON", "code": "1"}}"#,
        )],
    ),
    one("temperature", &[("generationConfig.temperature", "0.3")]),
    one("topP", &[("generationConfig.topP", "0.4")]),
    one("topK", &[("generationConfig.topK", "41")]),
    one("seed", &[("generationConfig.seed", "4711")]),
    one(
        "stopSequences",
        &[("generationConfig.stopSequences", r#"["END"]"#)],
    ),
    one(
        "candidateCount",
        &[("generationConfig.candidateCount", "2")],
    ),
    one(
        "presencePenalty",
        &[("generationConfig.presencePenalty", "0.37")],
    ),
    one(
        "responseLogprobs",
        &[
            ("generationConfig.responseLogprobs", "true"),
            ("generationConfig.logprobs", "3"),
        ],
    ),
    one(
        "responseModalities",
        &[(
            "generationConfig.responseModalities",
            r#"["TEXT", "IMAGE"]"#,
        )],
    ),
    one(
        "safetySettings",
        &[(
            "safetySettings",
            r#"[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]"#,
        )],
    ),
    one(
        "cachedContent",
        &[("cachedContent", r#""cachedContents/1""#)],
    ),
    one("labels", &[("labels", r#"{"team": "a"}"#)]),
    one("unknown field", &[("unknown", "1")]),
    one(
        "unknown part",
        &[("contents.0.parts.+", r#"{"hologram": {}}"#)],
    ),
];
