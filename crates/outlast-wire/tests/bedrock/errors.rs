//! Errors: as replies, inside streams, and as they are written.

use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use outlast_types::{ChatRequest, Error, ErrorKind, Mode, StreamEvent};
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::event_stream::{HeaderValue, write_frame};
use outlast_wire::{ClientCodec, ErrorReply, ServerCodec, StreamEncoder};

use crate::support::{decode, decode_pieces, server, stream_of};

fn read(status: u16, name: Option<&str>, body: &str) -> Error {
    let mut headers = HeaderMap::new();
    if let Some(name) = name {
        headers.insert("x-amzn-errortype", name.parse().unwrap());
    }
    BedrockConverse::new().read_error(&ErrorReply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        body: &Bytes::copy_from_slice(body.as_bytes()),
        received: SystemTime::UNIX_EPOCH,
    })
}

#[test]
fn every_kind_of_error_reply_is_told_apart() {
    let check = |status, name: Option<&str>, body: &str, kind| {
        assert_eq!(
            read(status, name, body).kind(),
            kind,
            "{status} {name:?} {body}"
        );
    };
    let coral = "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    let limit = r#"{"message":"Too many tokens, please wait before trying again."}"#;
    check(429, Some(coral), limit, ErrorKind::RateLimited);
    let limit = r#"{"message":"Too many requests, please wait before trying again."}"#;
    check(429, None, limit, ErrorKind::RateLimited);
    let of_the_day = r#"{"message":"Too many tokens per day, please wait before trying again."}"#;
    check(429, Some(coral), of_the_day, ErrorKind::QuotaExhausted);

    let too_long = r#"{"message":"The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again."}"#;
    check(
        400,
        Some("ValidationException"),
        too_long,
        ErrorKind::ContextTooLong,
    );
    check(
        400,
        Some("ValidationException"),
        r#"{"message":"The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum"}"#,
        ErrorKind::ContextTooLong,
    );
    check(
        400,
        Some("ValidationException"),
        r#"{"message":"The provided model identifier is invalid."}"#,
        ErrorKind::ModelNotFound,
    );
    let profile = r#"{"message":"Invocation of model ID a.b with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."}"#;
    check(400, None, profile, ErrorKind::ModelNotFound);
    check(
        400,
        Some("ValidationException"),
        r#"{"message":"Malformed input request"}"#,
        ErrorKind::InvalidRequest,
    );

    let access = r#"{"message":"You don't have access to the model with the specified model ID."}"#;
    check(
        403,
        Some("AccessDeniedException"),
        access,
        ErrorKind::PermissionDenied,
    );
    let expired = r#"{"message":"The security token included in the request is expired"}"#;
    check(403, None, expired, ErrorKind::Unauthenticated);
    check(
        403,
        Some("ExpiredTokenException:x"),
        "{}",
        ErrorKind::Unauthenticated,
    );
    check(
        403,
        Some("UnrecognizedClientException"),
        "{}",
        ErrorKind::Unauthenticated,
    );
    check(
        403,
        Some("InvalidSignatureException"),
        "{}",
        ErrorKind::Unauthenticated,
    );
    check(
        403,
        Some("AccessDeniedException"),
        r#"{"Message":"Authentication failed: Please make sure your API Key is valid."}"#,
        ErrorKind::Unauthenticated,
    );

    check(
        404,
        Some("ResourceNotFoundException"),
        "{}",
        ErrorKind::ModelNotFound,
    );
    check(408, Some("ModelTimeoutException"), "{}", ErrorKind::Server);
    check(424, Some("ModelErrorException"), "{}", ErrorKind::Server);
    check(
        429,
        Some("ModelNotReadyException"),
        "{}",
        ErrorKind::Overloaded,
    );
    check(
        400,
        Some("ServiceQuotaExceededException"),
        "{}",
        ErrorKind::QuotaExhausted,
    );
    check(
        500,
        Some("InternalServerException"),
        "{}",
        ErrorKind::Server,
    );
    check(
        503,
        Some("ServiceUnavailableException"),
        "{}",
        ErrorKind::Overloaded,
    );
    check(
        502,
        None,
        "<html><title>502</title></html>",
        ErrorKind::Server,
    );
}

#[test]
fn the_header_goes_before_the_body_and_the_body_before_the_status() {
    let body = r#"{"__type":"com.amazon.coral.service#ThrottlingException","Message":"slow"}"#;
    let error = read(400, None, body);
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::RateLimited, Some("slow"))
    );
    assert_eq!(error.code(), Some("ThrottlingException"));
    let error = read(400, Some("ServiceUnavailableException:x"), body);
    assert_eq!(error.kind(), ErrorKind::Overloaded);
}

fn exception(name: &str) -> Error {
    let mut body = BytesMut::from(&stream_of(&[("messageStart", r#"{"role":"assistant"}"#)])[..]);
    let headers = [
        (":message-type", HeaderValue::String("exception")),
        (":exception-type", HeaderValue::String(name)),
    ];
    write_frame(&headers, br#"{"message":"it failed"}"#, &mut body);
    decode(Mode::Stream, &body).unwrap_err()
}

#[test]
fn every_exception_in_a_stream_is_an_error_of_its_kind() {
    let check = |name: &str, kind| {
        let error = exception(name);
        assert_eq!(
            (error.kind(), error.message()),
            (kind, Some("it failed")),
            "{name}"
        );
    };
    check("throttlingException", ErrorKind::RateLimited);
    check("serviceUnavailableException", ErrorKind::Overloaded);
    check("internalServerException", ErrorKind::Server);
    check("modelStreamErrorException", ErrorKind::Server);
    check("validationException", ErrorKind::InvalidRequest);
    check("somethingNewException", ErrorKind::StreamBroken);
}

#[test]
fn an_error_without_a_name_of_the_service_ends_the_stream_too() {
    let mut body = BytesMut::new();
    let headers = [
        (":message-type", HeaderValue::String("error")),
        (":error-code", HeaderValue::String("InternalFailure")),
        (":error-message", HeaderValue::String("it failed")),
    ];
    write_frame(&headers, b"", &mut body);
    let error = decode(Mode::Stream, &body).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::StreamBroken, Some("InternalFailure"))
    );
}

#[test]
fn an_error_or_a_page_in_place_of_a_stream_is_no_stream() {
    let error = decode(Mode::Stream, br#"{"message":"Too many tokens"}"#).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Server, Some("Too many tokens"))
    );
    let error = decode(Mode::Stream, b"<html><title>oops</title>").unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Malformed, Some("oops"))
    );
    let wrapped = br#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#;
    let error = decode(Mode::Unary, wrapped).unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    assert_eq!(
        decode(Mode::Unary, b"{}").unwrap_err().kind(),
        ErrorKind::Malformed
    );
    assert_eq!(
        decode(Mode::Stream, b"").unwrap_err().kind(),
        ErrorKind::StreamBroken
    );
}

#[test]
fn a_written_error_is_read_as_one_of_the_same_kind() {
    for kind in [
        ErrorKind::RateLimited,
        ErrorKind::Overloaded,
        ErrorKind::InvalidRequest,
        ErrorKind::ModelNotFound,
        ErrorKind::QuotaExhausted,
        ErrorKind::Server,
    ] {
        let reply = server().encode_error(&Error::new(kind).with_message("it failed"));
        let name = reply.headers()["x-amzn-errortype"].to_str().unwrap();
        let body = std::str::from_utf8(reply.body()).unwrap();
        assert_eq!(
            read(reply.status().as_u16(), Some(name), body).kind(),
            kind,
            "{body}"
        );
    }
}

#[test]
fn a_written_stream_that_ends_in_an_error_raises_it() {
    for kind in [
        ErrorKind::RateLimited,
        ErrorKind::Overloaded,
        ErrorKind::Server,
    ] {
        let mut encoder = server().encoder(&ChatRequest::user("hi"));
        let mut out = BytesMut::new();
        encoder.event(&StreamEvent::text("Hel"), &mut out);
        encoder.error(&Error::new(kind), &mut out);
        encoder.event(&StreamEvent::text("lo"), &mut out);
        encoder.end(&mut out);
        let (events, end) = decode_pieces(Mode::Stream, [&out[..]]);
        assert!(events.contains(&StreamEvent::text("Hel")));
        assert!(!events.contains(&StreamEvent::text("lo")));
        assert_eq!(end.unwrap_err().kind(), kind);
    }
}
