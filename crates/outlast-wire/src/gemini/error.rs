//! Error bodies.

use outlast_types::{Error, ErrorKind};
use serde_json::Value;

use crate::ErrorReply;
use crate::error::ErrorBody;

/// Reads a reply with an error status.
pub(super) fn read(reply: &ErrorReply<'_>) -> Error {
    read_body(reply.body)
        .unwrap_or_else(|| ErrorBody::from_text(reply.body))
        .into_error(reply)
}

/// Reads an error inside a reply.
pub(super) fn in_reply(data: &[u8], otherwise: ErrorKind) -> Error {
    read_body(data)
        .unwrap_or_default()
        .into_error_in_reply(otherwise)
}

fn read_body(body: &[u8]) -> Option<ErrorBody> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let error = value.get("error").or_else(|| value.pointer("/0/error"))?;
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(ErrorBody {
        code: text("status"),
        message: text("message"),
        ..ErrorBody::default()
    })
}
