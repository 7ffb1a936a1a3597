//! Error bodies, read and written.
//!
//! The form is Google's for all its APIs:
//! `{"error": {"code": 429, "message": "...", "status": "RESOURCE_EXHAUSTED", "details": [...]}}`. A detail's `@type` says
//! what it is: `ErrorInfo` has a `reason`, `QuotaFailure` the quotas that were passed, `RetryInfo` how long to wait. The
//! error may stand in an array (a stream that was not asked for as events), and Google's own libraries put all of it, as
//! text, into the `message` of another.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use outlast_types::{Error, ErrorKind};
use serde_json::Value;

use crate::ErrorReply;
use crate::error::ErrorBody;
use crate::json::write_object;
use crate::retry_hint::retry_delay;
use crate::status::{error_response, retry_after_seconds, status_for_caller};

/// How deep errors in the messages of errors are followed.
const MAX_DEPTH: u8 = 3;

/// The most characters of a message that are kept.
const MAX_MESSAGE: usize = 4096;

/// Reads a reply with an error status.
pub(super) fn read(reply: &ErrorReply<'_>) -> Error {
    let Some(found) = Found::in_document(reply.body) else {
        return ErrorBody::from_text(reply.body).into_error(reply);
    };
    let error = found.body.clone().into_error(reply);
    found.sharpen(error)
}

/// Reads an error inside a reply. `otherwise` is its kind if it does not tell.
pub(super) fn in_reply(document: &[u8], otherwise: ErrorKind) -> Error {
    let found = Found::in_document(document).unwrap_or_default();
    let otherwise = found.kind_of_status().unwrap_or(otherwise);
    let error = found.body.clone().into_error_in_reply(otherwise);
    let text = std::str::from_utf8(document).unwrap_or_default();
    let hint = error.retry_after().or_else(|| retry_delay(text));
    found.sharpen(error.with_retry_after(hint))
}

/// What an error says.
#[derive(Debug, Default)]
struct Found {
    body: ErrorBody,
    /// Whether a quota of a day, or a longer time, is spent.
    is_day_spent: bool,
}

impl Found {
    fn in_document(document: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(document).ok()?;
        Self::in_value(&value, MAX_DEPTH)
    }

    fn in_value(value: &Value, depth: u8) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        match value {
            Value::Array(items) => items.iter().find_map(|item| Self::in_value(item, depth)),
            Value::Object(fields) => match fields.get("error")? {
                Value::String(text) => Some(Self {
                    body: ErrorBody {
                        message: Some(shorten(text)),
                        ..ErrorBody::default()
                    },
                    ..Self::default()
                }),
                error @ Value::Object(_) => Some(Self::in_error(error, depth)),
                _ => None,
            },
            _ => None,
        }
    }

    fn in_error(error: &Value, depth: u8) -> Self {
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        let message = text("message").unwrap_or_default();
        if message.trim_start().starts_with(['{', '['])
            && let Ok(inner) = serde_json::from_str(message)
            && let Some(found) = Self::in_value(&inner, depth)
        {
            return found;
        }
        let details: Vec<&Value> = list(error, "details").collect();
        let reason = details
            .iter()
            .copied()
            .chain(list(error, "errors"))
            .find_map(|detail| detail.get("reason").and_then(Value::as_str));
        let code = match error.get("code") {
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let status = text("status").map(str::to_owned);
        Self {
            body: ErrorBody {
                code: reason
                    .map(str::to_owned)
                    .or_else(|| status.clone())
                    .or(code),
                kind: status,
                message: (!message.is_empty()).then(|| shorten(message)),
                request_id: None,
            },
            is_day_spent: details.iter().any(|detail| is_day_spent(detail)),
        }
    }

    /// Returns what a status that only Google has means.
    fn kind_of_status(&self) -> Option<ErrorKind> {
        Some(match self.body.kind.as_deref()? {
            "ABORTED" | "CANCELLED" | "DATA_LOSS" | "DEADLINE_EXCEEDED" | "UNKNOWN" => {
                ErrorKind::Server
            }
            "FAILED_PRECONDITION" | "OUT_OF_RANGE" => ErrorKind::InvalidRequest,
            "UNIMPLEMENTED" => ErrorKind::Unsupported,
            _ => return None,
        })
    }

    /// Corrects the kind by what only this protocol says.
    fn sharpen(&self, error: Error) -> Error {
        let message = self.body.message.as_deref().unwrap_or_default();
        let lower = message.to_ascii_lowercase();
        match error.kind() {
            // The hint that comes with it is of no use: the quota is back tomorrow.
            ErrorKind::RateLimited if self.is_day_spent => {
                error.with_kind(ErrorKind::QuotaExhausted)
            }
            // It is not the model that is not there.
            ErrorKind::ModelNotFound
                if lower.contains("cachedcontent") || lower.contains("cache content") =>
            {
                error.with_kind(ErrorKind::InvalidRequest)
            }
            _ => error,
        }
    }
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Tells whether a detail says that a quota is spent that lasts a day, as in
/// `"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"`.
fn is_day_spent(detail: &Value) -> bool {
    list(detail, "violations")
        .filter_map(|violation| violation.get("quotaId")?.as_str())
        .any(|id| id.contains("PerDay"))
}

fn shorten(text: &str) -> String {
    text.chars().take(MAX_MESSAGE).collect()
}

/// Writes an error as a reply.
pub(super) fn write(error: &Error) -> http::Response<Bytes> {
    let mut body = BytesMut::new();
    write_body(error, &mut body);
    error_response(error, body.freeze())
}

/// Appends an error's body to `out`, for a reply or for a stream's last event.
pub(super) fn write_body(error: &Error, out: &mut BytesMut) {
    let status = status_for_caller(error);
    write_object(out, |object| {
        object.object("error", |fields| {
            fields
                .field("code", &status.as_u16())
                .field("message", &words(error))
                .field("status", status_name(status));
            if let Some(seconds) = retry_after_seconds(error) {
                fields.array("details", |details| {
                    details.object(|detail| {
                        detail
                            .field("@type", "type.googleapis.com/google.rpc.RetryInfo")
                            .field("retryDelay", &format!("{seconds}s"));
                    });
                });
            }
        });
    });
}

/// Returns Google's name for a status.
fn status_name(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        500 => "INTERNAL",
        504 => "DEADLINE_EXCEEDED",
        400..=499 => "INVALID_ARGUMENT",
        _ => "UNAVAILABLE",
    }
}

/// Returns what a caller is told: about a request of its own the words as they are, which may quote it; otherwise the
/// line that is safe for anybody.
fn words(error: &Error) -> Cow<'_, str> {
    match error.message() {
        Some(message) if error.kind().may_quote_request() => Cow::Borrowed(message),
        _ => Cow::Owned(error.to_string()),
    }
}
