//! Errors inside a reply: an `error` event, a response that failed, an error body with a status of 2xx.
//!
//! Their fields are those of OpenAI's error bodies, which [`crate::openai`] reads.

use outlast_types::{Error, ErrorKind};
use serde_json::value::RawValue;

use crate::openai;

/// Reads an `error` event, in either of its forms: the fields under `error`, or beside the type.
pub(super) fn in_stream(data: &str) -> Error {
    openai::error::in_stream(data)
}

/// Reads the `error` of a response that failed; `None` if it tells none.
pub(super) fn of_response(error: Option<&RawValue>, otherwise: ErrorKind) -> Error {
    let error = error.filter(|raw| openai::error::is_error(raw));
    match error {
        Some(raw) => openai::error::in_document(&format!("{{\"error\":{}}}", raw.get()), otherwise),
        None => Error::new(otherwise).with_message("the provider gave the answer up"),
    }
}

/// Judges a body that is no response: an error in some form, or nothing at all.
pub(super) fn of_body(body: &str) -> Option<Error> {
    openai::error::disguised(body)
}
