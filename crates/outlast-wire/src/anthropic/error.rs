//! Error bodies, read and written.
//!
//! The form is `{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"}`.
//! The network in front of the API leaves the outer fields out, and gateways answer in forms of their own.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use outlast_types::{Error, ErrorKind};
use serde_json::value::RawValue;

use crate::ErrorReply;
use crate::error::ErrorBody;
use crate::json::{Object, Shape, read_value, shape, write_object};
use crate::status::{error_response, status_for_caller};

/// Reads a reply with an error status.
pub(super) fn read(reply: &ErrorReply<'_>) -> Error {
    read_body(reply.body)
        .unwrap_or_else(|| ErrorBody::from_text(reply.body))
        .into_error(reply)
}

/// Reads an `error` event. One that does not tell what failed is a broken stream.
pub(super) fn in_stream(data: &str) -> Error {
    read_body(data.as_bytes())
        .unwrap_or_default()
        .into_error_in_reply(ErrorKind::StreamBroken)
}

/// Reads an error body of a reply whose status says success.
pub(super) fn in_whole(body: &str) -> Error {
    read_body(body.as_bytes())
        .unwrap_or_default()
        .into_error_in_reply(ErrorKind::Server)
}

/// Tells whether a body is an error in this form, as `"type": "error"` says.
pub(super) fn is_own(body: &[u8]) -> bool {
    Object::read(body).is_ok_and(|fields| fields.get("type").is_some())
}

fn read_body(body: &[u8]) -> Option<ErrorBody> {
    let mut fields = Object::read(body).ok()?;
    let mut read = match fields.take_raw("error") {
        Some(raw) => read_error(raw),
        None => read_fields(Object::read(body).ok()?),
    };
    read.request_id = string(&mut fields, "request_id");
    Some(read)
}

/// Reads the field `error`: an object, or only words.
fn read_error(raw: &RawValue) -> ErrorBody {
    match Object::from_raw(raw) {
        Ok(fields) => read_fields(fields),
        Err(_) => ErrorBody {
            message: read_value(raw).ok(),
            ..ErrorBody::default()
        },
    }
}

fn read_fields(mut fields: Object<'_>) -> ErrorBody {
    let message = string(&mut fields, "message").or_else(|| string(&mut fields, "detail"));
    ErrorBody {
        code: code(&fields),
        kind: string(&mut fields, "type").filter(|kind| kind != "error"),
        message,
        request_id: None,
    }
}

fn string(fields: &mut Object<'_>, name: &str) -> Option<String> {
    fields.take(name).ok().flatten()
}

/// Reads a `code`, which gateways add; some are numbers.
fn code(fields: &Object<'_>) -> Option<String> {
    let raw = fields.get("code")?;
    match shape(raw) {
        Shape::String => read_value(raw).ok(),
        Shape::Number => Some(raw.get().to_owned()),
        _ => None,
    }
}

/// Writes an error as a reply.
pub(super) fn write(error: &Error) -> http::Response<Bytes> {
    let mut body = BytesMut::new();
    write_body(error, &mut body);
    error_response(error, body.freeze())
}

/// Appends an error's body to `out`, for a reply or for an `error` event.
pub(super) fn write_body(error: &Error, out: &mut BytesMut) {
    write_object(out, |object| {
        object.field("type", "error");
        object.object("error", |fields| {
            fields
                .field("type", kind_name(error))
                .field("message", &words(error));
        });
        object.field("request_id", &error.request_id());
    });
}

/// Returns Anthropic's name for a kind of error. Its clients tell their exceptions by status, and by this name in a
/// stream.
fn kind_name(error: &Error) -> &'static str {
    if error.kind() == ErrorKind::QuotaExhausted {
        return "billing_error";
    }
    match status_for_caller(error) {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
        StatusCode::GATEWAY_TIMEOUT => "timeout_error",
        status if status.is_client_error() => "invalid_request_error",
        _ => "api_error",
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
