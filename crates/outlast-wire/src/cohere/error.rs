//! Error bodies: `{"id", "message"}`, and `{"error_type": "TOO_MANY_TOKENS", "id", "message"}`.
//!
//! The form is documented at <https://docs.cohere.com/reference/errors>; the type was seen in replies.

use outlast_types::{Error, ErrorKind};
use serde::Deserialize;

use crate::ErrorReply;
use crate::error::ErrorBody;

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireError {
    id: Option<String>,
    message: Option<String>,
    error_type: Option<String>,
    /// In streams: what failed, in words.
    error: Option<String>,
}

/// Reads a reply with an error status.
pub(super) fn read(reply: &ErrorReply<'_>) -> Error {
    read_body(reply.body)
        .unwrap_or_else(|| ErrorBody::from_text(reply.body))
        .into_error(reply)
}

/// Reads a document that stands where a reply was meant.
pub(super) fn in_reply(document: &[u8], otherwise: ErrorKind) -> Option<Error> {
    let body = read_body(document)?;
    body.message.as_ref()?;
    Some(body.into_error_in_reply(otherwise))
}

/// Makes the error of a reply that gives up in its finish reason; `words` is what it says beside.
pub(super) fn in_finish_reason(kind: ErrorKind, reason: &str, words: Option<String>) -> Error {
    ErrorBody {
        code: Some(reason.to_owned()),
        message: words.or_else(|| Some("the provider gave the answer up".to_owned())),
        ..ErrorBody::default()
    }
    .into_error_in_reply(kind)
}

fn read_body(body: &[u8]) -> Option<ErrorBody> {
    let wire: WireError = serde_json::from_slice(body).ok()?;
    Some(ErrorBody {
        code: None,
        kind: wire.error_type,
        message: wire.message.or(wire.error),
        request_id: wire.id,
    })
}
