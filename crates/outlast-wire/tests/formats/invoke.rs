//! What models on Bedrock answer in their vendors' own formats.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use outlast_types::{ChatResponse, ErrorKind, Mode};
use outlast_wire::bedrock::InvokeStream;
use outlast_wire::bedrock_invoke::InvokeFrames;
use outlast_wire::event_stream::{EventStreamBody, HeaderValue, write_frame};
use outlast_wire::{Decoder, Events};
use serde_json::{Value, json};

use crate::support::{collect, run};

fn decoder(mode: Mode) -> EventStreamBody<InvokeStream<InvokeFrames>> {
    EventStreamBody::new(mode, InvokeStream::new(InvokeFrames::default()))
}

fn whole(body: &Value) -> ChatResponse {
    let (events, error) = run(decoder(Mode::Unary), [body.to_string().as_bytes()]);
    assert!(error.is_none(), "{body}: {error:?}");
    collect(events)
}

fn frames(events: &[Value]) -> BytesMut {
    let mut body = BytesMut::new();
    for event in events {
        let chunk = json!({"bytes": STANDARD.encode(event.to_string()), "p": "abc"});
        let headers = [
            (":message-type", HeaderValue::String("event")),
            (":event-type", HeaderValue::String("chunk")),
        ];
        write_frame(&headers, chunk.to_string().as_bytes(), &mut body);
    }
    body
}

fn streamed(events: &[Value]) -> ChatResponse {
    let body = frames(events);
    let (read, error) = run(decoder(Mode::Stream), [&body[..]]);
    assert!(error.is_none(), "{error:?}");
    for at in 0..body.len() {
        let (head, tail) = body.split_at(at);
        assert_eq!(
            run(decoder(Mode::Stream), [head, tail]).0,
            read,
            "cut at {at}"
        );
    }
    collect(read)
}

/// Text, finish, input and output tokens.
fn check(reply: &ChatResponse, expected: (&str, &str, u64, u64)) {
    let finish = reply.finish().map_or("none", |reason| reason.as_str());
    assert_eq!(
        (
            reply.text().as_str(),
            finish,
            reply.usage.input,
            reply.usage.output
        ),
        expected
    );
}

#[test]
fn each_vendor_s_whole_reply_is_read() {
    let cases = [
        (
            json!({"inputTextTokenCount": 9, "results": [{"tokenCount": 2, "outputText": "Hi", "completionReason": "FINISH"}]}),
            ("Hi", "stop", 9, 2),
        ),
        (
            json!({"generation": "Hi", "prompt_token_count": 5, "generation_token_count": 1, "stop_reason": "length"}),
            ("Hi", "length", 5, 1),
        ),
        (
            json!({"outputs": [{"text": "Hi", "stop_reason": "stop"}]}),
            ("Hi", "stop", 0, 0),
        ),
        (
            json!({"id": "x", "generations": [{"id": "y", "text": "Hi", "finish_reason": "MAX_TOKENS"}], "prompt": "p"}),
            ("Hi", "length", 0, 0),
        ),
        (
            json!({"type": "completion", "completion": "Hi", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}),
            ("Hi", "stop_sequence", 0, 0),
        ),
        (
            json!({"id": 1, "prompt": {}, "completions": [{"data": {"text": "Hi", "tokens": []}, "finishReason": {"reason": "endoftext"}}]}),
            ("Hi", "stop", 0, 0),
        ),
        (
            json!({"choices": [{"text": "Hi", "stop_reason": "stop"}]}),
            ("Hi", "stop", 0, 0),
        ),
        (
            json!({"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}),
            ("Hi", "stop", 3, 1),
        ),
        (
            json!({"id": "m", "type": "message", "role": "assistant", "model": "claude", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 1}}),
            ("Hi", "stop", 3, 1),
        ),
        (
            json!({"output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}}),
            ("Hi", "stop", 3, 1),
        ),
        (
            json!({"response_id": "r", "text": "Hi", "generation_id": "g", "finish_reason": "COMPLETE"}),
            ("Hi", "stop", 0, 0),
        ),
    ];
    for (body, expected) in cases {
        check(&whole(&body), expected);
    }
}

#[test]
fn each_vendor_s_stream_is_read_however_it_is_cut() {
    let metrics = json!({"inputTokenCount": 7, "outputTokenCount": 2});
    let llama = [
        json!({"generation": "H", "prompt_token_count": 5, "generation_token_count": 1, "stop_reason": null}),
        json!({"generation": "i", "prompt_token_count": null, "generation_token_count": 2, "stop_reason": "stop", "amazon-bedrock-invocationMetrics": metrics}),
    ];
    check(&streamed(&llama), ("Hi", "stop", 5, 2));
    let command = [
        json!({"is_finished": false, "text": "H"}),
        json!({"is_finished": false, "text": "i"}),
        json!({"finish_reason": "MAX_TOKENS", "is_finished": true, "amazon-bedrock-invocationMetrics": metrics}),
    ];
    check(&streamed(&command), ("Hi", "length", 7, 2));
    let blocked = [
        json!({"outputText": "Input blocked", "index": 0.0, "totalOutputTextTokenCount": 3.0, "inputTextTokenCount": 6.0, "amazon-bedrock-guardrailAction": "INTERVENED"}),
    ];
    check(
        &streamed(&blocked),
        ("Input blocked", "content_filter", 6, 3),
    );
    let nova = [
        json!({"messageStart": {"role": "assistant"}}),
        json!({"contentBlockDelta": {"delta": {"text": "Hi"}, "contentBlockIndex": 0}}),
        json!({"contentBlockStop": {"contentBlockIndex": 0}}),
        json!({"messageStop": {"stopReason": "end_turn"}}),
        json!({"metadata": {"usage": {"inputTokens": 3, "outputTokens": 1}}, "amazon-bedrock-invocationMetrics": metrics}),
    ];
    check(&streamed(&nova), ("Hi", "stop", 3, 1));
}

#[test]
fn a_stream_without_its_end_and_a_body_in_no_format_are_no_answers() {
    let body = frames(&[json!({"generation": "H", "stop_reason": null})]);
    let (_, error) = run(decoder(Mode::Stream), [&body[..]]);
    assert_eq!(error.unwrap().kind(), ErrorKind::StreamBroken);
    let (_, error) = run(decoder(Mode::Unary), [br#"{"message": "no"}"#.as_slice()]);
    assert_eq!(error.unwrap().message(), Some("no"));
    let (_, error) = run(decoder(Mode::Unary), [br#"{"new": 1}"#.as_slice()]);
    assert_eq!(error.unwrap().kind(), ErrorKind::Malformed);
}

#[test]
fn the_service_s_counts_are_those_of_their_own_event_only() {
    let metrics = json!({"inputTokenCount": 10, "outputTokenCount": 1});
    let body = frames(&[
        json!({"generation": "H"}),
        json!({"generation": "", "prompt_token_count": 0, "amazon-bedrock-invocationMetrics": metrics}),
        json!({"generation": ""}),
    ]);
    let (whole, error) = run(decoder(Mode::Stream), [&body[..]]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(collect(whole).usage.input, 0);

    // Here the events are taken away in between, as a client does.
    let mut decoder = decoder(Mode::Stream);
    let mut read = Vec::new();
    let mut events = Events::new();
    for byte in body.chunks(1) {
        decoder
            .push(Bytes::copy_from_slice(byte), &mut events)
            .unwrap();
        read.extend(events.drain(..));
    }
    decoder.end(&mut events).unwrap();
    read.extend(events);
    assert_eq!(collect(read).usage.input, 0);
}
