//! Failures, in the forms that `errors.md` of the recordings and the issues it quotes give.

use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use outlast_types::{ChatRequest, Error, ErrorKind, Mode};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, ErrorReply, ServerCodec, StreamEncoder};
use serde_json::{Value, json};

use crate::support::{decode, stream_of};

fn in_stream(frames: &[Value]) -> Error {
    decode(Mode::Stream, &stream_of(frames)).unwrap_err()
}

fn created() -> Value {
    json!({"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress", "output": []}})
}

fn failed(error: Value) -> Value {
    json!({"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "error": error, "output": []}})
}

#[test]
fn a_spent_quota_inside_a_stream_is_one() {
    let error = in_stream(&[
        created(),
        json!({"type": "error", "sequence_number": 2, "error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded your current quota", "param": null}}),
        failed(json!({"code": "insufficient_quota", "message": "You exceeded your current quota"})),
    ]);
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_eq!(error.code(), Some("insufficient_quota"));
}

#[test]
fn an_error_event_is_read_in_its_flat_form_too() {
    let error = in_stream(&[
        json!({"type": "error", "sequence_number": 1, "code": "server_error", "message": "The server had an error", "param": null}),
    ]);
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.message(), Some("The server had an error"));
}

#[test]
fn a_response_that_failed_is_of_the_kind_of_its_code() {
    for (code, kind) in [
        ("context_length_exceeded", ErrorKind::ContextTooLong),
        ("rate_limit_exceeded", ErrorKind::RateLimited),
        ("server_error", ErrorKind::Server),
        ("server_is_overloaded", ErrorKind::Overloaded),
        ("never_heard_of", ErrorKind::StreamBroken),
    ] {
        let error = in_stream(&[
            created(),
            failed(json!({"code": code, "message": "It failed."})),
        ]);
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(
            (error.code(), error.message()),
            (Some(code), Some("It failed."))
        );
    }
    let error = in_stream(&[created(), failed(Value::Null)]);
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    assert!(error.message().is_some());
}

#[test]
fn azure_s_rate_limit_inside_a_stream_is_one() {
    let error = in_stream(&[failed(
        json!({"code": "rate_limit_exceeded", "message": "Requests to the Responses_Create Operation under Azure OpenAI API have exceeded token rate limit. Please retry after 20 seconds."}),
    )]);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after().unwrap().as_secs(), 20);
}

#[test]
fn an_unknown_model_is_one_although_the_status_is_400() {
    let body = json!({"error": {"message": "The requested model 'x' does not exist.", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}});
    let error = OpenAiResponses::new().read_error(&ErrorReply {
        status: StatusCode::BAD_REQUEST,
        headers: &HeaderMap::new(),
        body: &Bytes::from(body.to_string()),
        received: SystemTime::UNIX_EPOCH,
    });
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
}

#[test]
fn a_success_that_is_an_error_is_one() {
    for (body, kind) in [
        (
            json!({"error": {"code": "insufficient_quota", "message": "Spent."}}),
            ErrorKind::QuotaExhausted,
        ),
        (
            json!({"id": "resp_1", "status": "failed", "output": [], "error": {"code": "server_error", "message": "Oh."}}),
            ErrorKind::Server,
        ),
        (
            json!({"detail": "Could not parse your authentication token."}),
            ErrorKind::Server,
        ),
        (
            json!({"id": "resp_1", "object": "response"}),
            ErrorKind::Malformed,
        ),
        (json!({"output": 5}), ErrorKind::Malformed),
        (json!(5), ErrorKind::Malformed),
    ] {
        let error = decode(Mode::Unary, &body.to_string()).unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
    }
}

#[test]
fn a_caller_is_told_in_the_form_that_official_clients_raise() {
    let error = Error::new(ErrorKind::RateLimited).with_message("slow down");
    let reply = ResponsesServer::new().encode_error(&error);
    assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(body["error"]["code"], "rate_limit_exceeded");

    let mut out = BytesMut::new();
    let mut encoder = ResponsesServer::new().encoder(&ChatRequest::user("hi"));
    encoder.error(&error, &mut out);
    encoder.end(&mut out);
    let text = String::from_utf8(out.to_vec()).unwrap();
    let data: Value =
        serde_json::from_str(text.trim_end().split_once("\ndata: ").unwrap().1).unwrap();
    assert_eq!(
        (&data["type"], &data["error"]["code"]),
        (&json!("error"), &json!("rate_limit_exceeded"))
    );
    // And our own client reads it as what it was.
    assert_eq!(
        decode(Mode::Stream, &text).unwrap_err().kind(),
        ErrorKind::RateLimited
    );
}
