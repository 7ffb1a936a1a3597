//! The side that answers callers: requests read, replies and errors written.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ContentPart, Delta, Error, ErrorKind, Finish, FinishReason, Mode, Opaque,
    Protocol, RawJson, Reasoning, ReasoningDelta, ReplyStart, StreamEvent, ToolCall, ToolCallDelta,
    Usage,
};
use outlast_wire::anthropic::{self, AnthropicMessages, AnthropicServer};
use outlast_wire::{ClientCodec, EncodeOptions, Events, ServerCodec, StreamEncoder};
use serde_json::{Value, json};

use crate::support::{STREAMS, blocks, collect, decode, encode_stream, frames};

/// Encodes a whole stream and reads its frames.
fn encode(events: &[StreamEvent]) -> Vec<Value> {
    frames(&encode_stream(events))
}

fn text(out: &BytesMut) -> String {
    String::from_utf8(out.to_vec()).unwrap()
}

fn start() -> StreamEvent {
    let mut start = ReplyStart::new(Protocol::new("openai-chat"));
    start.id = Some("chatcmpl-1".to_owned());
    start.model = Some("deepseek-chat".to_owned());
    StreamEvent::Start(Box::new(start))
}

fn reasoning(text: &str, signature: Option<&str>) -> StreamEvent {
    StreamEvent::Reasoning(ReasoningDelta {
        choice: 0,
        text: text.to_owned(),
        signature: signature.map(str::to_owned),
    })
}

fn call(index: u32, id: &str, arguments: &str) -> StreamEvent {
    let first = !id.is_empty();
    StreamEvent::ToolCall(ToolCallDelta {
        choice: 0,
        index,
        id: first.then(|| id.to_owned()),
        name: first.then(|| "f".to_owned()),
        arguments: arguments.to_owned(),
    })
}

#[test]
fn a_reply_of_another_protocol_is_told_in_the_order_clients_expect() {
    let frames = encode(&[
        start(),
        StreamEvent::Ping,
        reasoning("Hm.", Some("not Anthropic's")),
        StreamEvent::text("Two "),
        StreamEvent::text("\"lines\"\n"),
        call(0, "c1", "{\"a\":"),
        call(0, "", "1}"),
        StreamEvent::finish(FinishReason::Stop),
        StreamEvent::usage(Usage::new(30, 12)),
    ]);
    insta::assert_json_snapshot!(frames);
}

#[test]
fn tool_calls_written_in_turns_become_blocks_one_after_the_other() {
    let events = [
        start(),
        call(0, "a", "[1"),
        call(1, "b", "[2"),
        StreamEvent::text("amid "),
        call(0, "", ",1]"),
        call(2, "c", "[3]"),
        call(1, "", ",2]"),
        StreamEvent::text("and after"),
        StreamEvent::finish(FinishReason::ToolCalls),
    ];
    assert_eq!(
        blocks(&encode(&events)),
        [
            "tool_use a:[1,1]",
            "tool_use b:[2,2]",
            "text :amid ",
            "tool_use c:[3]",
            "text :and after"
        ]
    );
}

#[test]
fn the_end_of_a_part_lets_the_next_call_flow() {
    let mut encoder = AnthropicServer::new().encoder(&ChatRequest::user("hi"));
    let mut out = BytesMut::new();
    for event in [start(), call(0, "a", "{}"), call(1, "b", "{")] {
        encoder.event(&event, &mut out);
    }
    let begun = |frame: &&Value| frame["type"] == "content_block_start";
    assert_eq!(frames(&text(&out)).iter().filter(begun).count(), 1);
    encoder.event(&StreamEvent::PartEnd { choice: 0 }, &mut out);
    out.clear();
    encoder.event(&call(1, "", "}"), &mut out);
    let [frame] = &frames(&text(&out))[..] else {
        panic!()
    };
    assert_eq!(frame["delta"]["partial_json"], "}");
}

#[test]
fn a_sign_of_life_before_the_reply_takes_nothing_from_its_beginning() {
    let frames = encode(&[StreamEvent::Ping, start(), StreamEvent::text("Hi")]);
    assert_eq!(frames[0]["type"], "ping");
    assert_eq!(frames[1]["message"]["model"], "deepseek-chat");
}

#[test]
fn whole_parts_become_blocks() {
    let part = |part| StreamEvent::Part {
        choice: 0,
        part: Box::new(part),
    };
    let raw = |protocol| {
        ContentPart::Opaque(Opaque {
            origin: protocol,
            raw: RawJson::parse(
                "{\"type\": \"server_tool_use\",\n \"id\": \"s1\", \"input\": {\"q\": 1}}",
            )
            .unwrap(),
        })
    };
    let events = [
        start(),
        part(ContentPart::Reasoning(Reasoning::new("hm", None))),
        part(raw(anthropic::PROTOCOL)),
        part(raw(Protocol::new("other"))),
        part(ContentPart::text("Hi")),
        part(ContentPart::ToolCall(ToolCall::new("c", "f", "{}"))),
        StreamEvent::finish(FinishReason::ToolCalls),
    ];
    assert_eq!(
        blocks(&encode(&events)),
        [
            "thinking :hm",
            "server_tool_use s1:{\"q\": 1}",
            "text :Hi",
            "tool_use c:{}"
        ]
    );
}

#[test]
fn only_the_first_choice_is_told() {
    let second = StreamEvent::Text(Delta {
        choice: 1,
        text: "no".to_owned(),
    });
    let finish = StreamEvent::Finish(Finish {
        choice: 1,
        reason: FinishReason::Length,
        extra: None,
    });
    let frames = encode(&[
        start(),
        StreamEvent::text("yes"),
        second,
        StreamEvent::finish(FinishReason::Stop),
        finish,
    ]);
    assert_eq!(blocks(&frames), ["text :yes"]);
    let mut endings = frames.iter().map(|frame| &frame["delta"]["stop_reason"]);
    assert!(endings.any(|reason| reason == "end_turn"));
}

#[test]
fn a_stream_that_breaks_ends_in_an_error_event_and_nothing_else() {
    let mut encoder = AnthropicServer::new().encoder(&ChatRequest::user("hi"));
    let mut out = BytesMut::new();
    encoder.event(&start(), &mut out);
    encoder.event(&StreamEvent::text("Hi"), &mut out);
    out.clear();
    encoder.error(
        &Error::new(ErrorKind::Overloaded).with_message("busy"),
        &mut out,
    );
    encoder.event(&StreamEvent::text("more"), &mut out);
    encoder.end(&mut out);

    let stream = text(&out);
    let [frame] = &frames(&stream)[..] else {
        panic!()
    };
    assert_eq!(frame["type"], "error");
    assert_eq!(
        frame["error"],
        json!({"type": "overloaded_error", "message": "provider overloaded: busy"})
    );
    let error = decode(Mode::Stream, &stream).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
}

#[test]
fn the_fixtures_pass_through_both_sides_unchanged() {
    let is_the_api_s_own = |(name, _): &&(&str, &str)| *name != "gateway";
    for (name, body) in STREAMS.iter().filter(is_the_api_s_own) {
        let events = decode(Mode::Stream, body).unwrap();
        let again = decode(Mode::Stream, &encode_stream(&events)).unwrap();
        assert_eq!(plain(again), plain(events), "{name}");
    }
}

/// Makes equal what means the same: the order of keys in a block that was put together again, and arguments that come in
/// one piece or two.
fn plain(events: Events) -> Vec<StreamEvent> {
    let mut plain: Vec<StreamEvent> = Vec::new();
    for mut event in events {
        match (&mut event, plain.last_mut()) {
            (StreamEvent::Part { part, .. }, _) => {
                if let ContentPart::Opaque(opaque) = &mut **part {
                    opaque.raw = RawJson::from(opaque.raw.read::<Value>().unwrap());
                }
            }
            (StreamEvent::Opaque(opaque), _) => {
                opaque.raw = RawJson::from(opaque.raw.read::<Value>().unwrap());
            }
            (StreamEvent::ToolCall(call), Some(StreamEvent::ToolCall(before)))
                if call.index == before.index =>
            {
                before.arguments.push_str(&call.arguments);
                continue;
            }
            _ => {}
        }
        plain.push(event);
    }
    plain
}

#[test]
fn a_whole_reply_of_another_protocol_is_written_as_a_message() {
    let reply = collect([
        start(),
        reasoning("Hm.", Some("foreign")),
        StreamEvent::text("Hi."),
        call(0, "c1", "{\"b\":1,\"a\":2}"),
        call(1, "c2", "{\"cut"),
        StreamEvent::finish(FinishReason::Stop),
        StreamEvent::usage(Usage::new(30, 12)),
    ]);
    let body = AnthropicServer::new().encode_response(&reply);
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        concat!(
            r#"{"id":"chatcmpl-1","type":"message","role":"assistant","model":"deepseek-chat","content":["#,
            r#"{"type":"thinking","thinking":"Hm.","signature":""},{"type":"text","text":"Hi."},"#,
            r#"{"type":"tool_use","id":"c1","name":"f","input":{"b":1,"a":2}},"#,
            r#"{"type":"tool_use","id":"c2","name":"f","input":{"invalid_arguments":"{\"cut"}}],"#,
            r#""stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":30,"output_tokens":12}}"#
        )
    );
}

#[test]
fn a_whole_reply_of_this_protocol_goes_out_byte_by_byte() {
    let raw = Bytes::from_static(b"{ \"type\":\"message\", \"content\": [] }");
    let mut reply = collect([StreamEvent::Start(Box::new(ReplyStart::new(
        anthropic::PROTOCOL,
    )))]);
    reply.raw = raw.clone();
    assert_eq!(AnthropicServer::new().encode_response(&reply), raw);
}

#[test]
fn a_request_that_is_wrong_is_answered_with_the_name_of_the_field() {
    let check = |body: &str, message: &str| {
        let error = AnthropicServer::new()
            .decode_request(&Bytes::copy_from_slice(body.as_bytes()))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.message(), Some(message), "{body}");
    };
    let with = |messages: &str| format!(r#"{{"model":"m","max_tokens":1,"messages":{messages}}}"#);
    check(
        "",
        "not valid JSON: EOF while parsing a value at line 1 column 0",
    );
    check("[]", "expected an object");
    check(r#"{"messages":[]}"#, "model: required field is missing");
    check(
        r#"{"model":"m","messages":[]}"#,
        "max_tokens: required field is missing",
    );
    check(
        r#"{"model":"m","max_tokens":-1}"#,
        "max_tokens: expected a whole number of at least 0",
    );
    check(
        r#"{"model":"m","max_tokens":1}"#,
        "messages: required field is missing",
    );
    check(&with("5"), "messages: expected an array");
    check(
        &with(r#"[{"content":"hi"}]"#),
        "messages[0].role: required field is missing",
    );
    check(
        &with(r#"[{"role":"user","content":7}]"#),
        "messages[0].content: expected a string or an array of content blocks",
    );
    check(
        &with(r#"[{"role":"user","content":[{"type":"text"}]}]"#),
        "messages[0].content[0].text: required field is missing",
    );
    check(
        &with(
            r#"[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"text":"x"}]}]}]"#,
        ),
        "messages[0].content[0].content[0].type: required field is missing",
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[],"tools":[{"name":"f"}]}"#,
        "tools[0].input_schema: required field is missing",
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[],"thinking":{}}"#,
        "thinking.type: required field is missing",
    );
    check(
        r#"{"model":"m","max_tokens":1,"messages":[],"stream":"yes"}"#,
        "stream: expected a boolean",
    );
}

#[test]
fn a_block_that_is_nested_without_end_is_no_danger() {
    let open = r#"{"type":"tool_result","tool_use_id":"t","content":["#;
    let depth = 100_000;
    let body = format!(
        r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":[{}{}]}}]}}"#,
        open.repeat(depth),
        "]}".repeat(depth)
    );
    let incoming = AnthropicServer::new()
        .decode_request(&Bytes::from(body.clone()))
        .unwrap();
    let options = EncodeOptions {
        model: "m",
        mode: Mode::Unary,
        provider: "anthropic",
    };
    let encoded = AnthropicMessages::new()
        .encode(&incoming.request, &options)
        .unwrap();
    assert_eq!(encoded.request.body().len(), body.len());
}

#[test]
fn thinking_that_nobody_signed_is_known_to_be_another_provider_s() {
    let body = r#"{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""}]}]}"#;
    let incoming = AnthropicServer::new()
        .decode_request(&Bytes::from_static(body.as_bytes()))
        .unwrap();
    let message = incoming.request.messages.first().unwrap();
    let [ContentPart::Reasoning(part)] = message.content.parts() else {
        panic!()
    };
    assert_eq!(
        (part.origin.as_ref(), part.signature.as_ref()),
        (None, None)
    );
}

#[test]
fn errors_have_the_form_and_status_that_clients_know() {
    let check = |error: Error, status: u16, kind: &str, message: &str| {
        let response = AnthropicServer::new().encode_error(&error);
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(response.status(), status, "{kind}");
        assert_eq!(
            body,
            json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": null})
        );
    };
    let error = |kind| Error::new(kind);
    check(
        error(ErrorKind::InvalidRequest).with_message("max_tokens: too many"),
        400,
        "invalid_request_error",
        "max_tokens: too many",
    );
    check(
        error(ErrorKind::UnknownModel),
        404,
        "not_found_error",
        "unknown model or route",
    );
    check(
        error(ErrorKind::RequestTooLarge),
        413,
        "request_too_large",
        "request too large",
    );
    check(
        error(ErrorKind::RateLimited),
        429,
        "rate_limit_error",
        "rate limited",
    );
    check(
        error(ErrorKind::QuotaExhausted),
        429,
        "billing_error",
        "quota or credit exhausted",
    );
    check(
        error(ErrorKind::Unauthenticated),
        502,
        "api_error",
        "key not accepted",
    );
    check(
        error(ErrorKind::BreakerOpen),
        503,
        "overloaded_error",
        "breaker open",
    );
    check(
        error(ErrorKind::DeadlineExceeded),
        504,
        "timeout_error",
        "deadline exceeded",
    );

    let response = AnthropicServer::new().encode_error(
        &error(ErrorKind::RateLimited).with_retry_after(Some(Duration::from_millis(1500))),
    );
    assert_eq!(response.headers().get("retry-after").unwrap(), "2");
}
