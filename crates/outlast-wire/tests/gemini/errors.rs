//! Error bodies, as providers and their libraries send them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{Error, ErrorKind};
use outlast_wire::gemini::Gemini;
use outlast_wire::{ClientCodec, ErrorReply};
use serde_json::{Value, json};

fn read(status: u16, body: &str) -> Error {
    Gemini::new().read_error(&ErrorReply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &HeaderMap::new(),
        body: &Bytes::copy_from_slice(body.as_bytes()),
        received: SystemTime::UNIX_EPOCH,
    })
}

fn google(status: u16, name: &str, message: &str, details: &Value) -> String {
    json!({"error": {"code": status, "message": message, "status": name, "details": details}})
        .to_string()
}

#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "the cases read better without a borrow"
)]
fn check(status: u16, name: &str, message: &str, details: Value, kind: ErrorKind) -> Error {
    let body = google(status, name, message, &details);
    let error = read(status, &body);
    assert_eq!(error.kind(), kind, "{body}");
    assert_eq!(error.message(), Some(message));
    // The same error in an array, and as the text of another's message.
    assert_eq!(read(status, &format!("[{body}]")).kind(), kind);
    let wrapped =
        json!({"error": {"message": body, "code": status, "status": "Too Many Requests"}});
    let error_in_message = read(status, &wrapped.to_string());
    assert_eq!(error_in_message.kind(), kind);
    assert_eq!(error_in_message.message(), Some(message));
    error
}

#[test]
fn a_rate_limit_is_told_from_a_spent_quota() {
    let violations = |id: &str| {
        json!([
            {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaMetric": "m", "quotaId": id, "quotaValue": "250"}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.4s"},
        ])
    };
    let quota = "You exceeded your current quota, please check your plan and billing details. Please retry in 34.4s.";
    let error = check(
        429,
        "RESOURCE_EXHAUSTED",
        quota,
        violations("GenerateContentPaidTierInputTokensPerModelPerMinute"),
        ErrorKind::RateLimited,
    );
    assert_eq!(error.retry_after(), Some(Duration::from_millis(34_400)));
    check(
        429,
        "RESOURCE_EXHAUSTED",
        quota,
        violations("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
        ErrorKind::QuotaExhausted,
    );

    let daily = "You exceeded your current quota, please check your plan and billing details.";
    let help = json!([{"@type": "type.googleapis.com/google.rpc.Help", "links": [{}]}]);
    check(
        429,
        "RESOURCE_EXHAUSTED",
        daily,
        help,
        ErrorKind::QuotaExhausted,
    );
    check(
        429,
        "RESOURCE_EXHAUSTED",
        "Resource has been exhausted (e.g. check quota).",
        json!([]),
        ErrorKind::RateLimited,
    );
    check(
        429,
        "RESOURCE_EXHAUSTED",
        "Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.",
        json!(null),
        ErrorKind::RateLimited,
    );
    let info = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": "0"}}]);
    let error = check(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Generate Content API requests per minute'",
        info,
        ErrorKind::RateLimited,
    );
    assert_eq!(error.code(), Some("RATE_LIMIT_EXCEEDED"));
}

#[test]
fn an_old_list_of_errors_has_the_reason_too() {
    let body = json!([{"error": {
        "code": 429,
        "message": "Resource exhausted. Please try again later.",
        "errors": [{"message": "Resource exhausted.", "domain": "global", "reason": "rateLimitExceeded"}],
        "status": "RESOURCE_EXHAUSTED",
    }}]);
    let error = read(429, &body.to_string());
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::RateLimited, Some("rateLimitExceeded"))
    );
}

#[test]
fn a_key_that_is_wrong_is_told_from_one_that_is_missing_or_may_not() {
    let info = |reason: &str| json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}, {"@type": "type.googleapis.com/google.rpc.LocalizedMessage"}]);
    let wrong = "API key not valid. Please pass a valid API key.";
    check(
        400,
        "INVALID_ARGUMENT",
        wrong,
        info("API_KEY_INVALID"),
        ErrorKind::Unauthenticated,
    );
    check(
        400,
        "INVALID_ARGUMENT",
        wrong,
        json!([]),
        ErrorKind::Unauthenticated,
    );
    check(
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity).",
        json!(null),
        ErrorKind::Unauthenticated,
    );
    check(
        403,
        "PERMISSION_DENIED",
        "Generative Language API has not been used in project 1 before or it is disabled.",
        info("SERVICE_DISABLED"),
        ErrorKind::PermissionDenied,
    );
    check(
        401,
        "UNAUTHENTICATED",
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.",
        info("CREDENTIALS_MISSING"),
        ErrorKind::Unauthenticated,
    );
    check(
        400,
        "FAILED_PRECONDITION",
        "User location is not supported for the API use.",
        json!([]),
        ErrorKind::PermissionDenied,
    );
}

#[test]
fn a_model_that_is_not_there_is_told_from_another_thing() {
    check(
        404,
        "NOT_FOUND",
        "models/x is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see",
        json!(null),
        ErrorKind::ModelNotFound,
    );
    check(
        404,
        "NOT_FOUND",
        "Publisher Model `projects/p/locations/l/publishers/google/models/x` not found.",
        json!([]),
        ErrorKind::ModelNotFound,
    );
    check(
        404,
        "NOT_FOUND",
        "Not found: cache content metadata 87.",
        json!([]),
        ErrorKind::InvalidRequest,
    );
}

#[test]
fn what_is_wrong_with_a_request_is_told() {
    let long =
        "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576).";
    check(
        400,
        "INVALID_ARGUMENT",
        long,
        json!(null),
        ErrorKind::ContextTooLong,
    );
    check(
        400,
        "INVALID_ARGUMENT",
        "Please use a valid role: user, model.",
        json!([]),
        ErrorKind::InvalidRequest,
    );
    check(
        400,
        "INVALID_ARGUMENT",
        "Invalid CachedContent name: 1234567890.",
        json!([]),
        ErrorKind::InvalidRequest,
    );
}

#[test]
fn the_provider_s_own_trouble_is_told() {
    check(
        503,
        "UNAVAILABLE",
        "The model is overloaded. Please try again later.",
        json!(null),
        ErrorKind::Overloaded,
    );
    check(
        503,
        "UNAVAILABLE",
        "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.",
        json!(null),
        ErrorKind::Overloaded,
    );
    check(
        500,
        "INTERNAL",
        "An internal error has occurred.",
        json!([]),
        ErrorKind::Server,
    );
    check(
        504,
        "DEADLINE_EXCEEDED",
        "Deadline expired before operation could complete.",
        json!([]),
        ErrorKind::Server,
    );
}

#[test]
fn a_body_in_no_form_of_google_s_is_judged_by_its_status() {
    let page = read(
        404,
        "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>",
    );
    assert_eq!(
        (page.kind(), page.message()),
        (ErrorKind::ModelNotFound, Some("Error 404 (Not Found)!!1"))
    );
    assert_eq!(read(502, "").kind(), ErrorKind::Server);
    assert_eq!(
        read(429, r#"{"error":"slow down"}"#).message(),
        Some("slow down")
    );
    assert_eq!(
        read(400, r#"{"error":5}"#).kind(),
        ErrorKind::InvalidRequest
    );
}
