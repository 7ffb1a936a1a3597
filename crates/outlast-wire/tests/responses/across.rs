//! Requests and replies on their way between this protocol and others.

use bytes::Bytes;
use outlast_types::{
    ChatRequest, ContentPart, ErrorKind, Media, MediaSource, Message, Mode, Reasoning, ToolCall,
    ToolResult,
};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::openai::{OpenAiChat, OpenAiServer, PROTOCOL as CHAT};
use outlast_wire::responses::ResponsesServer;
use outlast_wire::{ClientCodec, Decoder, EncodeOptions, Encoded, Events, ServerCodec};
use serde_json::{Value, json};

use crate::support::{body_of, collect, decode, encode, frames, read_request, write_stream};

fn from_chat(body: &Value) -> Encoded {
    let incoming = OpenAiServer::new()
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap();
    encode(&incoming.request, incoming.mode).unwrap()
}

fn written(encoded: &Encoded) -> (Value, Vec<&str>) {
    let notes = encoded.adaptations.iter();
    (
        body_of(encoded),
        notes.map(|note| note.what.as_ref()).collect(),
    )
}

#[test]
fn a_chat_request_becomes_items() {
    let encoded = from_chat(&json!({
        "model": "gpt-5", "max_tokens": 5, "seed": 1, "stop": ["x"], "user": "u1", "logit_bias": {"1": 2},
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "Look."},
                {"type": "image_url", "image_url": {"url": "https://x.y/a.png", "detail": "low"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"}},
            ]},
            {"role": "assistant", "content": "Looking.", "reasoning_content": "hm", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}},
            ]},
            {"role": "tool", "tool_call_id": "call_1", "content": "one"},
            {"role": "tool", "tool_call_id": "", "content": "two"},
        ],
    }));
    let (body, notes) = written(&encoded);
    insta::assert_json_snapshot!("chat_to_responses", json!({"body": body, "notes": notes}));
}

#[test]
fn an_anthropic_request_becomes_items() {
    let body = json!({
        "model": "claude", "max_tokens": 500, "system": "Be brief.", "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": [
                    {"type": "text", "text": "broken"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
                ]},
                {"type": "text", "text": "Well?"},
            ]},
        ],
    });
    let incoming = AnthropicServer::new()
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap();
    let encoded = encode(&incoming.request, incoming.mode).unwrap();
    let (body, notes) = written(&encoded);
    insta::assert_json_snapshot!(
        "anthropic_to_responses",
        json!({"body": body, "notes": notes})
    );
}

/// A request with most of what an agent sends back.
fn agent_s() -> ChatRequest {
    read_request(&json!({
        "model": "gpt-5", "instructions": "Be brief.", "max_output_tokens": 500, "store": false,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}, {"type": "web_search"}],
        "input": [
            {"role": "user", "content": [
                {"type": "input_text", "text": "Look."},
                {"type": "input_image", "image_url": "https://x.y/a.png"},
                {"type": "input_file", "file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"},
            ]},
            {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
            {"id": "ws_1", "type": "web_search_call", "status": "completed"},
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "Looking.", "annotations": []}]},
            {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
            {"id": "fc_2", "type": "function_call", "call_id": "call_2", "name": "f", "arguments": "{\"a\":1}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "one"},
            {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "two"}]},
            {"role": "user", "content": "Well?"},
        ],
    }))
    .unwrap()
    .request
}

fn options(provider: &'static str) -> EncodeOptions<'static> {
    EncodeOptions {
        model: "m",
        mode: Mode::Unary,
        provider,
    }
}

#[test]
fn items_become_a_chat_request_with_the_model_s_turn_in_one_piece() {
    let encoded = OpenAiChat::default()
        .encode(&agent_s(), &options("openai"))
        .unwrap();
    let (body, notes) = written(&encoded);
    insta::assert_json_snapshot!("responses_to_chat", json!({"body": body, "notes": notes}));
}

#[test]
fn the_marks_of_a_plain_request_are_no_loss_elsewhere() {
    let body = json!({"model": "m", "instructions": "Be brief.", "input": "Hi", "store": false, "max_output_tokens": 50,
        "text": {"format": {"type": "text"}}});
    let request = read_request(&body).unwrap().request;
    let chat = OpenAiChat::default();
    let encoded = chat.encode(&request, &options("openai")).unwrap();
    assert!(encoded.adaptations.is_empty(), "{:?}", encoded.adaptations);
    let messages =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]);
    assert_eq!(body_of(&encoded)["messages"], messages);
}

#[test]
fn items_become_an_anthropic_request() {
    let encoded = AnthropicMessages::new()
        .encode(&agent_s(), &options("anthropic"))
        .unwrap();
    let (body, notes) = written(&encoded);
    insta::assert_json_snapshot!(
        "responses_to_anthropic",
        json!({"body": body, "notes": notes})
    );
}

#[test]
fn a_chat_stream_is_told_in_events_that_official_clients_put_together() {
    let stream = include_str!("../fixtures/openai/tools.sse");
    let mut decoder = OpenAiChat::default().decoder(Mode::Stream);
    let mut events = Events::new();
    decoder.push(Bytes::from(stream), &mut events).unwrap();
    decoder.end(&mut events).unwrap();

    let written = write_stream(&events);
    let told = frames(&written);
    insta::assert_json_snapshot!("chat_stream_to_responses", told);
    put_together(&told);
    let (before, after) = (
        collect(events),
        collect(decode(Mode::Stream, &written).unwrap()),
    );
    let calls = |reply: &outlast_types::ChatResponse| -> Vec<(String, String, String)> {
        let calls = reply.tool_calls();
        calls
            .map(|call| (call.id.clone(), call.name.clone(), call.arguments.clone()))
            .collect()
    };
    assert_eq!(calls(&after), calls(&before));
    assert_eq!(after.text(), before.text());
    assert_eq!(after.finish(), before.finish());
}

/// Puts a stream together as the official clients do, and checks that this is the response at its end.
fn put_together(told: &[Value]) {
    let mut output: Vec<Value> = Vec::new();
    let place = |frame: &Value, name: &str| frame[name].as_u64().unwrap() as usize;
    for frame in told {
        match frame["type"].as_str().unwrap() {
            "response.output_item.added" => {
                assert_eq!(place(frame, "output_index"), output.len());
                output.push(frame["item"].clone());
            }
            "response.content_part.added" => {
                let content = &mut output[place(frame, "output_index")]["content"];
                content.as_array_mut().unwrap().push(frame["part"].clone());
            }
            "response.output_text.delta" => {
                let part = &mut output[place(frame, "output_index")]["content"]
                    [place(frame, "content_index")];
                let text = part["text"].as_str().unwrap().to_owned();
                part["text"] = (text + frame["delta"].as_str().unwrap()).into();
            }
            "response.function_call_arguments.delta" => {
                let item = &mut output[place(frame, "output_index")];
                let text = item["arguments"].as_str().unwrap().to_owned();
                item["arguments"] = (text + frame["delta"].as_str().unwrap()).into();
            }
            "response.output_item.done" => {
                let item = &mut output[place(frame, "output_index")];
                item["status"] = "completed".into();
                assert_eq!(*item, frame["item"]);
            }
            "response.completed" => assert_eq!(frame["response"]["output"], json!(output)),
            _ => {}
        }
    }
    assert_eq!(told.last().unwrap()["type"], "response.completed");
}

#[test]
fn a_chat_reply_becomes_a_response() {
    let body = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "m", "choices": [{
        "index": 0, "finish_reason": "length",
        "message": {"role": "assistant", "reasoning_content": "hm", "content": "Hi", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14, "prompt_tokens_details": {"cached_tokens": 3}}});
    let mut decoder = OpenAiChat::default().decoder(Mode::Unary);
    let mut events = Events::new();
    decoder
        .push(Bytes::from(body.to_string()), &mut events)
        .unwrap();
    decoder.end(&mut events).unwrap();
    let written = ResponsesServer::new().encode_response(&collect(events));
    let written: Value = serde_json::from_slice(&written).unwrap();
    insta::assert_json_snapshot!("chat_reply_to_response", written);
}

#[test]
fn reasoning_of_another_protocol_that_a_caller_sends_back_stays_behind() {
    let events = [
        outlast_types::StreamEvent::Start(Box::new(outlast_types::ReplyStart::new(CHAT))),
        outlast_types::StreamEvent::Reasoning(outlast_types::ReasoningDelta {
            text: "hm".to_owned(),
            ..Default::default()
        }),
        outlast_types::StreamEvent::text("Hi"),
    ];
    let told = frames(&write_stream(&events));
    let output = told.last().unwrap()["response"]["output"].clone();
    assert_eq!(output[0]["type"], "reasoning");

    let incoming = read_request(&json!({"model": "m", "input": output})).unwrap();
    let encoded = encode(&incoming.request, Mode::Unary).unwrap();
    let input = &body_of(&encoded)["input"];
    assert_eq!(
        (input.as_array().unwrap().len(), &input[0]["type"]),
        (1, &json!("message"))
    );
    assert_eq!(encoded.adaptations.len(), 1);
}

#[test]
fn what_the_model_said_goes_back_as_the_items_it_was() {
    let reply = decode(
        Mode::Unary,
        &json!({"id": "resp_1", "model": "m", "status": "completed", "output": [
            {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "phase": "commentary", "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]},
            {"id": "msg_2", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "c"}]},
            {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_1", "name": "g", "input": "x"},
        ]})
        .to_string(),
    )
    .unwrap();
    let content = collect(reply).choices.remove(0).content;
    let request = ChatRequest::user("Hi")
        .with_message(Message::assistant(content))
        .with_message(Message::new(
            outlast_types::Role::Tool,
            vec![ContentPart::ToolResult(ToolResult::new("call_1", "ok"))],
        ));
    insta::assert_json_snapshot!(
        "sent_back",
        body_of(&encode(&request, Mode::Stream).unwrap())
    );
}

#[test]
fn what_has_no_form_here_fails_or_is_noted() {
    let mut many = ChatRequest::user("Hi");
    many.body_mut().n = Some(2);
    assert_eq!(
        encode(&many, Mode::Unary).unwrap_err().kind(),
        ErrorKind::Unsupported
    );

    let picture = ContentPart::Image(Media::new(MediaSource::Url("https://x.y".to_owned())));
    let spoken = ChatRequest::user("Hi").with_message(Message::assistant(vec![picture]));
    assert_eq!(
        encode(&spoken, Mode::Unary).unwrap_err().kind(),
        ErrorKind::Unsupported
    );

    let long = "x".repeat(70);
    let thought = Reasoning::new("hm", Some(CHAT));
    let request = ChatRequest::user("Hi")
        .with_message(Message::assistant(vec![
            ContentPart::Reasoning(thought),
            ContentPart::ToolCall(ToolCall::new(long.clone(), "f", "{}")),
        ]))
        .with_message(Message::user(vec![ContentPart::ToolResult(
            ToolResult::new(long, "ok").with_error(),
        )]));
    let encoded = encode(&request, Mode::Unary).unwrap();
    let (body, notes) = written(&encoded);
    assert_eq!(body["input"][1]["call_id"], body["input"][2]["call_id"]);
    assert!(body["input"][1]["call_id"].as_str().unwrap().len() <= 64);
    assert_eq!(
        notes,
        [
            "the reasoning of openai-chat is left out",
            "ids of tool calls are changed",
            "the mark that a tool failed is left out",
        ]
    );
}
