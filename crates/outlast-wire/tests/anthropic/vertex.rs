//! Requests for Claude on Vertex AI, and what its errors are.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{ChatRequest, CountRequest, Error, ErrorKind, Mode};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer, Platform};
use outlast_wire::{ClientCodec, EncodeOptions, Encoded, ErrorReply, ServerCodec, UnaryCodec};
use serde_json::{Value, json};

const MODEL: &str = "claude-sonnet-4-5@20250929";

fn options(mode: Mode) -> EncodeOptions<'static> {
    EncodeOptions {
        model: MODEL,
        mode,
        provider: "vertex",
    }
}

fn encode(request: &ChatRequest, mode: Mode) -> Encoded {
    let codec = AnthropicMessages::vertex();
    assert_eq!(codec.platform(), Platform::Vertex);
    codec.encode(request, &options(mode)).unwrap()
}

fn body(encoded: &Encoded) -> Value {
    serde_json::from_slice(encoded.request.body()).unwrap()
}

#[test]
fn the_model_is_in_the_path_and_the_version_in_the_body() {
    let request = ChatRequest::user("Hi").with_max_output_tokens(9);
    let unary = encode(&request, Mode::Unary);
    let path = format!("/models/{MODEL}:rawPredict");
    assert_eq!(unary.request.uri(), path.as_str());
    assert!(!unary.request.headers().contains_key("anthropic-version"));
    let expected = json!({
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    });
    assert_eq!(body(&unary), expected);

    let stream = encode(&request, Mode::Stream);
    let path = format!("/models/{MODEL}:streamRawPredict");
    assert_eq!(stream.request.uri(), path.as_str());
    assert_eq!(body(&stream)["stream"], true);
    assert!(stream.adaptations.is_empty());
}

#[test]
fn tokens_are_counted_at_an_address_of_their_own_with_the_model_in_the_body() {
    let request = CountRequest(ChatRequest::user("Hi").with_max_output_tokens(9));
    let options = EncodeOptions {
        model: "anthropic/claude-haiku-4-5",
        ..options(Mode::Unary)
    };
    let encoded = AnthropicMessages::vertex()
        .encode_unary(&request, &options)
        .unwrap();
    assert_eq!(encoded.request.uri(), "/models/count-tokens:rawPredict");
    let expected = json!({
        "anthropic_version": "vertex-2023-10-16",
        "model": "claude-haiku-4-5",
        "messages": [{"role": "user", "content": "Hi"}],
    });
    assert_eq!(body(&encoded), expected);
}

#[test]
fn betas_are_named_in_the_header_and_the_version_is_said_once() {
    let called = Bytes::from_static(
        br#"{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}],
            "anthropic_version": "vertex-2099-01-01", "anthropic_beta": ["compact-2026-01-12", "b"]}"#,
    );
    let incoming = AnthropicServer::new().decode_request(&called).unwrap();
    let encoded = encode(&incoming.request, Mode::Unary);
    let betas = &encoded.request.headers()["anthropic-beta"];
    assert_eq!(betas, "compact-2026-01-12,b");
    let text = std::str::from_utf8(encoded.request.body()).unwrap();
    assert_eq!(text.matches("anthropic_version").count(), 1, "{text}");
    assert_eq!(body(&encoded)["anthropic_version"], "vertex-2023-10-16");
    assert!(!text.contains("anthropic_beta"), "{text}");
}

fn read(status: u16, body: &str) -> Error {
    AnthropicMessages::vertex().read_error(&ErrorReply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &HeaderMap::new(),
        body: &Bytes::copy_from_slice(body.as_bytes()),
        received: SystemTime::UNIX_EPOCH,
    })
}

#[test]
fn an_error_is_read_in_the_form_of_whoever_it_comes_from() {
    let check = |status, body: &str, kind, code: Option<&str>| {
        let error = read(status, body);
        assert_eq!((error.kind(), error.code()), (kind, code), "{body}");
    };
    check(
        429,
        r#"{"error": {"code": 429, "message": "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: anthropic-claude-sonnet-4-5.", "status": "RESOURCE_EXHAUSTED"}}"#,
        ErrorKind::RateLimited,
        Some("RESOURCE_EXHAUSTED"),
    );
    check(
        404,
        r#"[{"error": {"code": 404, "message": "Publisher Model `projects/p/locations/l/publishers/anthropic/models/x` not found.", "status": "NOT_FOUND"}}]"#,
        ErrorKind::ModelNotFound,
        Some("NOT_FOUND"),
    );
    check(
        400,
        r#"{"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 208310 tokens > 200000 maximum"}, "request_id": "req_vrtx_1"}"#,
        ErrorKind::ContextTooLong,
        Some("invalid_request_error"),
    );
    check(
        529,
        r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#,
        ErrorKind::Overloaded,
        Some("overloaded_error"),
    );
    // A region that is none is answered by the network in front, with a page.
    let page = read(
        404,
        "<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title></html>",
    );
    assert!(
        page.message()
            .is_some_and(|message| message.contains("404")),
        "{page:?}"
    );
}
