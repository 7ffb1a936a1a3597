//! Error bodies in every shape.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{Error, ErrorKind};
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, ErrorReply};

fn read(status: u16, body: &str) -> Error {
    OpenAiChat::default().read_error(&ErrorReply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &HeaderMap::new(),
        body: &Bytes::copy_from_slice(body.as_bytes()),
        received: SystemTime::UNIX_EPOCH,
    })
}

fn check(status: u16, body: &str, kind: ErrorKind, code: Option<&str>, message: &str) {
    let error = read(status, body);
    assert_eq!(error.kind(), kind, "{body}");
    assert_eq!(error.code(), code, "{body}");
    assert_eq!(error.message(), Some(message), "{body}");
    assert_eq!(error.status().unwrap().as_u16(), status);
}

#[test]
fn openai_and_those_who_keep_to_its_shape() {
    check(
        429,
        r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        ErrorKind::QuotaExhausted,
        Some("insufficient_quota"),
        "You exceeded your current quota, please check your plan and billing details.",
    );
    check(
        503,
        r#"{"error":{"message":"That model is currently overloaded with other requests.","type":"server_error","param":null,"code":null}}"#,
        ErrorKind::Overloaded,
        Some("server_error"),
        "That model is currently overloaded with other requests.",
    );
    check(
        400,
        r#"{"error":{"code":400,"message":"request (2009 tokens) exceeds the available context size (512 tokens), try increasing it","n_ctx":512,"n_prompt_tokens":2009,"type":"exceed_context_size_error"}}"#,
        ErrorKind::ContextTooLong,
        Some("400"),
        "request (2009 tokens) exceeds the available context size (512 tokens), try increasing it",
    );
    check(
        402,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
        ErrorKind::QuotaExhausted,
        Some("invalid_request_error"),
        "Insufficient Balance",
    );
}

#[test]
fn azure_s_filter() {
    check(
        400,
        r#"{"error":{"inner_error":{"code":"ResponsibleAIPolicyViolation","content_filter_results":{"jailbreak":{"filtered":true}}},"code":"content_filter","message":"The response was filtered","param":"prompt","type":null}}"#,
        ErrorKind::ContentPolicy,
        Some("content_filter"),
        "The response was filtered",
    );
}

#[test]
fn a_code_at_the_top_without_an_error_object() {
    check(
        429,
        r#"{"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300","raw_status_code":429}"#,
        ErrorKind::RateLimited,
        Some("1300"),
        "Rate limit exceeded",
    );
    check(
        400,
        r#"{"code":"invalid-argument","error":"Incorrect API key provided. You can obtain an API key from https://console.x.ai."}"#,
        ErrorKind::Unauthenticated,
        Some("invalid-argument"),
        "Incorrect API key provided. You can obtain an API key from https://console.x.ai.",
    );
    check(
        403,
        r#"{"code":"permission-denied","error":"Your team has either used all available credits or reached its monthly spending limit."}"#,
        ErrorKind::QuotaExhausted,
        Some("permission-denied"),
        "Your team has either used all available credits or reached its monthly spending limit.",
    );
    check(
        404,
        r#"{"error":"model 'x' not found"}"#,
        ErrorKind::ModelNotFound,
        None,
        "model 'x' not found",
    );
}

#[test]
fn fastapi_s_details_and_cloudflare_s_lists() {
    check(
        401,
        r#"{"detail":"Invalid API Key"}"#,
        ErrorKind::Unauthenticated,
        None,
        "Invalid API Key",
    );
    check(
        422,
        r#"{"detail":[{"type":"missing","loc":["body","messages",0,"content"],"msg":"Field required"},{"loc":["body","model"],"msg":"Field required"}]}"#,
        ErrorKind::InvalidRequest,
        None,
        "body.messages.0.content: Field required; body.model: Field required",
    );
    check(
        422,
        r#"{"object":"error","message":{"detail":[{"loc":["body","model"],"msg":"Field required"}]},"type":"invalid_request_error","code":null}"#,
        ErrorKind::InvalidRequest,
        Some("invalid_request_error"),
        "body.model: Field required",
    );
    check(
        404,
        r#"{"result":null,"success":false,"errors":[{"code":7003,"message":"No route for that URI"}],"messages":[]}"#,
        ErrorKind::ModelNotFound,
        Some("7003"),
        "No route for that URI",
    );
}

#[test]
fn google_s_reasons() {
    check(
        400,
        r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]"#,
        ErrorKind::Unauthenticated,
        Some("API_KEY_INVALID"),
        "API key not valid. Please pass a valid API key.",
    );
}

#[test]
fn the_error_behind_a_reseller_is_the_error() {
    check(
        400,
        r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens.\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}","provider_name":"OpenAI"}},"user_id":"u"}"#,
        ErrorKind::ContextTooLong,
        Some("context_length_exceeded"),
        "This model's maximum context length is 8192 tokens.",
    );
    check(
        429,
        r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"z-ai/glm is temporarily rate-limited upstream.","provider_name":"BaseTen"}}}"#,
        ErrorKind::RateLimited,
        Some("429"),
        "z-ai/glm is temporarily rate-limited upstream.",
    );
    check(
        402,
        r#"{"error":{"message":"In-flight budget exceeded","code":402,"metadata":{"limit_source":"openrouter_in_flight_budget"}}}"#,
        ErrorKind::RateLimited,
        Some("402"),
        "In-flight budget exceeded",
    );
    check(
        403,
        r#"{"error":{"message":"Your chosen model requires moderation","code":403,"metadata":{"reasons":["violence"],"flagged_input":"..."}}}"#,
        ErrorKind::ContentPolicy,
        Some("403"),
        "Your chosen model requires moderation",
    );
}

#[test]
fn a_body_that_is_no_json_is_a_fact_too() {
    check(
        502,
        "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>",
        ErrorKind::Server,
        None,
        "502 Bad Gateway",
    );
    check(
        500,
        "upstream connect error",
        ErrorKind::Server,
        None,
        "upstream connect error",
    );
    let error = read(503, "");
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Overloaded, None)
    );
}

#[test]
fn a_hint_in_the_words_is_found() {
    let error = read(
        429,
        r#"{"error":{"message":"Rate limit reached for gpt-4.1. Please try again in 174ms.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    );
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(174)));
}

#[test]
fn a_request_too_large_for_a_minute_s_tokens_is_not_tried_again() {
    let error = read(
        413,
        r#"{"error":{"message":"Request too large for model `llama` in organization `org` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 14810, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}"#,
    );
    assert_eq!(error.should_retry(), Some(false));
}

#[test]
fn an_error_nested_without_end_is_read_to_a_depth() {
    let body = format!("{}\"x\"{}", "{\"error\":".repeat(100), "}".repeat(100));
    assert_eq!(read(400, &body).kind(), ErrorKind::InvalidRequest);
}
