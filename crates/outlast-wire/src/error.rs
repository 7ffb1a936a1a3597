//! What the error replies of all protocols have in common.
//!
//! A protocol's own `error.rs` reads the shapes of its error bodies into an [`ErrorBody`]; this module makes an
//! [`Error`] of it: the kind from code, words and status ([`classify`]), the retry hint, the provider's request id and
//! the headers that bear on the failure.
//!
//! The code goes before the status, for many providers send a status that says something else: a wrong key is a 400 at
//! some, an empty account a 400, 403 or 429, a full context a 400, 413 or 429.
//!
//! # Examples
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use bytes::Bytes;
//! use http::{HeaderMap, StatusCode};
//! use outlast_types::ErrorKind;
//! use outlast_wire::{ErrorReply, error::ErrorBody};
//!
//! let reply = ErrorReply {
//!     status: StatusCode::TOO_MANY_REQUESTS,
//!     headers: &HeaderMap::new(),
//!     body: &Bytes::new(),
//!     received: SystemTime::UNIX_EPOCH,
//! };
//! let body = ErrorBody {
//!     code: Some("rate_limit_exceeded".to_owned()),
//!     message: Some("Rate limit reached. Please try again in 174ms.".to_owned()),
//!     ..ErrorBody::default()
//! };
//! let error = body.into_error(&reply);
//! assert_eq!(error.kind(), ErrorKind::RateLimited);
//! assert_eq!(error.retry_after(), Some(Duration::from_millis(174)));
//! ```

mod facts;
mod html;
mod kind;

use std::time::Duration;

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, Phase, Sent};

pub use facts::{kept_headers, request_id};
pub use html::html_title;
pub use kind::{classify, kind_of_code, kind_of_status, kind_of_words};

use crate::{ErrorReply, retry_hint};

/// The most characters that are kept of a body that is neither JSON nor HTML.
const MAX_PLAIN_MESSAGE: usize = 300;

/// What an error body says, whatever its shape. What it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The machine-readable code. Numbers are written out.
    pub code: Option<String>,
    /// The machine-readable type, where the protocol has one beside the code.
    pub kind: Option<String>,
    /// The words for people.
    pub message: Option<String>,
    /// The provider's id of the call.
    pub request_id: Option<String>,
}

impl ErrorBody {
    /// Takes a body that is no JSON: the title of an HTML page, or the beginning of a text.
    pub fn from_text(body: &Bytes) -> Self {
        let text = String::from_utf8_lossy(body);
        let message = html_title(&text)
            .unwrap_or_else(|| text.trim().chars().take(MAX_PLAIN_MESSAGE).collect());
        Self {
            message: (!message.is_empty()).then_some(message),
            ..Self::default()
        }
    }

    /// Makes the error of a reply with an error status.
    pub fn into_error(self, reply: &ErrorReply<'_>) -> Error {
        let text = String::from_utf8_lossy(reply.body);
        let hint = retry_hint::retry_hint(reply.headers, &text, reply.received)
            .or_else(|| self.hint_in_message());
        let kind = classify(Some(reply.status), &self, hint)
            .unwrap_or_else(|| kind_of_status(reply.status));
        let should_retry = retry_hint::should_retry(reply.headers)
            .or_else(|| self.is_too_large_for_any_wait().then_some(false));
        let id = request_id(reply.headers).or_else(|| self.request_id.clone());
        self.assemble(kind)
            .with_status(reply.status)
            .with_request_id(id)
            .with_retry_after(hint)
            .with_should_retry(should_retry)
            .with_headers(kept_headers(reply.headers))
            .with_body(reply.body.clone())
    }

    /// Makes the error of a reply whose status was 2xx: of an error event in a stream, or of an error body. `otherwise`
    /// is its kind if the body does not tell.
    pub fn into_error_in_reply(self, otherwise: ErrorKind) -> Error {
        let hint = self.hint_in_message();
        let kind = classify(None, &self, hint).unwrap_or(otherwise);
        let should_retry = self.is_too_large_for_any_wait().then_some(false);
        let id = self.request_id.clone();
        self.assemble(kind)
            .with_request_id(id)
            .with_retry_after(hint)
            .with_should_retry(should_retry)
    }

    fn assemble(self, kind: ErrorKind) -> Error {
        let mut error = Error::new(kind)
            .with_phase(Phase::BeforeCommit)
            .with_sent(Sent::Yes);
        if let Some(code) = self.code.or(self.kind) {
            error = error.with_code(code);
        }
        match self.message {
            Some(message) => error.with_message(message),
            None => error,
        }
    }

    fn hint_in_message(&self) -> Option<Duration> {
        retry_hint::hint_in_words(self.message.as_deref()?)
    }

    /// Tells whether one request asks for more tokens than a minute has: waiting never helps.
    ///
    /// OpenAI and Groq: "Request too large for model ... on tokens per minute (TPM): Limit 6000, Requested 14810".
    fn is_too_large_for_any_wait(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        message.starts_with("Request too large for") && message.contains("Requested")
    }
}

/// Makes the error of a reply that is not what its protocol says.
pub fn malformed(message: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Malformed)
        .with_phase(Phase::BeforeCommit)
        .with_sent(Sent::Yes)
        .with_message(message)
}

/// Makes the error of a frame or body that cannot be read as JSON, without quoting it.
pub fn malformed_json(error: &serde_json::Error) -> Error {
    let what = match error.classify() {
        serde_json::error::Category::Data => "has an unexpected form",
        serde_json::error::Category::Eof => "is cut short",
        _ => "is not JSON",
    };
    malformed(format!(
        "the reply {what} (line {}, column {})",
        error.line(),
        error.column()
    ))
}
