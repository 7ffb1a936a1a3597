//! The one error, made of facts.

mod kind;
mod redact;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

pub use self::kind::{ErrorKind, Phase, Sent};
use self::redact::redact;
use crate::{Attempt, Ledger, TargetId};

/// Any error, boxed: what stock tower layers fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The most bytes of a provider's error body that an [`Error`] keeps.
const MAX_BODY: usize = 64 * 1024;

/// What went wrong, as facts.
///
/// An error decides nothing: whether to ask again, elsewhere or never is the policy's to say, from these facts. Every
/// layer of the stack fails with this one type. It is one pointer wide.
///
/// `Display` is one line without a prompt and without a secret: who failed, what kind, the status and the provider's
/// own code and words, and what can be done about it. Where a provider's words may quote the request ([`ErrorKind::may_quote_request`]) they are left
/// out; [`Error::message`] and [`Error::body`] have them.
///
/// # Examples
///
/// ```
/// use outlast_types::{Error, ErrorKind, TargetId};
///
/// let error = Error::new(ErrorKind::RateLimited)
///     .with_target(TargetId::new("anthropic", "claude-sonnet-4-5"))
///     .with_status(http::StatusCode::TOO_MANY_REQUESTS)
///     .with_message("slow down");
///
/// assert_eq!(error.to_string(), "anthropic/claude-sonnet-4-5: rate limited (429): slow down");
/// ```
#[derive(Clone)]
pub struct Error(Box<Facts>);

#[derive(Clone)]
struct Facts {
    kind: ErrorKind,
    target: Option<TargetId>,
    status: Option<StatusCode>,
    code: Option<String>,
    message: Option<String>,
    advice: Option<Box<str>>,
    request_id: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    retry_after: Option<Duration>,
    should_retry: Option<bool>,
    phase: Phase,
    sent: Sent,
    ledger: Option<Ledger>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error of `kind` that knows nothing else yet.
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Facts {
            kind,
            target: None,
            status: None,
            code: None,
            message: None,
            advice: None,
            request_id: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            retry_after: None,
            should_retry: None,
            phase: Phase::default(),
            sent: Sent::default(),
            ledger: None,
            source: None,
        }))
    }

    /// Returns what kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns who failed, if a target was chosen.
    pub fn target(&self) -> Option<&TargetId> {
        self.0.target.as_ref()
    }

    /// Returns the HTTP status, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the provider's own code for the failure.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns what the provider or the layer said in words, with anything that looks like a key blotted out.
    ///
    /// It may quote the request: see [`ErrorKind::may_quote_request`].
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Returns what whoever runs the account can do about it. It may name the account's address and where its key comes
    /// from, never the key; a gateway does not pass it on.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// Returns the provider's id of the call, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the reply's headers that bear on the failure.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the beginning of the reply's body, at most 64 KiB. It may quote the request or a key: not for logs.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Returns how long the provider asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether the provider says that the same call to it may succeed later; `None` if it does not say.
    pub fn should_retry(&self) -> Option<bool> {
        self.0.should_retry
    }

    /// Returns how far the attempt had come.
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// Returns whether the request had reached the provider, and so may have been billed.
    pub fn sent(&self) -> Sent {
        self.0.sent
    }

    /// Returns what was tried for the call, when the error is the end of it.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.0
            .ledger
            .as_ref()
            .map(Ledger::attempts)
            .unwrap_or_default()
    }

    /// Returns the ledger of the call, when the error is the end of it.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.0.ledger.as_ref()
    }

    /// Changes the kind.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Says who failed.
    pub fn with_target(mut self, target: TargetId) -> Self {
        self.0.target = Some(target);
        self
    }

    /// Adds the HTTP status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the provider's own code.
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Adds what was said in words; anything that looks like a key is blotted out.
    pub fn with_message(mut self, message: impl AsRef<str>) -> Self {
        self.0.message = Some(redact(message.as_ref()));
        self
    }

    /// Adds what whoever runs the account can do about it, in a few words that follow a semicolon.
    pub fn with_advice(mut self, advice: impl AsRef<str>) -> Self {
        self.0.advice = Some(redact(advice.as_ref()).into());
        self
    }

    /// Takes the advice away, for a reader who does not run the account.
    pub fn without_advice(mut self) -> Self {
        self.0.advice = None;
        self
    }

    /// Adds the provider's id of the call.
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    /// Adds headers of the reply.
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers = headers;
        self
    }

    /// Adds the body of the reply, cut to 64 KiB.
    pub fn with_body(mut self, mut body: Bytes) -> Self {
        body.truncate(MAX_BODY);
        self.0.body = body;
        self
    }

    /// Says how long the provider asks to wait.
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Says whether the provider thinks that the same call may succeed later.
    pub fn with_should_retry(mut self, should_retry: Option<bool>) -> Self {
        self.0.should_retry = should_retry;
        self
    }

    /// Says how far the attempt had come.
    pub fn with_phase(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    /// Says whether the request had reached the provider.
    pub fn with_sent(mut self, sent: Sent) -> Self {
        self.0.sent = sent;
        self
    }

    /// Adds the ledger of the call.
    pub fn with_ledger(mut self, ledger: Ledger) -> Self {
        self.0.ledger = Some(ledger);
        self
    }

    /// Adds the error that caused it.
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &*self.0;
        if let Some(target) = &facts.target {
            write!(f, "{target}: ")?;
        }
        f.write_str(facts.kind.describe())?;
        match (facts.status, &facts.code) {
            (Some(status), Some(code)) => {
                write!(f, " ({}, {})", status.as_u16(), code.escape_debug())?
            }
            (Some(status), None) => write!(f, " ({})", status.as_u16())?,
            (None, Some(code)) => write!(f, " ({})", code.escape_debug())?,
            (None, None) => {}
        }
        match &facts.message {
            Some(message) if !facts.kind.may_quote_request() => {
                write!(f, ": {}", OneLine(message))?;
            }
            _ => {}
        }
        match &facts.advice {
            Some(advice) => write!(f, "; {}", OneLine(advice)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &*self.0;
        f.debug_struct("Error")
            .field("kind", &facts.kind)
            .field("target", &facts.target)
            .field("status", &facts.status)
            .field("code", &facts.code)
            .field("request_id", &facts.request_id)
            .field("retry_after", &facts.retry_after)
            .field("phase", &facts.phase)
            .field("sent", &facts.sent)
            .field("ledger", &facts.ledger)
            .field("source", &facts.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

impl From<BoxError> for Error {
    /// Takes an [`Error`] out of its box; anything else, such as a stock layer's error, becomes its source.
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(other) => Self::new(ErrorKind::Internal)
                .with_message(other.to_string())
                .with_source(other),
        }
    }
}

/// Writes text on one line, without control characters, at most 300 characters of it.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 300;
        for c in self.0.chars().take(MOST) {
            fmt::Write::write_char(f, if c.is_control() { ' ' } else { c })?;
        }
        if self.0.chars().nth(MOST).is_some() {
            f.write_str("...")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn the_words_of_an_error_that_may_quote_the_request_are_not_displayed() {
        let error =
            Error::new(ErrorKind::InvalidRequest).with_message("bad value: 'my secret prompt'");
        assert_eq!(error.to_string(), "invalid request");
        assert_eq!(error.message(), Some("bad value: 'my secret prompt'"));
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[test]
    fn a_key_in_the_provider_s_words_is_blotted_out() {
        let error = Error::new(ErrorKind::Unauthenticated)
            .with_message("Incorrect API key provided: sk-proj-abcdefghijkl. See the docs");
        let text = format!("{error} {error:?} {:?}", error.message());
        assert!(!text.contains("abcdefghijkl"), "{text}");
    }

    #[test]
    fn display_stays_on_one_line() {
        let error = Error::new(ErrorKind::Server).with_message("a\nb\u{1b}[31m");
        assert_eq!(error.to_string(), "server error: a b [31m");
    }

    #[test]
    fn a_boxed_error_comes_out_as_itself() {
        let boxed: BoxError = Box::new(Error::new(ErrorKind::Overloaded));
        assert_eq!(Error::from(boxed).kind(), ErrorKind::Overloaded);
        assert_eq!(
            Error::from(BoxError::from("stock layer")).kind(),
            ErrorKind::Internal
        );
    }
}
