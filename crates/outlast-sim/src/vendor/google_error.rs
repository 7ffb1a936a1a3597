//! Errors as Google's APIs report them: with details, of which one says how long to wait.

use bytes::Bytes;
use http::StatusCode;
use outlast_types::{Error, ErrorKind};
use serde_json::{Value, json};

use super::usual_status;

/// Fails in the words of recorded replies and of <https://ai.google.dev/gemini-api/docs/troubleshooting>.
pub(super) fn failure(kind: ErrorKind) -> (u16, &'static str) {
    match kind {
        ErrorKind::Unauthenticated => (400, "API key not valid. Please pass a valid API key."),
        ErrorKind::PermissionDenied => (403, "The caller does not have permission"),
        ErrorKind::ContextTooLong => (
            400,
            "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576).",
        ),
        ErrorKind::RequestTooLarge => (
            400,
            "Request payload size exceeds the limit: 20971520 bytes.",
        ),
        ErrorKind::ContentPolicy => (
            400,
            "The prompt could not be submitted. This prompt contains sensitive words that violate Google's \
             Responsible AI practices. Try rephrasing the prompt.",
        ),
        ErrorKind::QuotaExhausted => (
            429,
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        ErrorKind::RateLimited => (429, "Resource exhausted. Please try again later."),
        ErrorKind::Overloaded => (503, "The model is overloaded. Please try again later."),
        ErrorKind::Server => (500, "An internal error has occurred."),
        ErrorKind::InvalidRequest => (400, "Request contains an invalid argument."),
        other => (usual_status(other), "The request is not valid."),
    }
}

/// Returns the failure of a call to Vertex AI without the right token.
pub(super) fn failure_at_vertex() -> Error {
    Error::new(ErrorKind::Unauthenticated)
        .with_status(StatusCode::UNAUTHORIZED)
        .with_message(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
             valid authentication credential.",
        )
}

/// Writes `{"error": {"code": 429, "message": "...", "status": "RESOURCE_EXHAUSTED", "details": [...]}}`.
pub(super) fn body(error: &Error) -> Bytes {
    let status = error.status().unwrap_or(StatusCode::BAD_REQUEST);
    let mut fields = json!({
        "code": status.as_u16(),
        "message": error.message().unwrap_or_default(),
        "status": status_name(status),
    });
    let details = details(error, status);
    if !details.is_empty()
        && let Some(fields) = fields.as_object_mut()
    {
        fields.insert("details".to_owned(), details.into());
    }
    let body = json!({ "error": fields });
    // Recorded bodies are written out over several lines.
    format!("{body:#}\n").into()
}

fn details(error: &Error, status: StatusCode) -> Vec<Value> {
    match error.kind() {
        ErrorKind::Unauthenticated if status == StatusCode::BAD_REQUEST => vec![json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": { "service": "generativelanguage.googleapis.com" },
        })],
        ErrorKind::QuotaExhausted => {
            vec![quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")]
        }
        _ => match error.retry_after() {
            Some(wait) => vec![
                quota("GenerateRequestsPerMinutePerProjectPerModel"),
                json!({
                    "@type": "type.googleapis.com/google.rpc.RetryInfo",
                    "retryDelay": format!("{}s", wait.as_secs_f64()),
                }),
            ],
            None => Vec::new(),
        },
    }
}

fn quota(id: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
            "quotaId": id,
        }],
    })
}

/// Names a status as <https://cloud.google.com/apis/design/errors#error_codes> does.
fn status_name(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        408 | 504 => "DEADLINE_EXCEEDED",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        400..=499 => "INVALID_ARGUMENT",
        503 | 529 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}
