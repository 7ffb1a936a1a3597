//! What a reply says, read from its JSON without the codec.

use std::collections::BTreeMap;

use outlast_types::{ChatResponse, ContentPart, Mode};
use serde_json::{Value, json};

/// Splits a body into its frames by nothing but the lengths in them.
pub(crate) fn frames(mut body: &[u8]) -> Vec<(String, Value)> {
    let mut frames = Vec::new();
    while !body.is_empty() {
        let number = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap()) as usize;
        let (len, headers_len) = (number(0), number(4));
        let headers = &body[12..12 + headers_len];
        let payload = &body[12 + headers_len..len - 4];
        // All recorded headers are strings.
        let name = headers
            .windows(11)
            .position(|name| name == b":event-type")
            .unwrap()
            + 14;
        let end = name + usize::from(headers[name - 1]);
        let name = std::str::from_utf8(&headers[name..end]).unwrap().to_owned();
        frames.push((name, serde_json::from_slice(payload).unwrap()));
        body = &body[len..];
    }
    frames
}

/// Puts together the reply that a stream tells of, as a client's own code would.
fn of_stream(body: &[u8]) -> Value {
    let mut blocks: BTreeMap<u64, Value> = BTreeMap::new();
    let mut reply = json!({});
    for (name, event) in frames(body) {
        let index = event["contentBlockIndex"].as_u64().unwrap_or(0);
        match name.as_str() {
            "contentBlockStart" => {
                blocks.insert(index, event["start"].clone());
            }
            "contentBlockDelta" => add(blocks.entry(index).or_insert(json!({})), &event["delta"]),
            "messageStop" => reply["stopReason"] = event["stopReason"].clone(),
            "metadata" => reply["usage"] = event["usage"].clone(),
            _ => {}
        }
    }
    reply["output"]["message"]["content"] = blocks
        .into_values()
        .map(finished)
        // Some models open every answer with a block that says nothing.
        .filter(|block| block["text"] != "")
        .collect();
    reply
}

fn add(block: &mut Value, delta: &Value) {
    let append = |place: &mut Value, text: &Value| {
        let before = place.as_str().unwrap_or_default();
        *place = json!(before.to_owned() + text.as_str().unwrap());
    };
    for (name, value) in delta.as_object().unwrap() {
        match name.as_str() {
            "text" => append(&mut block["text"], value),
            "toolUse" => append(&mut block["toolUse"]["input"], &value["input"]),
            "toolResult" => block["toolResult"]["content"] = value.clone(),
            "citation" => {
                let list = &mut block["citations"];
                if list.is_null() {
                    *list = json!([]);
                }
                list.as_array_mut().unwrap().push(value.clone());
            }
            "reasoningContent" => {
                for (name, value) in value.as_object().unwrap() {
                    let place = &mut block["reasoningContent"];
                    if name == "redactedContent" {
                        place[name] = value.clone();
                    } else {
                        append(&mut place["reasoningText"][name], value);
                    }
                }
            }
            other => panic!("{other}"),
        }
    }
}

/// Gives a streamed block the form of one in a whole reply.
fn finished(mut block: Value) -> Value {
    if let Some(input) = block["toolUse"]["input"].as_str() {
        block["toolUse"]["input"] = serde_json::from_str(input).unwrap();
    }
    if let Some(citations) = block.as_object_mut().unwrap().remove("citations") {
        return json!({"citationsContent": {
            "content": [{"text": block["text"]}],
            "citations": citations,
        }});
    }
    // Reading a field above made it.
    let fields = block.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    block
}

/// Returns the reply that a body tells of.
pub(crate) fn reply(mode: Mode, body: &[u8]) -> Value {
    match mode {
        Mode::Unary => serde_json::from_slice(body).unwrap(),
        Mode::Stream => of_stream(body),
    }
}

/// Writes the parts of a decoded reply as the blocks they came as.
pub(crate) fn blocks(reply: &ChatResponse) -> Vec<Value> {
    reply.content().iter().map(as_block).collect()
}

fn as_block(part: &ContentPart) -> Value {
    match part {
        ContentPart::Text(part) => match &part.extra {
            None => json!({"text": part.text}),
            Some(extra) => {
                let cited = extra.fields["citationsContent"].get();
                let mut cited: Value = serde_json::from_str(cited).unwrap();
                if cited["content"].is_null() {
                    cited["content"] = json!([{"text": part.text}]);
                }
                json!({"citationsContent": cited})
            }
        },
        ContentPart::ToolCall(call) => {
            let mut block = json!({
                "toolUseId": call.id,
                "name": call.name,
                "input": serde_json::from_str::<Value>(&call.arguments).unwrap(),
            });
            for (name, value) in call.extra.iter().flat_map(|extra| &extra.fields) {
                block[name] = serde_json::from_str(value.get()).unwrap();
            }
            json!({"toolUse": block})
        }
        ContentPart::Reasoning(part) => {
            let mut words = json!({"text": part.text});
            if let Some(signature) = &part.signature {
                words["signature"] = json!(signature);
            }
            json!({"reasoningContent": {"reasoningText": words}})
        }
        ContentPart::Opaque(opaque) => serde_json::from_str(opaque.raw.get()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Returns the counts of a reply: input, output, read from and written to the cache.
pub(crate) fn counts(reply: &Value) -> [u64; 4] {
    [
        "inputTokens",
        "outputTokens",
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
    ]
    .map(|name| reply["usage"][name].as_u64().unwrap_or(0))
}

/// Makes equal numbers equal: 1 and 1.0.
pub(crate) fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        other => other.clone(),
    }
}
