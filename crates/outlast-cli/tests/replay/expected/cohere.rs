//! Cohere's two formats.

use serde_json::Value;

use super::{Expected, arguments, data, items, string};

/// Reads a reply in the newer format.
pub(crate) fn cohere(text: &str, stream: bool) -> Expected {
    if stream {
        return put_together(&data(text));
    }
    let reply: Value = serde_json::from_str(text).expect("the body is JSON");
    let message = &reply["message"];
    Expected {
        text: items(&message["content"])
            .iter()
            .map(|part| string(&part["text"]))
            .collect(),
        calls: items(&message["tool_calls"])
            .iter()
            .map(|call| {
                let function = &call["function"];
                let written = string(&function["arguments"]);
                (string(&function["name"]), arguments(&written))
            })
            .collect(),
        finish: Some(finish(&reply["finish_reason"])),
        usage: usage(&reply["usage"]),
    }
}

fn put_together(events: &[Value]) -> Expected {
    let mut text = String::new();
    let mut calls: Vec<(String, String)> = Vec::new();
    let mut end = &Value::Null;
    for event in events {
        let message = &event["delta"]["message"];
        match event["type"].as_str() {
            Some("content-start" | "content-delta") => text += &string(&message["content"]["text"]),
            Some("tool-call-start") => {
                let function = &message["tool_calls"]["function"];
                calls.push((string(&function["name"]), string(&function["arguments"])));
            }
            Some("tool-call-delta") => {
                let piece = string(&message["tool_calls"]["function"]["arguments"]);
                calls.last_mut().expect("a call has begun").1 += &piece;
            }
            Some("message-end") => end = &event["delta"],
            _ => {}
        }
    }
    Expected {
        text,
        calls: calls
            .into_iter()
            .map(|(name, written)| (name, arguments(&written)))
            .collect(),
        finish: Some(finish(&end["finish_reason"])),
        usage: usage(&end["usage"]),
    }
}

/// Reads a reply in the older format; a stream's last line repeats the whole reply.
pub(crate) fn cohere_older(text: &str, stream: bool) -> Expected {
    let line = text.trim().lines().last().expect("a line");
    let mut reply: Value =
        serde_json::from_str(if stream { line } else { text }).expect("the body is JSON");
    if stream {
        reply = reply["response"].clone();
    }
    Expected {
        text: string(&reply["text"]),
        calls: Vec::new(),
        finish: Some(finish(&reply["finish_reason"])),
        usage: usage(&reply["meta"]),
    }
}

fn finish(reason: &Value) -> String {
    match reason.as_str() {
        Some("COMPLETE") => "stop".to_owned(),
        Some("MAX_TOKENS") => "length".to_owned(),
        Some("TOOL_CALL") => "tool_calls".to_owned(),
        Some("STOP_SEQUENCE") => "stop_sequence".to_owned(),
        _ => string(reason),
    }
}

fn usage(usage: &Value) -> [u64; 5] {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let cached = count("/cached_tokens");
    let input = count("/tokens/input_tokens") + count("/tokens/image_tokens");
    [
        input - cached,
        count("/tokens/output_tokens"),
        cached,
        0,
        count("/tokens/reasoning_tokens"),
    ]
}
