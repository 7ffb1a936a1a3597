//! Requests, read by the server's side and written by the client's again.

use bytes::Bytes;
use outlast_types::{CallContext, ChatRequest};
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use serde_json::{Value, json};

use crate::recorded::{Exchange, exchanges};
use crate::support::{decode_request, difference, encode, encode_body};

/// Reads a recorded request and writes it again.
fn again(exchange: &Exchange) -> Result<Value, outlast_types::Error> {
    let server = GeminiServer::for_path(&exchange.url).unwrap();
    assert_eq!(server.mode(), exchange.mode(), "{}", exchange.url);
    let incoming = server.decode_request(&Bytes::from(exchange.request.to_string()))?;
    let options = EncodeOptions {
        model: server.model(),
        mode: incoming.mode,
        provider: "recorded",
    };
    let encoded = Gemini::new().encode(&incoming.request, &options)?;
    assert!(encoded.adaptations.is_empty(), "{:?}", encoded.adaptations);
    let asked: &str = exchange.url.rsplit('/').next().unwrap();
    let path = encoded.request.uri().path();
    assert_eq!(path.rsplit('/').next(), asked.split('?').next());
    Ok(serde_json::from_slice(encoded.request.body()).unwrap())
}

fn recorded_requests() -> impl Iterator<Item = Exchange> {
    let has_request = |exchange: &Exchange| exchange.request.is_object();
    exchanges("generate").into_iter().filter(has_request)
}

#[test]
fn every_recorded_request_leaves_as_it_came() {
    let (mut wrong, mut exact) = (Vec::new(), 0);
    for exchange in recorded_requests() {
        match again(&exchange) {
            Ok(written) if written == exchange.request => exact += 1,
            Ok(written) => wrong.push(format!(
                "{}: {}",
                exchange.name(),
                difference(&exchange.request, &written)
            )),
            Err(error) => wrong.push(format!(
                "{}: {error} {:?}",
                exchange.name(),
                error.message()
            )),
        }
    }
    println!("{exact} requests left exactly as they came");
    assert!(exact > 0);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_request_says_the_same_when_nobody_remembers_how_it_was_written() {
    for exchange in recorded_requests() {
        let mut request = decode_request(&exchange.request).unwrap();
        request.context = CallContext::default();
        let written = encode_body(&request, "g");
        let mut again = decode_request(&written).unwrap();
        // What stood for nothing is gone.
        let drop_empty = |request: &mut ChatRequest| {
            let extra = request.body_mut().extra.as_mut().unwrap();
            extra
                .fields
                .retain(|_, value| !matches!(value.get(), "{}" | "null"));
        };
        drop_empty(&mut request);
        drop_empty(&mut again);
        assert!(
            request.body() == again.body(),
            "{}: {written}",
            exchange.name()
        );
    }
}

#[test]
fn every_form_of_a_part_leaves_as_it_came() {
    let parts = [
        json!({"text": "t"}),
        json!({"text": ""}),
        json!({"text": "t", "thought": false}),
        json!({"text": "t", "thought": true}),
        json!({"text": "t", "thought": true, "thoughtSignature": "s", "new": 1}),
        json!({"text": "t", "thoughtSignature": "s"}),
        json!({"text": "", "thoughtSignature": "s"}),
        json!({"text": "t", "partMetadata": {"b": 1, "a": 2}}),
        json!({"inlineData": {"mimeType": "image/png", "data": "iVBO"}}),
        json!({"inlineData": {"mimeType": "image/png", "data": "_9j-", "displayName": "d"}}),
        json!({"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}, "videoMetadata": {"fps": 1}}),
        json!({"inlineData": {"data": "AAAA"}}),
        json!({"fileData": {"fileUri": "https://a.b/c.pdf"}}),
        json!({"fileData": {"mimeType": "image/png", "fileUri": "gs://b/c"}, "mediaResolution": {"level": "LOW"}}),
        json!({"fileData": {"fileUri": "https://youtu.be/x"}}),
        json!({"functionCall": {"name": "f"}}),
        json!({"functionCall": {"name": "f", "args": {}, "id": "1"}, "thoughtSignature": "s"}),
        json!({"functionCall": {"name": "f", "args": null, "id": ""}, "thought": false}),
        json!({"functionCall": {"args": {"a": 1}}}),
        json!({"functionResponse": {"name": "f", "response": {"output": "o"}}}),
        json!({"functionResponse": {"name": "f", "id": "1", "response": {"error": "e"}}}),
        json!({"functionResponse": {"name": "f", "response": {"error": {"a": 1}, "output": 5}}}),
        json!({"functionResponse": {"name": "f", "response": {"output": "{\"a\":1}"}, "scheduling": "SILENT"}}),
        json!({"functionResponse": {"name": "f", "response": {}, "parts": []}}),
        json!({"functionResponse": {"name": "f", "response": "odd"}}),
        json!({"functionResponse": {"name": "f", "parts": [
            {"inlineData": {"mimeType": "image/png", "data": "iVBO"}},
            {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/c"}},
        ]}}),
        json!({"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "s"}),
        json!({"codeExecutionResult": {"outcome": "OUTCOME_OK"}}),
        json!({"toolCall": {"toolType": "T", "id": "1"}}),
        json!({"new": [1, {"a": null}]}),
        json!({}),
    ];
    for part in parts {
        let snake: Value = serde_json::from_str(&in_snake_case(&part.to_string())).unwrap();
        for part in [part, snake] {
            for role in ["user", "model"] {
                let contents =
                    json!([{"role": role, "parts": [part, part]}, {"role": role, "parts": [part]}]);
                let request = json!({ "contents": contents });
                let read = decode_request(&request).unwrap();
                let written = encode_body(&read, "g");
                assert_eq!(written, request, "{}", difference(&request, &written));
            }
        }
    }
}

/// Writes names in the other spelling that the API takes.
fn in_snake_case(text: &str) -> String {
    let names = [
        "thoughtSignature",
        "inlineData",
        "mimeType",
        "displayName",
        "videoMetadata",
        "fileData",
        "fileUri",
        "functionCall",
        "functionResponse",
        "mediaResolution",
        "partMetadata",
    ];
    let mut text = text.to_owned();
    for name in names {
        let snake: String = name
            .chars()
            .flat_map(|c| {
                let underscore = c.is_ascii_uppercase().then_some('_');
                underscore.into_iter().chain([c.to_ascii_lowercase()])
            })
            .collect();
        text = text.replace(&format!("\"{name}\""), &format!("\"{snake}\""));
    }
    text
}

#[test]
fn every_form_of_a_request_leaves_as_it_came() {
    let with = |name: &str, value: Value| {
        let mut request = json!({"contents": [{"role": "user", "parts": [{"text": "t"}]}]});
        request[name] = value;
        request
    };
    let schema = || json!({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}});
    let function = |field: &str| json!({"functionDeclarations": [{"name": "f", "description": "d", field: schema(), "behavior": "B"}]});
    let requests = [
        with("contents", json!([])),
        with("contents", json!([{"parts": [{"text": "t"}]}])),
        with(
            "contents",
            json!([{"role": "function", "parts": []}, {"role": "user"}]),
        ),
        with("systemInstruction", json!({"parts": {"text": "s"}})),
        with(
            "systemInstruction",
            json!({"role": "user", "parts": [{"text": "s"}, {"text": "t"}]}),
        ),
        with("system_instruction", json!({"parts": [{"text": "s"}]})),
        with("systemInstruction", json!("s")),
        with("systemInstruction", json!(null)),
        with("generationConfig", json!(null)),
        with("generationConfig", json!({})),
        with(
            "generationConfig",
            json!({"temperature": 1, "topP": 0.5, "topK": 40, "seed": 1, "candidateCount": 1, "logprobs": 2}),
        ),
        with(
            "generation_config",
            json!({"max_output_tokens": 5, "stop_sequences": [], "new": null}),
        ),
        with(
            "generationConfig",
            json!({"responseMimeType": "application/json", "responseSchema": schema()}),
        ),
        with(
            "generationConfig",
            json!({"responseMimeType": "application/json", "responseJsonSchema": {"title": "T x"}}),
        ),
        with(
            "generationConfig",
            json!({"responseMimeType": "text/x.enum", "responseSchema": schema()}),
        ),
        with(
            "generationConfig",
            json!({"responseMimeType": "text/plain"}),
        ),
        with("generationConfig", json!({"responseJsonSchema": {}})),
        with(
            "generationConfig",
            json!({"thinkingConfig": {"thinkingBudget": 0}}),
        ),
        with(
            "generationConfig",
            json!({"thinkingConfig": {"thinkingBudget": -1, "includeThoughts": true}}),
        ),
        with(
            "generationConfig",
            json!({"thinkingConfig": {"thinking_level": "HIGH", "include_thoughts": false}}),
        ),
        with("generationConfig", json!({"thinkingConfig": {}})),
        with("tools", json!([])),
        with(
            "tools",
            json!([function("parameters"), function("parametersJsonSchema")]),
        ),
        with(
            "tools",
            json!([function("parameters_json_schema"), {"googleSearch": {}}, {"codeExecution": {}}]),
        ),
        with(
            "tools",
            json!([{"codeExecution": null, "googleSearch": {"a": 1}, "functionDeclarations": [{"name": "f"}]}]),
        ),
        with("toolConfig", json!({})),
        with(
            "toolConfig",
            json!({"functionCallingConfig": {"mode": "any", "allowedFunctionNames": ["f"]}, "retrievalConfig": {"x": 1}}),
        ),
        with(
            "tool_config",
            json!({"function_calling_config": {"mode": "VALIDATED"}}),
        ),
        with(
            "toolConfig",
            json!({"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f", "g"]}}),
        ),
        with(
            "safetySettings",
            json!([{"category": "C", "threshold": "BLOCK_NONE"}]),
        ),
        with("cachedContent", json!("cachedContents/1")),
        with("labels", json!({"b": "1", "a": "2"})),
        with("model", json!("models/g")),
    ];
    for request in requests {
        let read = decode_request(&request).unwrap();
        let encoded = encode(&read, "g").unwrap();
        let written: Value = serde_json::from_slice(encoded.request.body()).unwrap();
        assert_eq!(written, request, "{}", difference(&request, &written));
        assert!(encoded.adaptations.is_empty());
    }
}

#[test]
fn a_layer_that_changed_a_value_wins_over_the_caller_s_spelling() {
    let request = json!({
        "contents": [{"role": "user", "parts": [{"text": "t"}]}],
        "generationConfig": {"temperature": 1, "topK": 5, "thinkingConfig": {"thinkingLevel": "LOW"}},
        "toolConfig": {"functionCallingConfig": {"mode": "any"}},
    });
    let mut read = decode_request(&request).unwrap();
    read.body_mut().temperature = Some(0.5);
    read.body_mut().tool_choice = Some(outlast_types::ToolChoice::None);
    let written = encode_body(&read, "g");
    assert_eq!(
        written["generationConfig"],
        json!({"temperature": 0.5, "topK": 5, "thinkingConfig": {"thinkingLevel": "low"}})
    );
    assert_eq!(
        written["toolConfig"],
        json!({"functionCallingConfig": {"mode": "NONE"}})
    );
}
