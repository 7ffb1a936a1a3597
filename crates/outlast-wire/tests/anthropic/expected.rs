//! An independent reading of a recorded reply.

use std::collections::HashMap;

use outlast_types::{ContentPart, Extra, Mode};
use serde_json::{Value, json};

/// Reads a recorded success without our code: a stream is put together into the message it describes.
pub(crate) fn message(mode: Mode, body: &str) -> Value {
    if mode == Mode::Unary {
        return serde_json::from_str(body).unwrap();
    }
    let mut message = Value::Null;
    let mut inputs: HashMap<u64, String> = HashMap::new();
    for line in body.lines() {
        let Some(data) = line.strip_prefix("data:") else {
            continue;
        };
        let Ok(frame) = serde_json::from_str::<Value>(data.trim()) else {
            continue;
        };
        let index = frame["index"].as_u64().unwrap_or(0);
        match frame["type"].as_str().unwrap() {
            "message_start" => message = frame["message"].clone(),
            "content_block_start" => {
                message["content"]
                    .as_array_mut()
                    .unwrap()
                    .push(frame["content_block"].clone());
            }
            "content_block_delta" => {
                let block = &mut message["content"][index as usize];
                let delta = frame["delta"].as_object().unwrap();
                for (name, value) in delta.iter().filter(|(name, _)| *name != "type") {
                    match name.as_str() {
                        "partial_json" => inputs
                            .entry(index)
                            .or_default()
                            .push_str(value.as_str().unwrap()),
                        "citation" => {
                            if !block["citations"].is_array() {
                                block["citations"] = json!([]);
                            }
                            block["citations"]
                                .as_array_mut()
                                .unwrap()
                                .push(value.clone());
                        }
                        _ => {
                            let before = block[name].as_str().unwrap_or_default().to_owned();
                            block[name] = json!(before + value.as_str().unwrap());
                        }
                    }
                }
            }
            "message_delta" => {
                for (name, value) in frame["delta"].as_object().unwrap() {
                    message[name] = value.clone();
                }
                if let Some(usage) = frame["usage"].as_object() {
                    for (name, value) in usage {
                        message["usage"][name] = value.clone();
                    }
                }
            }
            _ => {}
        }
    }
    for (index, input) in inputs {
        if !input.is_empty() {
            message["content"][index as usize]["input"] = serde_json::from_str(&input).unwrap();
        }
    }
    message
}

pub(crate) fn as_block(part: &ContentPart) -> Value {
    let mut block = match part {
        ContentPart::Text(part) => json!({"type": "text", "text": part.text}),
        ContentPart::Reasoning(part) => {
            json!({"type": "thinking", "thinking": part.text, "signature": part.signature})
        }
        ContentPart::ToolCall(call) => {
            let input: Value = serde_json::from_str(&call.arguments).unwrap();
            json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
        }
        ContentPart::Opaque(opaque) => opaque.raw.read().unwrap(),
        other => panic!("{other:?}"),
    };
    let extra = match part {
        ContentPart::Text(part) => part.extra.as_ref(),
        ContentPart::ToolCall(call) => call.extra.as_ref(),
        ContentPart::Reasoning(part) => part.extra.as_ref(),
        _ => None,
    };
    for (name, value) in extra.into_iter().flat_map(|extra| &extra.fields) {
        block[name] = value.read().unwrap();
    }
    block
}

pub(crate) fn fields(extra: &Option<Extra>) -> HashMap<&str, Value> {
    let fields = extra.iter().flat_map(|extra| &extra.fields);
    fields
        .map(|(name, raw)| (name.as_str(), raw.read().unwrap()))
        .collect()
}

/// Drops empty text blocks, which streams open and close without a word.
pub(crate) fn spoken(content: &Value) -> Vec<Value> {
    let blocks = content.as_array().unwrap().iter();
    blocks
        .filter(|block| !(block["type"] == "text" && block["text"] == ""))
        .cloned()
        .collect()
}
