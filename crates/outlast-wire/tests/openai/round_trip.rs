//! Recorded requests, read by the server's side and written by the client's again.

use bytes::Bytes;
use outlast_wire::openai::{Dialect, OpenAiChat, OpenAiServer, StreamUsage};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use serde_json::{Value, json};

use crate::recordings::exchanges;

/// Reads `request` and writes it again.
pub(crate) fn again(request: &Value) -> Result<Value, outlast_types::Error> {
    let body = Bytes::from(request.to_string());
    let incoming = OpenAiServer::new().decode_request(&body)?;
    let model = incoming.request.model.clone();
    let codec = OpenAiChat::new(Dialect::new().with_stream_usage(StreamUsage::AsWritten));
    let options = EncodeOptions {
        model: &model,
        mode: incoming.mode,
        provider: "recorded",
    };
    let encoded = codec.encode(&incoming.request, &options)?;
    assert!(encoded.adaptations.is_empty(), "{:?}", encoded.adaptations);
    Ok(serde_json::from_slice(encoded.request.body()).unwrap())
}

#[test]
fn every_recorded_request_leaves_as_it_came() {
    let mut wrong = Vec::new();
    let mut exact = 0;
    for exchange in exchanges() {
        if !exchange.request.is_object() {
            continue;
        }
        let id = format!("{}/{}", exchange.provider, exchange.id);
        match again(&exchange.request) {
            Ok(written) if written == exchange.request => exact += 1,
            Ok(written) => wrong.push(format!("{id}: {}", difference(&exchange.request, &written))),
            // What the provider refused too may be refused here.
            Err(_) if exchange.status == 400 => {}
            Err(error) => wrong.push(format!("{id}: {error} {:?}", error.message())),
        }
    }
    println!("{exact} requests left exactly as they came");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_form_of_a_message_leaves_as_it_came() {
    let call =
        || json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let text = || json!([{"type": "text", "text": "t"}]);
    let messages = [
        json!({"role": "user", "content": "t"}),
        json!({"role": "user", "content": ""}),
        json!({"role": "user", "content": null}),
        json!({"role": "user", "content": []}),
        json!({"role": "user"}),
        json!({"role": "user", "content": text(), "name": "n", "x": {"b": 1, "a": 2}}),
        json!({"role": "user", "content": ["odd", {"type": "new", "new": 1}, {"no": "type"}]}),
        json!({"role": "developer", "content": text()}),
        json!({"role": "critic", "content": "t"}),
        json!({"role": "assistant", "tool_calls": call()}),
        json!({"role": "assistant", "content": null, "tool_calls": call()}),
        json!({"role": "assistant", "content": "", "tool_calls": call()}),
        json!({"role": "assistant", "content": [], "tool_calls": call()}),
        json!({"role": "assistant", "content": "t", "tool_calls": call()}),
        json!({"role": "assistant", "content": text(), "tool_calls": call()}),
        json!({"role": "assistant", "content": [text()[0], text()[0]], "tool_calls": call()}),
        json!({"role": "assistant", "content": "t", "tool_calls": null, "refusal": null, "name": null}),
        json!({"role": "assistant", "content": "t", "tool_calls": []}),
        json!({"role": "assistant", "content": "t", "reasoning_content": "r"}),
        json!({"role": "assistant", "content": "t", "reasoning_content": "", "reasoning": "r"}),
        json!({"role": "assistant", "content": null, "reasoning": "r", "reasoning_details": [{"x": 1}]}),
        json!({"role": "assistant", "reasoning": "r", "reasoning_content": "r"}),
        json!({"role": "assistant", "content": null, "refusal": "no"}),
        json!({"role": "assistant", "content": "t", "function_call": {"name": "f", "arguments": ""}}),
        json!({"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}], "prefix": true}),
        json!({"role": "assistant", "tool_calls": [
            {"id": "", "index": 0, "type": "function", "function": {"name": "f", "arguments": {"a": 1}, "x": 2}},
            {"id": "d", "type": "custom", "custom": {"name": "g", "input": "4 + 4"}, "cache_control": {}},
        ]}),
        json!({"role": "tool", "tool_call_id": "c", "content": "t"}),
        json!({"role": "tool", "tool_call_id": "", "content": text(), "name": "f", "x": 1}),
        json!({"role": "tool", "content": null}),
        json!({"role": "tool", "tool_call_id": "c", "content": []}),
        json!({"role": "tool", "tool_call_id": "c"}),
    ];
    for message in messages {
        let request = json!({"model": "m", "messages": [message]});
        assert_eq!(again(&request).unwrap(), request);
    }
}

#[test]
fn every_form_of_media_leaves_as_it_came() {
    let parts = [
        json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}),
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}, "cache_control": {}}),
        json!({"type": "image_url", "image_url": {"url": "data:image/svg+xml;charset=utf-8;base64,AA=="}}),
        json!({"type": "image_url", "image_url": {"url": "data:,x", "format": "x"}, "detail": 1}),
        json!({"type": "image_url", "image_url": "data:image/png;base64,AA=="}),
        json!({"type": "image_url"}),
        json!({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}),
        json!({"type": "input_audio", "input_audio": "AA=="}),
        json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}}),
        json!({"type": "file", "file": {"file_data": "data:text/plain;base64,SGk="}}),
        json!({"type": "file", "file": {"file_data": "https://example.com/a.pdf"}}),
        json!({"type": "file", "file": {"file_data": "AA=="}}),
        json!({"type": "file", "file": {"file_id": "file-1", "filename": null, "file_data": null}}),
        json!({"type": "file", "file": {"file_id": "file-1"}}),
        json!({"type": "document_url", "document_url": "https://example.com/a.pdf"}),
    ];
    for part in parts {
        let request = json!({"model": "m", "messages": [{"role": "user", "content": [part]}]});
        assert_eq!(again(&request).unwrap(), request);
    }
}

#[test]
fn every_form_of_the_other_fields_leaves_as_it_came() {
    let function = |fields: Value| json!({"tools": [{"type": "function", "function": fields}]});
    let sets = [
        json!({"temperature": 1, "top_p": 0.5, "seed": -3, "n": 2, "stop": "a", "max_tokens": 5}),
        json!({"temperature": 1.0, "stop": ["a"], "max_tokens": 5, "max_completion_tokens": 6}),
        json!({"stop": [], "max_tokens": null, "max_completion_tokens": 6, "n": null, "seed": null}),
        json!({"stop": null, "tools": null, "tool_choice": null, "response_format": null, "stream": null}),
        json!({"tools": [], "stream": false, "parallel_tool_calls": false, "user": "u", "metadata": {"z": 1}}),
        json!({"stream": true, "stream_options": {"include_usage": true, "x": 1}}),
        json!({"tool_choice": "any"}),
        json!({"tool_choice": "required"}),
        json!({"tool_choice": {"type": "function", "function": {"name": "f"}}}),
        json!({"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}),
        function(json!({"name": "f"})),
        function(json!({"name": "f", "description": null, "parameters": null, "strict": null})),
        function(
            json!({"name": "f", "description": "d", "parameters": {"b": 1, "a": 2}, "strict": true, "x": 1}),
        ),
        json!({"tools": [{"function": {"name": "f", "parameters": {}}}, {"type": "web_search", "parameters": {}}]}),
        json!({"tools": [{"type": "custom", "custom": {"name": "f"}}, {"type": "function", "eager": 1, "function": {"name": "f"}}]}),
        json!({"response_format": {"type": "text"}}),
        json!({"response_format": {"type": "json_object", "schema": {}}}),
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"b": 1, "a": 2}, "strict": false, "description": "d"}}}),
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "x": 1}}}),
        json!({"reasoning_effort": "high"}),
        json!({"reasoning_effort": "none", "thinking": {"type": "disabled"}}),
        json!({"reasoning_effort": null, "reasoning": {"max_tokens": 5, "exclude": true}}),
        json!({"reasoning": {"exclude": true}, "include_reasoning": true}),
        json!({"thinking": {"type": "enabled", "budget_tokens": 5, "x": 1}, "functions": [{"name": "f"}], "function_call": "auto"}),
    ];
    for mut request in sets {
        request["model"] = json!("m");
        request["messages"] = json!([]);
        assert_eq!(again(&request).unwrap(), request);
    }
}

fn difference(before: &Value, after: &Value) -> String {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
            names.sort();
            names.dedup();
            names
                .into_iter()
                .filter(|name| before.get(*name) != after.get(*name))
                .map(|name| match (before.get(name), after.get(name)) {
                    (Some(before), Some(after)) => format!("{name}: {}", difference(before, after)),
                    (before, after) => format!("{name}: {before:?} -> {after:?}"),
                })
                .collect::<Vec<_>>()
                .join(", ")
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => before
            .iter()
            .zip(after)
            .enumerate()
            .filter(|(_, (before, after))| before != after)
            .map(|(at, (before, after))| format!("[{at}]: {}", difference(before, after)))
            .collect::<Vec<_>>()
            .join(", "),
        _ => format!("{before} -> {after}").chars().take(400).collect(),
    }
}
