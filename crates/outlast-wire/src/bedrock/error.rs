//! Error replies, read and written.
//!
//! The kind of error stands in the header `x-amzn-errortype`, else in the body's `__type`; the words in `message`. Both
//! names may have a namespace before or a URL behind: `ThrottlingException:http://internal.amazon.com/coral/...`,
//! `com.amazon.coral.service#AccessDeniedException`.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, StatusCode};
use outlast_types::{Error, ErrorKind};

use crate::ErrorReply;
use crate::error::ErrorBody;
use crate::json::{Object, write_object};
use crate::status::{error_response, status_for_caller};

/// The header with the name of the error.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Reads a reply with an error status.
pub(super) fn read(reply: &ErrorReply<'_>) -> Error {
    let mut body = read_body(reply.body).unwrap_or_else(|| ErrorBody::from_text(reply.body));
    let named = reply
        .headers
        .get(ERROR_TYPE)
        .and_then(|value| value.to_str().ok());
    if let Some(name) = named.map(bare_name).filter(|name| !name.is_empty()) {
        body.code = Some(name.to_owned());
    }
    if body.message.as_deref().is_some_and(is_of_the_day) {
        return body.into_error(reply).with_kind(ErrorKind::QuotaExhausted);
    }
    body.into_error(reply)
}

/// Tells whether a limit is one of a day: waiting for it is no use. "Too many tokens per day, please wait before trying
/// again."
fn is_of_the_day(message: &str) -> bool {
    message.starts_with("Too many tokens per day")
}

/// Reads the body of a reply whose status says success, but that has no answer.
pub(super) fn in_whole(body: &str) -> Error {
    match read_body(body.as_bytes()) {
        Some(read) if read != ErrorBody::default() => read.into_error_in_reply(ErrorKind::Server),
        _ => crate::error::malformed("the reply has no output"),
    }
}

fn read_body(body: &[u8]) -> Option<ErrorBody> {
    let mut fields = Object::read(body).ok()?;
    // A request that no operation takes is answered in a wrapper.
    if let Ok(Some(inner)) = fields.take::<Object<'_>>("Output") {
        fields = inner;
    }
    let mut text = |name: &str| fields.take::<String>(name).ok().flatten();
    Some(ErrorBody {
        code: text("__type")
            .or_else(|| text("code"))
            .map(|name| bare_name(&name).to_owned()),
        message: text("message").or_else(|| text("Message")),
        ..ErrorBody::default()
    })
}

/// Returns a name without the namespace before and the URL behind it.
fn bare_name(name: &str) -> &str {
    let name = name.split(':').next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().trim()
}

/// Writes an error as a reply.
pub(super) fn write(error: &Error) -> http::Response<Bytes> {
    let mut body = BytesMut::new();
    write_body(error, &mut body);
    let mut response = error_response(error, body.freeze());
    let name = match status_for_caller(error) {
        StatusCode::UNAUTHORIZED => "AccessDeniedException",
        _ => type_name(error.kind()),
    };
    let name = HeaderValue::from_static(name);
    response.headers_mut().insert(ERROR_TYPE, name);
    response
}

/// Appends an error's body to `out`, for a reply or for a frame.
pub(super) fn write_body(error: &Error, out: &mut BytesMut) {
    write_object(out, |object| {
        object.field("message", &words(error));
    });
}

/// Returns Bedrock's name for a kind of error: its clients tell their exceptions by it.
fn type_name(kind: ErrorKind) -> &'static str {
    use ErrorKind as Kind;
    match kind {
        Kind::RateLimited | Kind::SlowDown => "ThrottlingException",
        Kind::QuotaExhausted => "ServiceQuotaExceededException",
        Kind::ModelNotFound | Kind::UnknownModel => "ResourceNotFoundException",
        Kind::Conflict => "ConflictException",
        Kind::InvalidRequest
        | Kind::RequestTooLarge
        | Kind::ContextTooLong
        | Kind::ContentPolicy
        | Kind::Unsupported => "ValidationException",
        Kind::Connect | Kind::Overloaded | Kind::BreakerOpen | Kind::LocalOverload => {
            "ServiceUnavailableException"
        }
        Kind::ConnectTimeout
        | Kind::FirstTokenTimeout
        | Kind::IdleTimeout
        | Kind::Stalled
        | Kind::DeadlineExceeded => "ModelTimeoutException",
        _ => "InternalServerException",
    }
}

/// Returns the name of the exception that ends a stream. There are five; clients know no other.
pub(super) fn exception_name(kind: ErrorKind) -> &'static str {
    match type_name(kind) {
        "ThrottlingException" | "ServiceQuotaExceededException" => "throttlingException",
        "ServiceUnavailableException" => "serviceUnavailableException",
        "ValidationException" | "ResourceNotFoundException" => "validationException",
        "ModelTimeoutException" => "modelStreamErrorException",
        _ if matches!(kind, ErrorKind::StreamBroken | ErrorKind::Malformed) => {
            "modelStreamErrorException"
        }
        _ => "internalServerException",
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
