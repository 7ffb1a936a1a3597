//! What kind of failure, and how far it had come.

use std::fmt;

use serde::Serialize;

/// Tells what kind of failure an [`Error`](super::Error) is.
///
/// The doc of each kind says what the default policy of `outlast-tower` does with it; the policy's table is the
/// place where that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection could be made: name not found, refused, unreachable. Nothing was sent. Fails over at once.
    Connect,
    /// No connection was made in time. Nothing was sent. Fails over at once.
    ConnectTimeout,
    /// The provider's identity could not be proved (expired or wrong certificate). Never retried; fails over.
    Tls,
    /// The connection was lost after the request had been sent and before any of the reply came. One retry.
    ConnectionLost,
    /// The provider says it is overloaded (503, 529). Fails over at once; retried only where nobody else is left.
    Overloaded,
    /// The provider asks for a slower rise of traffic. Fails over; no fault.
    SlowDown,
    /// A rate limit was hit (429). Waited for if the wait is short, else fails over; no fault.
    RateLimited,
    /// The account has no money or no quota left. Never retried; fails over to another account.
    QuotaExhausted,
    /// The provider failed (5xx). One quick retry, then fails over.
    Server,
    /// The provider reports a conflict (409). One retry.
    Conflict,
    /// No first content came in time. Not retried on the same target; fails over.
    FirstTokenTimeout,
    /// A stream stood still for too long. Before commit it fails over; after it the stream is resumed or ends.
    IdleTimeout,
    /// The key was not accepted (401). Never retried with the same account; fails over.
    Unauthenticated,
    /// The account may not do this (403). Never retried with the same account; fails over.
    PermissionDenied,
    /// The account does not have the model (404). Never retried; fails over.
    ModelNotFound,
    /// The request itself is wrong (400, 422). Wrong everywhere: neither retried nor failed over.
    InvalidRequest,
    /// The request has too many bytes (413). Neither retried nor failed over.
    RequestTooLarge,
    /// The request has more tokens than the model can hold. Only a larger context helps.
    ContextTooLong,
    /// A content filter or the provider's policy refused. Not routed around unless asked.
    ContentPolicy,
    /// The target cannot do what the request needs (tools, images, a schema). Fails over; no fault.
    Unsupported,
    /// A reply with status 200 that says nothing. Fails over once.
    EmptyReply,
    /// A reply that is not what the protocol says: no JSON, HTML, cut short. Fails over once.
    Malformed,
    /// A stream broke, or ended without its protocol's last event. Resumed where it can be, else an honest error.
    StreamBroken,
    /// The call was judged hung together with others and given up early. Fails over.
    Stalled,
    /// The breaker of the target is open: it was not called. Fails over at once.
    BreakerOpen,
    /// Too many calls are already under way here. Nobody was called; no provider's fault.
    LocalOverload,
    /// The caller's deadline has passed. The end.
    DeadlineExceeded,
    /// The caller went away.
    Cancelled,
    /// No route or target has the name that was asked for.
    UnknownModel,
    /// Something else failed here, such as a layer that is not ours.
    Internal,
}

impl ErrorKind {
    /// Returns the kind in snake case, as configuration and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::Tls => "tls",
            Self::ConnectionLost => "connection_lost",
            Self::Overloaded => "overloaded",
            Self::SlowDown => "slow_down",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::Server => "server",
            Self::Conflict => "conflict",
            Self::FirstTokenTimeout => "first_token_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::ModelNotFound => "model_not_found",
            Self::InvalidRequest => "invalid_request",
            Self::RequestTooLarge => "request_too_large",
            Self::ContextTooLong => "context_too_long",
            Self::ContentPolicy => "content_policy",
            Self::Unsupported => "unsupported",
            Self::EmptyReply => "empty_reply",
            Self::Malformed => "malformed",
            Self::StreamBroken => "stream_broken",
            Self::Stalled => "stalled",
            Self::BreakerOpen => "breaker_open",
            Self::LocalOverload => "local_overload",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Cancelled => "cancelled",
            Self::UnknownModel => "unknown_model",
            Self::Internal => "internal",
        }
    }

    /// Returns the kind in words, as an error message begins.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Connect => "could not connect",
            Self::ConnectTimeout => "connecting took too long",
            Self::Tls => "could not verify the provider's identity",
            Self::ConnectionLost => "connection lost before the reply",
            Self::Overloaded => "provider overloaded",
            Self::SlowDown => "provider asks for slower growth of traffic",
            Self::RateLimited => "rate limited",
            Self::QuotaExhausted => "quota or credit exhausted",
            Self::Server => "server error",
            Self::Conflict => "conflict",
            Self::FirstTokenTimeout => "no first token in time",
            Self::IdleTimeout => "stream stood still for too long",
            Self::Unauthenticated => "key not accepted",
            Self::PermissionDenied => "permission denied",
            Self::ModelNotFound => "model not found",
            Self::InvalidRequest => "invalid request",
            Self::RequestTooLarge => "request too large",
            Self::ContextTooLong => "request does not fit the model's context",
            Self::ContentPolicy => "refused by content policy",
            Self::Unsupported => "target cannot serve this request",
            Self::EmptyReply => "empty reply",
            Self::Malformed => "malformed reply",
            Self::StreamBroken => "stream broke off",
            Self::Stalled => "target hangs",
            Self::BreakerOpen => "breaker open",
            Self::LocalOverload => "too many calls under way",
            Self::DeadlineExceeded => "deadline exceeded",
            Self::Cancelled => "cancelled by the caller",
            Self::UnknownModel => "unknown model or route",
            Self::Internal => "internal error",
        }
    }

    /// Tells whether the provider's words for this kind may quote the request, and so the prompt.
    pub const fn may_quote_request(self) -> bool {
        matches!(
            self,
            Self::InvalidRequest | Self::ContentPolicy | Self::RequestTooLarge
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Tells how far an attempt had come when it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// The request was being prepared here.
    #[default]
    Encode,
    /// A connection was being made.
    Connect,
    /// The request was under way and the reply's head awaited.
    Head,
    /// The reply had begun, and nothing of it had reached the caller.
    BeforeCommit,
    /// The beginning of the reply had reached the caller.
    AfterCommit,
}

/// Tells whether the request had reached the provider, and so may have been worked on and billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sent {
    /// It had not.
    #[default]
    No,
    /// It may have.
    Maybe,
    /// It had.
    Yes,
}
