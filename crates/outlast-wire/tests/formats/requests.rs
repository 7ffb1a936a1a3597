//! Requests leave as they came.

use bytes::Bytes;
use outlast_types::Error;
use outlast_wire::cohere::{self, CohereChat};
use outlast_wire::completions::{self, Completions};
use outlast_wire::ollama::{self, OllamaChat};
use outlast_wire::{ClientCodec, EncodeOptions, Incoming};
use serde_json::{Value, json};

fn again(
    codec: &impl ClientCodec,
    decode: fn(&Bytes) -> Result<Incoming, Error>,
    body: &Value,
) -> Value {
    let incoming = decode(&Bytes::from(body.to_string())).unwrap();
    let options = EncodeOptions {
        model: &incoming.request.model,
        mode: incoming.mode,
        provider: "test",
    };
    let encoded = codec.encode(&incoming.request, &options).unwrap();
    assert!(
        encoded.adaptations.is_empty(),
        "{body}: {:?}",
        encoded.adaptations
    );
    serde_json::from_slice(encoded.request.body()).unwrap()
}

#[test]
fn every_form_of_a_cohere_request_leaves_as_it_came() {
    let call =
        json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let messages = [
        json!({"role": "system", "content": "s"}),
        json!({"role": "user", "content": ""}),
        json!({"role": "user", "content": [{"type": "text", "text": "t", "new": 1}]}),
        json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}}]}),
        json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.b/c", "new": 1}}]}),
        json!({"role": "assistant", "content": null, "tool_calls": call, "tool_plan": null, "citations": []}),
        json!({"role": "assistant", "tool_calls": call, "tool_plan": "p"}),
        json!({"role": "assistant", "content": "t", "tool_calls": call}),
        json!({"role": "assistant", "content": [{"type": "thinking", "thinking": "h"}, {"type": "text", "text": "t"}]}),
        json!({"role": "assistant", "content": [], "tool_calls": []}),
        json!({"role": "assistant"}),
        json!({"role": "tool", "tool_call_id": "c", "content": "r"}),
        json!({"role": "tool", "tool_call_id": "c", "content": [{"type": "document", "document": {"id": "1", "data": {"a": "b"}}}]}),
        json!({"role": "critic", "content": "t", "new": {"b": 1, "a": [2]}}),
    ];
    for message in messages {
        let body = json!({"model": "m", "messages": [message]});
        assert_eq!(
            again(&CohereChat::new(), cohere::decode_request, &body),
            body
        );
    }
    for field in [
        json!({"stream": true}),
        json!({"stream": false}),
        json!({"stream": null, "tools": null, "documents": []}),
        json!({"tools": [], "stop_sequences": []}),
        json!({"tools": [{"type": "function", "function": {"name": "f", "parameters": {"b": 1, "a": 2}, "new": 1}, "x": 1}]}),
        json!({"tools": [{"type": "web"}], "tool_choice": "REQUIRED"}),
        json!({"tool_choice": "NONE"}),
        json!({"tool_choice": "LATER"}),
        json!({"response_format": {"type": "json_object", "json_schema": {"type": "object"}}}),
        json!({"response_format": {"type": "json_object", "schema": {"type": "object"}}}),
        json!({"max_tokens": 4, "temperature": 0, "p": 0.5, "k": 3, "seed": 7, "stop_sequences": ["a"]}),
        json!({"thinking": {"type": "enabled", "token_budget": 5, "new": 1}}),
        json!({"thinking": {"type": "disabled"}, "safety_mode": "OFF"}),
    ] {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "t"}]});
        body.as_object_mut()
            .unwrap()
            .extend(field.as_object().unwrap().clone());
        assert_eq!(
            again(&CohereChat::new(), cohere::decode_request, &body),
            body
        );
    }
}

#[test]
fn every_form_of_an_ollama_request_leaves_as_it_came() {
    let messages = [
        json!({"role": "user", "content": "t"}),
        json!({"role": "user", "content": "t", "images": ["AA==", "/9j/"]}),
        json!({"role": "user", "content": "", "images": []}),
        json!({"role": "assistant", "content": "", "thinking": "", "tool_calls": []}),
        json!({"role": "assistant", "content": "a", "thinking": "h", "tool_calls": [{"function": {"name": "f", "arguments": {"b": 1, "a": 2}}}]}),
        json!({"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"index": 0, "name": "f", "arguments": {}}}]}),
        json!({"role": "tool", "content": "r", "tool_name": "f"}),
        json!({"role": "tool", "content": "r", "tool_call_id": "1", "tool_name": "f"}),
        json!({"role": "control", "content": "thinking"}),
    ];
    for message in messages {
        let body = json!({"model": "m", "messages": [message]});
        assert_eq!(
            again(&OllamaChat::new(), ollama::decode_request, &body),
            body
        );
    }
    for field in [
        json!({"stream": true}),
        json!({"stream": false}),
        json!({"stream": null, "tools": null, "format": "", "keep_alive": null, "think": null}),
        json!({"format": "json", "think": true}),
        json!({"format": {"type": "object"}, "think": "high"}),
        json!({"options": {}}),
        json!({"options": {"num_predict": -1, "temperature": 0, "top_k": 4, "stop": "a"}}),
        json!({"options": {"num_predict": 5, "temperature": 0.5, "seed": 1, "stop": ["a"], "num_ctx": 8192}}),
        json!({"tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}]}),
        json!({"temperature": 0.0, "keep_alive": "5m"}),
    ] {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "t"}]});
        body.as_object_mut()
            .unwrap()
            .extend(field.as_object().unwrap().clone());
        assert_eq!(
            again(&OllamaChat::new(), ollama::decode_request, &body),
            body
        );
    }
}

#[test]
fn every_form_of_a_completions_request_leaves_as_it_came() {
    for field in [
        json!({"prompt": "t"}),
        json!({"prompt": ""}),
        json!({"prompt": null}),
        json!({}),
        json!({"prompt": ["t"]}),
        json!({"prompt": ["t", "u"], "n": 2}),
        json!({"prompt": []}),
        json!({"prompt": [1, 2]}),
        json!({"prompt": [[1], [2]]}),
        json!({"prompt": "t", "stop": "a", "stream": true, "stream_options": {"include_usage": true}}),
        json!({"prompt": "t", "stop": ["a"], "temperature": 0, "top_p": 1.0, "seed": null, "logprobs": 2}),
        json!({"prompt": "t", "stop": null, "suffix": "s", "logit_bias": {}, "max_tokens": 5, "stream": false}),
    ] {
        let mut body = json!({"model": "m"});
        body.as_object_mut()
            .unwrap()
            .extend(field.as_object().unwrap().clone());
        assert_eq!(
            again(&Completions::new(), completions::decode_request, &body),
            body
        );
    }
}

#[test]
fn a_changed_message_is_written_as_it_is_now() {
    let body = json!({"model": "m", "messages": [
        {"role": "assistant", "content": null, "tool_plan": null},
        {"role": "user", "content": "old"},
    ]});
    let mut incoming = cohere::decode_request(&Bytes::from(body.to_string())).unwrap();
    incoming.request.body_mut().messages[0].content = "new".into();
    let options = EncodeOptions {
        model: "other",
        mode: incoming.mode,
        provider: "test",
    };
    let encoded = CohereChat::new()
        .encode(&incoming.request, &options)
        .unwrap();
    let written: Value = serde_json::from_slice(encoded.request.body()).unwrap();
    assert_eq!(
        written,
        json!({"model": "other", "messages": [
            {"role": "assistant", "content": "new"},
            {"role": "user", "content": "old"},
        ]})
    );
}

#[test]
fn a_wrong_field_is_named() {
    let read = |decode: fn(&Bytes) -> Result<Incoming, Error>, body: &'static str| {
        let error = decode(&Bytes::from_static(body.as_bytes())).unwrap_err();
        error.message().unwrap().to_owned()
    };
    assert_eq!(
        read(
            cohere::decode_request,
            r#"{"messages":[{"role":"user","content":5}]}"#
        ),
        "messages[0].content: expected a string or an array of parts"
    );
    assert_eq!(
        read(cohere::decode_request, "{}"),
        "messages: required field is missing"
    );
    assert_eq!(
        read(ollama::decode_request, r#"{"messages":[{"content":"t"}]}"#),
        "messages[0].role: required field is missing"
    );
    assert_eq!(
        read(completions::decode_request, r#"{"prompt":5}"#),
        "prompt: expected a string or an array"
    );
}

#[test]
fn an_empty_content_that_cohere_is_sent_stays_a_list() {
    // The caller's own field has the name under which texts are kept, so that this one is not.
    let message = json!({"role": "user", "content": [], "as_written": 1});
    let body = json!({"model": "m", "messages": [message]});
    let written = again(&CohereChat::new(), cohere::decode_request, &body);
    assert_eq!(written["messages"][0]["content"], json!([]));
}
