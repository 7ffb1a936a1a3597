//! Replies, whole and streamed, and what may go wrong with them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{Error, ErrorKind, FinishReason, Mode, StreamEvent};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::{ClientCodec, ErrorReply};

use crate::support::{MESSAGE, STREAMS, collect, decode, decode_pieces};

fn frame(data: &str) -> String {
    format!("data: {data}\n\n")
}

const START: &str = r#"{"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":3,"output_tokens":1}}}"#;
const TEXT_START: &str =
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const TEXT: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#;
const FINISH: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn the_fixtures_mean_what_they_say() {
    for (name, body) in STREAMS {
        insta::assert_debug_snapshot!(name, decode(Mode::Stream, body).unwrap());
    }
    insta::assert_debug_snapshot!("message", decode(Mode::Unary, MESSAGE).unwrap());
}

#[test]
fn every_split_of_every_fixture_gives_the_same_events() {
    for (name, body) in STREAMS {
        let bytes = body.as_bytes();
        let (whole, _) = decode_pieces(Mode::Stream, [bytes]);
        for at in 0..bytes.len() {
            let (first, second) = bytes.split_at(at);
            let (events, _) = decode_pieces(Mode::Stream, [first, second]);
            assert_eq!(events, whole, "{name} at {at}");
        }
        let (events, _) = decode_pieces(Mode::Stream, bytes.chunks(1));
        assert_eq!(events, whole, "{name} byte by byte");
    }
    let (events, end) = decode_pieces(Mode::Unary, MESSAGE.as_bytes().chunks(1));
    assert!(end.is_ok());
    assert_eq!(events, decode(Mode::Unary, MESSAGE).unwrap());
}

#[test]
fn a_stream_without_its_last_event_is_broken_unless_its_reason_to_stop_was_told() {
    let body = frame(START) + &frame(TEXT_START) + &frame(TEXT);
    let error = decode(Mode::Stream, &body).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    assert_eq!(
        decode(Mode::Stream, "").unwrap_err().kind(),
        ErrorKind::StreamBroken
    );

    let reply = collect(decode(Mode::Stream, &(body + &frame(FINISH))).unwrap());
    assert_eq!(
        (reply.text().as_str(), reply.finish()),
        ("Hi", Some(&FinishReason::Stop))
    );
}

#[test]
fn nothing_after_the_last_event_is_read() {
    let whole = frame(START) + &frame(TEXT_START) + &frame(TEXT) + &frame(FINISH) + &frame(STOP);
    let expected = decode(Mode::Stream, &whole).unwrap();
    for more in [
        TEXT,
        START,
        r#"{"type":"error","error":{"type":"api_error"}}"#,
        "not JSON",
    ] {
        assert_eq!(
            decode(Mode::Stream, &(whole.clone() + &frame(more))).unwrap(),
            expected
        );
    }
}

#[test]
fn an_error_event_is_of_its_own_kind() {
    let check = |error: &str, kind| {
        let body = frame(START) + "event: error\n" + &frame(error);
        let (events, end) = decode_pieces(Mode::Stream, [body.as_bytes()]);
        assert_eq!(end.unwrap_err().kind(), kind, "{error}");
        assert!(
            matches!(events[0], StreamEvent::Start(_)),
            "what came before is there"
        );
    };
    check(
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        ErrorKind::Overloaded,
    );
    check(
        r#"{"type":"error","error":{"type":"api_error","message":"Internal server error"}}"#,
        ErrorKind::Server,
    );
    check(
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"Rate limited"}}"#,
        ErrorKind::RateLimited,
    );
    check(
        r#"{"type":"error","error":{"type":"sunspots","message":"?"}}"#,
        ErrorKind::StreamBroken,
    );
    check(
        r#"{"error":{"type":"overloaded_error"}}"#,
        ErrorKind::Overloaded,
    );
    check(r#"{"type":"error"}"#, ErrorKind::StreamBroken);
}

#[test]
fn a_reply_that_is_not_what_the_protocol_says_is_malformed() {
    for body in [
        "",
        "<html><title>502</title></html>",
        "[]",
        "{",
        "{}",
        r#"{"content":"text"}"#,
        "null",
        "ok",
    ] {
        let error = decode(Mode::Unary, body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
    let error = decode(
        Mode::Unary,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    );
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Overloaded);
}

#[test]
fn a_message_in_one_piece_is_read_although_a_stream_was_asked_for() {
    assert_eq!(
        decode(Mode::Stream, MESSAGE).unwrap(),
        decode(Mode::Unary, MESSAGE).unwrap()
    );
}

#[test]
fn a_frame_that_cannot_be_read_is_skipped() {
    for bad in [
        "{\"type\":",
        r#"{"type":"content_block_delta","index":0,"delta":{"text":5}}"#,
        r#"{"type":"content_block_start","index":1}"#,
    ] {
        let body = [START, TEXT_START, bad, TEXT, FINISH, STOP]
            .map(frame)
            .concat();
        let reply = collect(decode(Mode::Stream, &body).unwrap());
        assert_eq!(reply.text(), "Hi", "{bad}");
    }
}

#[test]
fn a_delta_that_nobody_knows_is_handed_on_and_never_a_failure() {
    let odd = r#"{"type":"content_block_delta","index":0,"delta":{"type":"smell_delta","text":{"of":"tea"}}}"#;
    let body = [START, TEXT_START]
        .map(frame)
        .into_iter()
        .chain(std::iter::repeat_n(frame(odd), 20))
        .chain([TEXT, FINISH, STOP].map(frame))
        .collect::<String>();
    let events = decode(Mode::Stream, &body).unwrap();
    let opaque = |event: &&StreamEvent| matches!(event, StreamEvent::Opaque(_));
    assert_eq!(events.iter().filter(opaque).count(), 20);
    assert_eq!(collect(events).text(), "Hi");
}

#[test]
fn blocks_that_are_written_in_turns_come_out_as_they_are() {
    let call = |index: u32, id: &str| {
        frame(&format!(
            r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"tool_use","id":"{id}","name":"f","input":{{}}}}}}"#
        ))
    };
    let json = |index: u32, text: &str| {
        frame(&format!(
            r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"input_json_delta","partial_json":"{text}"}}}}"#
        ))
    };
    let body = frame(START)
        + &call(0, "a")
        + &call(1, "b")
        + &json(0, "[1")
        + &json(1, "[2")
        + &json(0, ",1]")
        + &json(1, ",2]")
        + &frame(FINISH)
        + &frame(STOP);
    let reply = collect(decode(Mode::Stream, &body).unwrap());
    let calls: Vec<_> = reply
        .tool_calls()
        .map(|call| (&*call.id, &*call.arguments))
        .collect();
    assert_eq!(calls, [("a", "[1,1]"), ("b", "[2,2]")]);
}

#[test]
fn the_arguments_of_the_tool_that_stands_for_the_answer_are_its_text() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"outlast_json_answer","input":{}}}"#;
    let json = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#;
    let finish = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}"#;
    let reply = collect(
        decode(
            Mode::Stream,
            &[START, start, json, finish, STOP].map(frame).concat(),
        )
        .unwrap(),
    );
    assert_eq!(
        (reply.text().as_str(), reply.finish()),
        (r#"{"a":1}"#, Some(&FinishReason::Stop))
    );

    let whole = r#"{"type":"message","id":"m","model":"c","stop_reason":"tool_use","content":[{"type":"tool_use","id":"t","name":"outlast_json_answer","input":{"a":1}}]}"#;
    let reply = collect(decode(Mode::Unary, whole).unwrap());
    assert_eq!(
        (reply.text().as_str(), reply.finish()),
        (r#"{"a":1}"#, Some(&FinishReason::Stop))
    );
    assert!(reply.tool_calls().next().is_none());
}

/// Reads an error reply with these headers.
fn read_error(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    AnthropicMessages::new().read_error(&ErrorReply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        body: &Bytes::copy_from_slice(body.as_bytes()),
        received: SystemTime::UNIX_EPOCH,
    })
}

#[test]
fn every_known_error_body_is_of_its_kind() {
    let check = |status, kind_name: &str, message: &str, kind| {
        let body = format!(
            r#"{{"type":"error","error":{{"details":null,"type":"{kind_name}","message":"{message}"}},"request_id":"req_1"}}"#
        );
        let error = read_error(status, &[], &body);
        assert_eq!(error.kind(), kind, "{status} {kind_name}: {message}");
        assert_eq!(error.code(), Some(kind_name));
        assert_eq!(error.message(), Some(message));
        assert_eq!(error.request_id(), Some("req_1"));
    };
    check(529, "overloaded_error", "Overloaded", ErrorKind::Overloaded);
    check(
        429,
        "rate_limit_error",
        "This request would exceed the rate limit for your organization",
        ErrorKind::RateLimited,
    );
    check(
        401,
        "authentication_error",
        "invalid x-api-key",
        ErrorKind::Unauthenticated,
    );
    check(
        403,
        "permission_error",
        "Your API key does not have permission",
        ErrorKind::PermissionDenied,
    );
    check(
        404,
        "not_found_error",
        "model: claude-sonet-4-5",
        ErrorKind::ModelNotFound,
    );
    check(
        400,
        "invalid_request_error",
        "prompt is too long: 208310 tokens > 200000 maximum",
        ErrorKind::ContextTooLong,
    );
    check(
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API.",
        ErrorKind::QuotaExhausted,
    );
    check(
        400,
        "invalid_request_error",
        "max_tokens: 21333 > 4096, which is the maximum allowed number of output tokens",
        ErrorKind::InvalidRequest,
    );
    check(
        400,
        "invalid_request_error",
        "temperature: range: 0..1",
        ErrorKind::InvalidRequest,
    );
    check(
        402,
        "billing_error",
        "Your account is past due",
        ErrorKind::QuotaExhausted,
    );
    check(
        413,
        "request_too_large",
        "Request exceeds the maximum size",
        ErrorKind::RequestTooLarge,
    );
    check(500, "api_error", "Internal server error", ErrorKind::Server);
    check(
        504,
        "timeout_error",
        "The request timed out",
        ErrorKind::Server,
    );
}

#[test]
fn errors_of_the_network_in_front_are_read_too() {
    let error = read_error(
        413,
        &[("cf-ray", "9a1-FRA")],
        r#"{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
    );
    assert_eq!(
        (error.kind(), error.request_id()),
        (ErrorKind::RequestTooLarge, Some("9a1-FRA"))
    );

    let error = read_error(
        502,
        &[],
        "<html><head><title>502 Bad Gateway</title></head></html>",
    );
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Server, Some("502 Bad Gateway"))
    );

    let error = read_error(
        401,
        &[("request-id", "req_h")],
        r#"{"type":"error","error":{"type":"authentication_error","message":"API key is invalid."},"request_id":null}"#,
    );
    assert_eq!(
        (error.kind(), error.request_id()),
        (ErrorKind::Unauthenticated, Some("req_h"))
    );

    for body in [
        "",
        "{}",
        "[]",
        r#"{"error":"overloaded"}"#,
        r#"{"detail":"Not Found"}"#,
    ] {
        assert_eq!(
            read_error(503, &[], body).kind(),
            ErrorKind::Overloaded,
            "{body}"
        );
    }
}

#[test]
fn hints_about_trying_again_are_kept() {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Rate limited"}}"#;
    let error = read_error(
        429,
        &[
            ("retry-after", "16"),
            ("x-should-retry", "true"),
            ("anthropic-ratelimit-input-tokens-remaining", "0"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "1970-01-01T00:01:03Z",
            ),
        ],
        body,
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(16)));
    assert_eq!(error.should_retry(), Some(true));
    assert_eq!(
        read_error(400, &[("x-should-retry", "false")], body).should_retry(),
        Some(false)
    );
}
