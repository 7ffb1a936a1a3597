//! What a recorded body says, read without the codecs: with `serde_json::Value` and plain string functions.

mod cohere;
mod completions;
mod interactions;
mod ollama;

use serde_json::Value;

pub(crate) use cohere::{cohere, cohere_older};
pub(crate) use completions::completions;
pub(crate) use interactions::interactions;
pub(crate) use ollama::ollama;

/// What a reply must come to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    pub(crate) text: String,
    /// Names and arguments; arguments that are JSON are compared as such.
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) finish: Option<String>,
    /// Input, output, cached read, cached write, reasoning.
    pub(crate) usage: [u64; 5],
}

pub(crate) fn arguments(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Splits a stream into the `data` of its events. Only for recorded streams: no tricks of framing.
fn data(text: &str) -> Vec<Value> {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .filter_map(|block| {
            let line = block.lines().find(|line| line.starts_with("data:"))?;
            serde_json::from_str(line.trim_start_matches("data:")).ok()
        })
        .collect()
}

/// Reads a Chat Completions reply.
pub(crate) fn chat(text: &str, stream: bool) -> Expected {
    let documents = if stream {
        data(text)
    } else {
        vec![serde_json::from_str(text).expect("the body is JSON")]
    };
    let mut expected = Expected {
        text: String::new(),
        calls: Vec::new(),
        finish: None,
        usage: [0; 5],
    };
    let mut calls: Vec<(Value, String, String)> = Vec::new();
    for document in &documents {
        for usage in [&document["usage"], &document["x_groq"]["usage"]] {
            if usage.is_object() {
                expected.usage = chat_usage(usage);
                break;
            }
        }
        for choice in items(&document["choices"]) {
            if choice["index"].as_u64().unwrap_or(0) != 0 {
                continue;
            }
            let message = if stream {
                &choice["delta"]
            } else {
                &choice["message"]
            };
            expected.text += &chat_text(&message["content"]);
            chat_calls(message, &mut calls);
            if let Some(reason) = choice["finish_reason"]
                .as_str()
                .filter(|name| !name.is_empty())
            {
                expected.finish = Some(chat_finish(reason).to_owned());
            }
        }
    }
    expected.calls = calls
        .into_iter()
        .map(|(_, name, text)| (name, arguments(&text)))
        .collect();
    expected
}

fn chat_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter(|part| part["type"] == "text")
            .filter_map(|part| part["text"].as_str())
            .collect(),
        // Cloudflare writes an answer that follows a schema as the JSON itself.
        Value::Object(_) => content.to_string(),
        _ => String::new(),
    }
}

/// Adds the calls of a message or the fragments of a delta: by index, else by id, else by order.
fn chat_calls(message: &Value, calls: &mut Vec<(Value, String, String)>) {
    for (number, call) in items(&message["tool_calls"]).iter().enumerate() {
        let key = [&call["index"], &call["id"]]
            .into_iter()
            .find(|key| !key.is_null())
            .cloned()
            .unwrap_or_else(|| Value::from(number));
        let function = if call["function"].is_object() {
            &call["function"]
        } else {
            &call["custom"]
        };
        let piece = match function.get("arguments").or(function.get("input")) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        match calls.iter_mut().find(|(known, ..)| *known == key) {
            Some((.., text)) => text.push_str(&piece),
            None => calls.push((key, string(&function["name"]), piece)),
        }
    }
    let old = &message["function_call"];
    // Snowflake writes every field there is, empty ones too.
    if !string(&old["name"]).is_empty() {
        calls.push((Value::Null, string(&old["name"]), string(&old["arguments"])));
    }
}

fn chat_finish(reason: &str) -> &str {
    match reason {
        "eos" => "stop",
        "function_call" => "tool_calls",
        other => other,
    }
}

/// Counts by the identities that hold at the providers: the total is the measure of what is beside the rest.
fn chat_usage(usage: &Value) -> [u64; 5] {
    let number = |path: &str| usage.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let first = |paths: &[&str]| {
        paths
            .iter()
            .map(|path| number(path))
            .find(|n| *n > 0)
            .unwrap_or(0)
    };
    let cached = first(&[
        "/prompt_tokens_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/cached_tokens",
        "/num_cached_tokens",
        "/cache_read_input_tokens",
    ]);
    let written = first(&[
        "/prompt_tokens_details/cache_write_tokens",
        "/cache_creation_input_tokens",
    ]);
    let mut reasoning = first(&[
        "/completion_tokens_details/reasoning_tokens",
        "/reasoning_tokens",
    ]);
    let (mut prompt, mut completion) = (number("/prompt_tokens"), number("/completion_tokens"));
    let beside = number("/total_tokens").saturating_sub(prompt + completion);
    if usage.get("prompt_audio_seconds").is_some() {
        prompt += beside;
    } else {
        completion += beside;
        reasoning = reasoning.max(beside);
    }
    let input = prompt.saturating_sub(cached + written);
    [input, completion, cached, written, reasoning]
}

/// Reads a Messages reply.
pub(crate) fn messages(text: &str, stream: bool) -> Expected {
    let (blocks, message) = if stream {
        put_together(&data(text))
    } else {
        let message: Value = serde_json::from_str(text).expect("the body is JSON");
        (items(&message["content"]).to_vec(), message)
    };
    let of_type = |name: &'static str| blocks.iter().filter(move |block| block["type"] == name);
    let count = |name: &str| message["usage"][name].as_u64().unwrap_or(0);
    Expected {
        text: of_type("text")
            .map(|block| string(&block["text"]))
            .collect(),
        calls: of_type("tool_use")
            .map(|block| (string(&block["name"]), block["input"].clone()))
            .collect(),
        finish: message["stop_reason"]
            .as_str()
            .map(|reason| messages_finish(reason).to_owned()),
        usage: [
            count("input_tokens"),
            count("output_tokens"),
            count("cache_read_input_tokens"),
            count("cache_creation_input_tokens"),
            message["usage"]["output_tokens_details"]["thinking_tokens"]
                .as_u64()
                .unwrap_or(0),
        ],
    }
}

/// Puts the events of a stream together: the blocks, and the message with its last counts.
fn put_together(events: &[Value]) -> (Vec<Value>, Value) {
    let mut blocks: Vec<Value> = Vec::new();
    let mut message = Value::Null;
    for event in events {
        let at = event["index"].as_u64().unwrap_or(0) as usize;
        match event["type"].as_str() {
            Some("message_start") => message = event["message"].clone(),
            Some("content_block_start") => {
                blocks.resize(at + 1, Value::Null);
                blocks[at] = event["content_block"].clone();
            }
            Some("content_block_delta") => grow(&mut blocks[at], &event["delta"]),
            Some("content_block_stop") => {
                if let Some(text) = blocks[at]["written"].as_str() {
                    blocks[at]["input"] = arguments(text);
                }
            }
            Some("message_delta") => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                for (name, count) in event["usage"].as_object().into_iter().flatten() {
                    if !count.is_null() {
                        message["usage"][name] = count.clone();
                    }
                }
            }
            _ => {}
        }
    }
    (blocks, message)
}

fn grow(block: &mut Value, delta: &Value) {
    let (from, to) = match delta["type"].as_str() {
        Some("text_delta") => ("text", "text"),
        Some("input_json_delta") => ("partial_json", "written"),
        _ => return,
    };
    let piece = string(&delta[from]);
    if !piece.is_empty() {
        block[to] = Value::from(string(&block[to]) + &piece);
    }
}

fn messages_finish(reason: &str) -> &str {
    match reason {
        "end_turn" => "stop",
        "max_tokens" => "length",
        "tool_use" => "tool_calls",
        "pause_turn" => "pause",
        other => other,
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
