//! What the server's side writes, the client's side reads as the same reply.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Delta, Error, ErrorKind, Extra, Finish, FinishReason, Mode,
    ReasoningDelta, ReplyStart, StreamEvent, ToolCallDelta, Usage,
};
use outlast_wire::gemini::{GeminiServer, PROTOCOL};
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, Decoder, Events, ServerCodec, StreamEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::recorded::exchanges;
use crate::support::{collect, decode, decode_pieces, encode_stream, reply};

fn server() -> GeminiServer {
    GeminiServer::for_path("/v1beta/models/g:streamGenerateContent").unwrap()
}

/// A reply without what tells how it came: the body it was read from.
fn said(reply: &ChatResponse) -> (ReplyStart, Vec<outlast_types::Choice>, Usage) {
    (reply.start.clone(), reply.choices.clone(), reply.usage)
}

#[test]
fn every_recorded_reply_comes_through_server_and_client_unchanged() {
    let mut seen = 0;
    for exchange in exchanges("generate") {
        let (events, error) = decode_pieces(exchange.mode(), [exchange.body.as_bytes()]);
        if exchange.status != 200 || error.is_some() {
            continue;
        }
        let sent = collect(events.clone());
        let body = server().encode_response(&sent);
        let whole = reply(Mode::Unary, std::str::from_utf8(&body).unwrap());
        assert_eq!(said(&whole), said(&sent), "{}", exchange.name());
        if exchange.stream {
            let stream = encode_stream(&events);
            let (streamed, error) = decode(Mode::Stream, &stream);
            assert!(error.is_none(), "{}: {stream}", exchange.name());
            // Line breaks between values are spaces in a stream.
            let in_one_line = |reply: &ChatResponse| -> String {
                let text = format!("{:?}", said(reply)).replace("\\n", " ");
                text.split_whitespace().collect()
            };
            let streamed = in_one_line(&collect(streamed));
            assert_eq!(streamed, in_one_line(&sent), "{}", exchange.name());
        }
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_reply_of_this_protocol_goes_out_byte_by_byte_as_it_came() {
    let body = r#"{ "candidates": [ {"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP", "new": 1} ] }"#;
    let mut sent = reply(Mode::Unary, body);
    sent.raw = Bytes::from_static(body.as_bytes());
    assert_eq!(server().encode_response(&sent), body);
}

/// Events of a reply in another protocol, whose tool calls come in pieces and in turns.
fn foreign() -> Events {
    let chunk = |delta: Value, finish: Value| {
        format!(
            "data: {}\n\n",
            json!({"id": "c1", "model": "gpt", "created": 5, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        )
    };
    let call = |index: u32, id: Value, name: Value, arguments: &str| json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]});
    let body = [
        chunk(json!({"role": "assistant", "content": "", "reasoning_content": "hm"}), json!(null)),
        chunk(json!({"content": "Looking."}), json!(null)),
        chunk(call(0, json!("call_a"), json!("f"), "{\"x\""), json!(null)),
        chunk(call(1, json!("call_b"), json!("g"), "{}"), json!(null)),
        chunk(call(0, json!(null), json!(null), ":1}"), json!(null)),
        chunk(json!({}), json!("tool_calls")),
        format!("data: {}\n\n", json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}})),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let mut events = Events::new();
    let mut decoder = OpenAiChat::default().decoder(Mode::Stream);
    decoder.push(Bytes::from(body), &mut events).unwrap();
    decoder.end(&mut events).unwrap();
    events
}

#[test]
fn a_reply_of_another_protocol_is_told_in_whole_calls() {
    let stream = encode_stream(&foreign());
    insta::assert_snapshot!("foreign_stream", stream);
    let heard = reply(Mode::Stream, &stream);
    let calls: Vec<_> = heard
        .tool_calls()
        .map(|call| {
            (
                call.id.as_str(),
                call.name.as_str(),
                call.arguments.as_str(),
            )
        })
        .collect();
    assert_eq!(calls, [("call_a", "f", "{\"x\":1}"), ("call_b", "g", "{}")]);
    assert_eq!(heard.usage, Usage::new(9, 4));

    let body = server().encode_response(&collect(foreign()));
    let body: Value = serde_json::from_slice(&body).unwrap();
    insta::assert_json_snapshot!("foreign_reply", body);
}

#[test]
fn an_error_is_told_in_google_s_form() {
    let error = Error::new(ErrorKind::RateLimited)
        .with_message("slow down")
        .with_retry_after(Some(Duration::from_millis(1500)));
    let response = server().encode_error(&error);
    assert_eq!(response.status(), 429);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(
        body,
        json!({"error": {
            "code": 429,
            "message": "rate limited: slow down",
            "status": "RESOURCE_EXHAUSTED",
            "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"}],
        }})
    );
}

#[test]
fn a_stream_that_fails_tells_so_and_ends() {
    let mut encoder = server().encoder(&ChatRequest::user("hi"));
    let mut out = BytesMut::new();
    encoder.event(&StreamEvent::text("a"), &mut out);
    encoder.error(&Error::new(ErrorKind::Overloaded), &mut out);
    encoder.event(&StreamEvent::text("b"), &mut out);
    encoder.end(&mut out);
    let (events, error) = decode(Mode::Stream, std::str::from_utf8(&out).unwrap());
    assert_eq!(error.unwrap().kind(), ErrorKind::Overloaded);
    assert_eq!(collect(events).text(), "a");
}

fn text() -> impl Strategy<Value = String> {
    "(\\PC|[\n\r\t\"\\\\\u{0}\u{2028}]){1,12}"
}

fn reason() -> impl Strategy<Value = FinishReason> {
    prop_oneof![
        Just(FinishReason::Stop),
        Just(FinishReason::Length),
        "[A-Z_]{3,9}X".prop_map(FinishReason::Other),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Text(String),
    Signed(String, String),
    Thought(String),
    Call(String, String, Option<String>),
    Part(String),
    Ping,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        text().prop_map(Step::Text),
        (text(), text()).prop_map(|(text, signature)| Step::Signed(text, signature)),
        text().prop_map(Step::Thought),
        (text(), text(), prop::option::of(text())).prop_map(|(name, argument, signature)| {
            Step::Call(name, json!({ "a": argument }).to_string(), signature)
        }),
        text().prop_map(Step::Part),
        Just(Step::Ping),
    ]
}

fn signature(choice: u32, text: &str) -> StreamEvent {
    let fields = [("thoughtSignature".to_owned(), json!(text).into())];
    let extra = Box::new(Extra::from_fields(PROTOCOL, fields.into()).unwrap());
    StreamEvent::PartExtra { choice, extra }
}

fn events_of(choice: u32, steps: Vec<Step>, reason: FinishReason) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    let mut calls = 0;
    let end = StreamEvent::PartEnd { choice };
    for step in steps {
        match step {
            Step::Text(text) => events.push(StreamEvent::Text(Delta { choice, text })),
            Step::Signed(text, signed) => events.extend([
                end.clone(),
                signature(choice, &signed),
                StreamEvent::Text(Delta { choice, text }),
                end.clone(),
            ]),
            Step::Thought(text) => events.push(StreamEvent::Reasoning(ReasoningDelta {
                choice,
                text,
                signature: None,
            })),
            Step::Call(name, arguments, signed) => {
                events.push(end.clone());
                events.extend(signed.map(|signed| signature(choice, &signed)));
                events.push(StreamEvent::ToolCall(ToolCallDelta {
                    choice,
                    index: calls,
                    id: Some(format!("c{calls}")),
                    name: Some(name),
                    arguments,
                }));
                events.push(end.clone());
                calls += 1;
            }
            Step::Part(code) => {
                let raw = json!({"executableCode": {"code": code}});
                let opaque = outlast_types::Opaque {
                    origin: PROTOCOL,
                    raw: raw.into(),
                };
                let part = Box::new(outlast_types::ContentPart::Opaque(opaque));
                events.push(StreamEvent::Part { choice, part });
            }
            Step::Ping => events.push(StreamEvent::Ping),
        }
    }
    let reason = match reason {
        FinishReason::Stop if calls > 0 => FinishReason::ToolCalls,
        reason => reason,
    };
    // The name of a reason that only this protocol knows is the reason itself.
    events.push(StreamEvent::Finish(Finish {
        choice,
        reason,
        extra: None,
    }));
    events
}

fn start() -> StreamEvent {
    let mut start = ReplyStart::new(PROTOCOL);
    start.id = Some("r-1".to_owned());
    start.model = Some("g-1".to_owned());
    let fields = [("new".to_owned(), json!({"b": 1}).into())];
    start.extra = Extra::from_fields(PROTOCOL, fields.into());
    StreamEvent::Start(Box::new(start))
}

proptest! {
    #[test]
    fn a_reply_comes_through_server_and_client_unchanged(
        first in (prop::collection::vec(step(), 0..8), reason()),
        second in prop::option::of((prop::collection::vec(step(), 0..4), reason())),
        counts in prop::array::uniform4(0u64..1_000_000),
    ) {
        let mut usage = Usage::new(counts[0], counts[1]);
        usage.cached_read = counts[2];
        usage.reasoning = counts[1].min(counts[3]);
        let mut events = vec![start()];
        events.extend(events_of(0, first.0, first.1));
        if let Some((steps, reason)) = second {
            events.extend(events_of(1, steps, reason));
        }
        events.push(StreamEvent::usage(usage));

        let sent = collect(events.clone());
        let (received, error) = decode(Mode::Stream, &encode_stream(&events));
        prop_assert!(error.is_none(), "{:?}", error);
        prop_assert_eq!(said(&collect(received)), said(&sent));

        let body = server().encode_response(&sent);
        let (received, error) = decode(Mode::Unary, std::str::from_utf8(&body).unwrap());
        prop_assert!(error.is_none(), "{:?}", error);
        prop_assert_eq!(said(&collect(received)), said(&sent));
    }
}
