//! Errors as OpenAI's clients expect them.

use bytes::{Bytes, BytesMut};
use outlast_types::{Error, ErrorKind};

use crate::json::{ObjectWriter, write_object};
use crate::status::error_response;

/// Makes the response for `error`.
pub(crate) fn response(error: &Error) -> http::Response<Bytes> {
    let mut body = BytesMut::new();
    write_object(&mut body, |object| write(object, error));
    error_response(error, body.freeze())
}

/// Writes the field `error`.
pub(crate) fn write(object: &mut ObjectWriter<'_>, error: &Error) {
    object.object("error", |fields| {
        fields
            .field("message", &message_of(error))
            .field("type", type_of(error.kind()))
            .field("param", &param_of(error))
            .field("code", code_of(error));
    });
}

/// Returns the words for the caller. What may quote the request quotes the caller's own.
fn message_of(error: &Error) -> String {
    match error.message() {
        Some(message) if error.kind().may_quote_request() => message.to_owned(),
        _ => error.to_string(),
    }
}

/// Names the field at fault, as [`FieldError`](crate::json::FieldError) writes it before its colon.
fn param_of(error: &Error) -> Option<&str> {
    let is_ours = error.kind() == ErrorKind::InvalidRequest && error.target().is_none();
    let (place, _) = error.message().filter(|_| is_ours)?.split_once(": ")?;
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
    place.chars().all(is_path).then_some(place)
}

fn type_of(kind: ErrorKind) -> &'static str {
    use ErrorKind as Kind;
    match kind {
        Kind::InvalidRequest
        | Kind::RequestTooLarge
        | Kind::ContextTooLong
        | Kind::ContentPolicy
        | Kind::Unsupported
        | Kind::ModelNotFound
        | Kind::UnknownModel
        | Kind::Conflict => "invalid_request_error",
        Kind::RateLimited | Kind::SlowDown => "rate_limit_error",
        Kind::QuotaExhausted => "insufficient_quota",
        _ => "server_error",
    }
}

/// Returns OpenAI's code for the kind where it has one that clients look for, else the kind's own name.
fn code_of(error: &Error) -> &str {
    use ErrorKind as Kind;
    match error.kind() {
        Kind::ContextTooLong => "context_length_exceeded",
        Kind::ContentPolicy => "content_filter",
        Kind::ModelNotFound | Kind::UnknownModel => "model_not_found",
        Kind::RateLimited => "rate_limit_exceeded",
        Kind::QuotaExhausted => "insufficient_quota",
        // The provider's own code says more, and it is the caller's request that it is about.
        Kind::InvalidRequest => error.code().unwrap_or("invalid_request"),
        kind => kind.as_str(),
    }
}
