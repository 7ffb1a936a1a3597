//! What callers get.

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use outlast_types::{
    ChatRequest, ContentPart, Delta, Error, ErrorKind, FinishReason, Mode, Protocol,
    ReasoningDelta, ReplyStart, StreamEvent, TargetId, ToolCall, ToolCallDelta, Usage,
};
use outlast_wire::openai::OpenAiServer;
use outlast_wire::{ServerCodec, StreamEncoder};
use serde_json::{Value, json};

use crate::fixtures::{STREAMS, collect, decode};
use crate::mirror::{request_with_usage, write_stream};

fn message_of(body: &Value) -> String {
    let body = Bytes::from(body.to_string());
    let error = OpenAiServer::new().decode_request(&body).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    error.message().unwrap().to_owned()
}

/// The events of a reply as Anthropic's codec gives them.
fn foreign_reply() -> Vec<StreamEvent> {
    let mut start = ReplyStart::new(Protocol::new("other-protocol"));
    start.id = Some("msg_1".to_owned());
    start.model = Some("claude-sonnet-4-5".to_owned());
    let mut usage = Usage::new(3, 20);
    usage.cached_read = 100;
    usage.reasoning = 5;
    let call = |id: Option<&str>, arguments: &str| {
        StreamEvent::ToolCall(ToolCallDelta {
            choice: 0,
            index: 0,
            id: id.map(str::to_owned),
            name: id.map(|_| "look".to_owned()),
            arguments: arguments.to_owned(),
        })
    };
    vec![
        StreamEvent::Start(Box::new(start)),
        StreamEvent::Ping,
        StreamEvent::Reasoning(ReasoningDelta {
            choice: 0,
            text: "Hm".to_owned(),
            signature: None,
        }),
        StreamEvent::Reasoning(ReasoningDelta {
            choice: 0,
            text: String::new(),
            signature: Some("sig".to_owned()),
        }),
        StreamEvent::PartEnd { choice: 0 },
        StreamEvent::text("I \"look\"."),
        StreamEvent::PartEnd { choice: 0 },
        call(Some("toolu_1"), ""),
        call(None, "{\"at\":"),
        call(None, "1}"),
        StreamEvent::finish(FinishReason::ToolCalls),
        StreamEvent::usage(usage),
    ]
}

#[test]
fn a_reply_of_another_protocol_is_a_completion() {
    let body = OpenAiServer::new().encode_response(&collect(foreign_reply()));
    let body: Value = serde_json::from_slice(&body).unwrap();
    insta::assert_snapshot!(
        "foreign_reply",
        serde_json::to_string_pretty(&body).unwrap()
    );
}

#[test]
fn a_stream_of_another_protocol_is_a_stream_of_chunks() {
    insta::assert_snapshot!(
        "foreign_stream",
        write_stream(&request_with_usage(), &foreign_reply())
    );
}

#[test]
fn every_fixture_comes_out_as_it_was_understood() {
    for (name, body) in STREAMS {
        let (events, error) = decode(Mode::Stream, body);
        if error.is_none() {
            let (again, error) =
                decode(Mode::Stream, &write_stream(&request_with_usage(), &events));
            assert!(error.is_none(), "{name}: {error:?}");
            let (before, after) = (collect(events), collect(again));
            assert_eq!(before.choices, after.choices, "{name}");
            assert_eq!(
                (before.usage, before.start),
                (after.usage, after.start),
                "{name}"
            );
        }
    }
}

#[test]
fn counts_are_sent_to_those_who_asked() {
    let asked = write_stream(&request_with_usage(), &foreign_reply());
    assert!(asked.contains("\"usage\""));
    let silent = write_stream(&ChatRequest::user("Hi"), &foreign_reply());
    assert!(!silent.contains("\"usage\""));
    assert!(silent.ends_with("data: [DONE]\n\n"));
}

#[test]
fn a_reply_in_this_protocol_is_passed_on_to_the_byte() {
    let body = "\n   {\"choices\": [{\"message\": {\"content\": \"Hi\"}, \"finish_reason\": \"stop\", \"x\": 1}], \"y\" :2}";
    let (events, _) = decode(Mode::Unary, body);
    let mut reply = collect(events);
    reply.raw = Bytes::from_static(body.as_bytes());
    assert_eq!(
        OpenAiServer::new().encode_response(&reply),
        body.trim_start()
    );
}

#[test]
fn a_clock_gives_the_time_that_the_provider_did_not() {
    use std::time::{Duration, SystemTime};
    let server =
        OpenAiServer::new().with_clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(77));
    let body = server.encode_response(&collect(foreign_reply()));
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["created"], 77);
}

#[test]
fn whole_calls_and_streamed_ones_are_numbered_together() {
    let whole = |id: &str| StreamEvent::Part {
        choice: 0,
        part: Box::new(ContentPart::ToolCall(ToolCall::new(id, "f", "{}"))),
    };
    let mut events = foreign_reply();
    events.insert(10, whole("w"));
    events.insert(7, whole("v"));
    let (read, _) = decode(Mode::Stream, &write_stream(&request_with_usage(), &events));
    let reply = collect(read);
    let ids: Vec<&str> = reply.tool_calls().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["v", "toolu_1", "w"]);
}

#[test]
fn a_caller_who_knows_functions_only_gets_a_function_call() {
    let body =
        json!({"model": "m", "messages": [], "functions": [{"name": "look"}], "stream": true});
    let body = Bytes::from(body.to_string());
    let request = OpenAiServer::new().decode_request(&body).unwrap().request;
    let out = write_stream(&request, &foreign_reply());
    assert!(out.contains(r#""function_call":{"name":"look""#), "{out}");
    assert!(out.contains(r#""finish_reason":"function_call""#), "{out}");
    assert!(!out.contains("tool_calls"), "{out}");
}

#[test]
fn an_error_in_a_stream_is_a_frame_that_clients_raise() {
    let mut encoder = OpenAiServer::new().encoder(&ChatRequest::user("Hi"));
    let mut out = BytesMut::new();
    encoder.event(&StreamEvent::text("Hal"), &mut out);
    let error = Error::new(ErrorKind::StreamBroken).with_target(TargetId::new("acme", "m"));
    encoder.error(&error, &mut out);
    let out = String::from_utf8(out.to_vec()).unwrap();
    let last = out.trim_end().rsplit("data: ").next().unwrap();
    let frame: Value = serde_json::from_str(last).unwrap();
    assert_eq!(
        frame,
        json!({"error": {"message": "acme/m: stream broke off", "type": "server_error", "param": null, "code": "stream_broken"}})
    );
    assert!(!out.contains("[DONE]"));
}

#[test]
fn errors_have_the_shape_status_and_code_that_clients_know() {
    let check = |error: Error, status: u16, expect: Value| {
        let response = OpenAiServer::new().encode_error(&error);
        assert_eq!(response.status(), StatusCode::from_u16(status).unwrap());
        assert_eq!(response.headers()["content-type"], "application/json");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["error"], expect);
    };
    check(
        Error::new(ErrorKind::InvalidRequest).with_message("messages[0].role: expected a string"),
        400,
        json!({"message": "messages[0].role: expected a string", "type": "invalid_request_error",
               "param": "messages[0].role", "code": "invalid_request"}),
    );
    check(
        Error::new(ErrorKind::ContextTooLong).with_target(TargetId::new("a", "m")),
        400,
        json!({"message": "a/m: request does not fit the model's context", "type": "invalid_request_error",
               "param": null, "code": "context_length_exceeded"}),
    );
    check(
        Error::new(ErrorKind::UnknownModel).with_message("no route is called \"x\""),
        404,
        json!({"message": "unknown model or route: no route is called \"x\"", "type": "invalid_request_error",
               "param": null, "code": "model_not_found"}),
    );
    check(
        Error::new(ErrorKind::Unauthenticated).with_target(TargetId::new("a", "m")),
        502,
        json!({"message": "a/m: key not accepted", "type": "server_error", "param": null, "code": "unauthenticated"}),
    );
}

#[test]
fn a_rate_limit_says_when_to_come_back() {
    let error = Error::new(ErrorKind::RateLimited)
        .with_retry_after(Some(std::time::Duration::from_millis(1500)));
    let response = OpenAiServer::new().encode_error(&error);
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "2");
}

#[test]
fn a_spent_quota_tells_the_sdk_not_to_try_again() {
    let response = OpenAiServer::new().encode_error(&Error::new(ErrorKind::QuotaExhausted));
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["x-should-retry"], "false");
    assert!(!response.headers().contains_key("retry-after"));
}

#[test]
fn a_request_that_is_wrong_is_refused_by_the_name_of_the_field() {
    let check = |body: Value, expect: &str| assert_eq!(message_of(&body), expect);
    check(json!({"model": "m"}), "messages: required field is missing");
    check(json!({"messages": {}}), "messages: expected an array");
    check(
        json!({"messages": [{"content": "x"}]}),
        "messages[0].role: required field is missing",
    );
    check(
        json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}),
        "messages[0].content[0].text: required field is missing",
    );
    check(
        json!({"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}]}),
        "messages[0].tool_calls[0].function: required field is missing",
    );
    check(
        json!({"messages": [], "temperature": "hot"}),
        "temperature: expected a number",
    );
    check(
        json!({"messages": [], "stream": "yes"}),
        "stream: expected true or false",
    );
    check(
        json!({"messages": [], "max_tokens": -1}),
        "max_tokens: expected a whole number of at least 0",
    );
    check(
        json!({"messages": [], "tools": [{"type": "function", "function": {}}]}),
        "tools[0].function.name: required field is missing",
    );
    check(json!([]), "expected an object");
}

#[test]
fn a_text_of_any_length_costs_one_frame() {
    let request = request_with_usage();
    let mut encoder = OpenAiServer::new().encoder(&request);
    let mut out = BytesMut::new();
    encoder.event(
        &StreamEvent::Start(Box::new(ReplyStart::new(Protocol::new("p")))),
        &mut out,
    );
    out.clear();
    let text = "\u{2028}\r\n\u{0}\"".repeat(1000);
    encoder.event(
        &StreamEvent::Text(Delta {
            choice: 0,
            text: text.clone(),
        }),
        &mut out,
    );
    let out = String::from_utf8(out.to_vec()).unwrap();
    let data = out
        .strip_prefix("data: ")
        .unwrap()
        .strip_suffix("\n\n")
        .unwrap();
    assert!(!data.contains(['\n', '\r']));
    let chunk: Value = serde_json::from_str(data).unwrap();
    assert_eq!(chunk["choices"][0]["delta"]["content"], text);
    assert_eq!(chunk["choices"][0]["finish_reason"], Value::Null);
}
