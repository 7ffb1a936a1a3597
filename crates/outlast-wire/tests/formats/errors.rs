//! Errors beside and inside replies.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{Error, ErrorKind, Mode};
use outlast_wire::cohere::CohereChat;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::{ClientCodec, ErrorReply};

use crate::support::{Format, decode};

fn read(codec: &impl ClientCodec, status: u16, body: &'static str) -> Error {
    codec.read_error(&ErrorReply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &HeaderMap::new(),
        body: &Bytes::from_static(body.as_bytes()),
        received: SystemTime::UNIX_EPOCH,
    })
}

#[test]
fn cohere_s_errors_are_read_by_their_type_and_words() {
    let error = read(
        &CohereChat::new(),
        400,
        r#"{"error_type":"TOO_MANY_TOKENS","id":"c1","message":"too many tokens"}"#,
    );
    assert_eq!(error.kind(), ErrorKind::ContextTooLong);
    assert_eq!(
        (error.request_id(), error.message()),
        (Some("c1"), Some("too many tokens"))
    );
    let error = read(
        &CohereChat::new(),
        404,
        r#"{"id":"c2","message":"model 'x' not found"}"#,
    );
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    let error = read(
        &CohereChat::new(),
        502,
        "<html><title>Bad Gateway</title></html>",
    );
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Server, Some("Bad Gateway"))
    );
}

#[test]
fn ollama_s_error_is_a_text() {
    let error = read(
        &OllamaChat::new(),
        404,
        r#"{"error":"model 'x' not found"}"#,
    );
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::ModelNotFound, Some("model 'x' not found"))
    );
}

#[test]
fn an_error_inside_a_reply_is_one() {
    let cases = [
        (
            Format::Ollama,
            Mode::Stream,
            "{\"error\":\"an error was encountered while running the model\"}\n",
        ),
        (Format::Ollama, Mode::Unary, "{\"error\":\"no\"}"),
        (Format::Cohere, Mode::Unary, "{\"message\":\"no\"}"),
        (
            Format::Cohere,
            Mode::Stream,
            "data: {\"id\":\"x\",\"message\":\"no\"}\n\n",
        ),
        (
            Format::Cohere,
            Mode::Stream,
            "data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"no\"}}\n\n",
        ),
        (Format::CohereOlder, Mode::Unary, "{\"message\":\"no\"}"),
        (
            Format::Completions,
            Mode::Unary,
            "{\"error\":{\"message\":\"no\"}}",
        ),
        (
            Format::Completions,
            Mode::Stream,
            "data: {\"error\":{\"message\":\"no\"}}\n\n",
        ),
        (
            Format::Interactions,
            Mode::Unary,
            "{\"error\":{\"code\":500,\"message\":\"no\"}}",
        ),
        (
            Format::Interactions,
            Mode::Unary,
            "{\"id\":\"v\",\"status\":\"failed\",\"steps\":[]}",
        ),
        (
            Format::Interactions,
            Mode::Stream,
            "data: {\"event_type\":\"error\",\"error\":{\"code\":\"internal\",\"message\":\"no\"}}\n\n",
        ),
    ];
    for (format, mode, body) in cases {
        let (_, error) = decode(format, mode, body);
        let error = error.unwrap_or_else(|| panic!("a false success: {format:?} {body}"));
        assert!(
            matches!(error.kind(), ErrorKind::Server | ErrorKind::StreamBroken),
            "{format:?} {body}: {error:?}"
        );
    }
}

#[test]
fn a_body_that_is_none_is_malformed() {
    for format in [
        Format::Cohere,
        Format::CohereOlder,
        Format::Ollama,
        Format::Completions,
        Format::Interactions,
    ] {
        for body in ["", "{", "{}", "null", "[]", "<html></html>", "plain words"] {
            let (_, error) = decode(format, Mode::Unary, body);
            let kind = error
                .unwrap_or_else(|| panic!("a false success: {format:?} {body:?}"))
                .kind();
            assert_eq!(kind, ErrorKind::Malformed, "{format:?} {body:?}");
        }
    }
}
