//! The HTTP status a caller sees for each kind of failure, and whether it is told when to come back.
//!
//! The status speaks of the caller's own request only where that is at fault. A provider that rejects our key is a bad
//! gateway and never a 401: the caller's own key was fine.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use outlast_types::{Error, ErrorKind};
//! use outlast_wire::status::{caller_status, retry_after_seconds};
//!
//! let error = Error::new(ErrorKind::RateLimited).with_retry_after(Some(Duration::from_millis(1200)));
//! assert_eq!(caller_status(error.kind()), 429);
//! assert_eq!(retry_after_seconds(&error), Some(2));
//! assert_eq!(caller_status(ErrorKind::Unauthenticated), 502);
//! ```

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use outlast_types::{Error, ErrorKind};

/// How long a caller is asked to wait, in seconds, where nobody knows better: as long as a breaker stays open at first.
const DEFAULT_WAIT: u64 = 5;

/// Tells official SDKs whether to try again by themselves; they would after any 429.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Returns the status a caller sees when a failure of `kind` is the end of its call.
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
        // Nobody reads it: the caller is gone. The number is the one that proxies log for that.
        Kind::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Connect | Kind::Overloaded | Kind::BreakerOpen | Kind::LocalOverload => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Kind::ConnectTimeout
        | Kind::FirstTokenTimeout
        | Kind::IdleTimeout
        | Kind::Stalled
        | Kind::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Kind::Tls
        | Kind::ConnectionLost
        | Kind::Server
        | Kind::Unauthenticated
        | Kind::PermissionDenied
        | Kind::EmptyReply
        | Kind::Malformed
        | Kind::StreamBroken => StatusCode::BAD_GATEWAY,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Returns the status a caller sees when `error` is the end of its call.
///
/// One that names no target is about the caller's own request, and a status it was given stands. A provider's status is
/// about our request to it, so that the kind decides.
pub fn status_for_caller(error: &Error) -> StatusCode {
    let own = match error.target() {
        None => error.status(),
        Some(_) => None,
    };
    own.unwrap_or_else(|| caller_status(error.kind()))
}

/// Returns the whole seconds of a `Retry-After` header for `error`, rounded up and at least 1.
///
/// `None` where coming back would not help. What the provider asked for is passed on; an overload without a hint asks
/// for 5 seconds. A spent quota is no matter of waiting, whatever the provider said.
pub fn retry_after_seconds(error: &Error) -> Option<u64> {
    use ErrorKind as Kind;
    let otherwise = match error.kind() {
        Kind::RateLimited | Kind::SlowDown => None,
        Kind::Overloaded | Kind::BreakerOpen | Kind::LocalOverload => Some(DEFAULT_WAIT),
        _ => return None,
    };
    let asked = error.retry_after().map(|wait| {
        let whole = wait.as_secs();
        whole + u64::from(wait.subsec_nanos() > 0)
    });
    asked.or(otherwise).map(|seconds| seconds.max(1))
}

/// Makes the reply that tells a caller of `error` in `body`, which is JSON.
pub(crate) fn error_response(error: &Error, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status_for_caller(error);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after_seconds(error) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.kind() == ErrorKind::QuotaExhausted {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_provider_s_trouble_with_our_account_is_never_the_caller_s_401() {
        let check = |kind, status| assert_eq!(caller_status(kind).as_u16(), status, "{kind}");
        check(ErrorKind::Unauthenticated, 502);
        check(ErrorKind::PermissionDenied, 502);
        check(ErrorKind::QuotaExhausted, 429);
    }

    #[test]
    fn each_cause_has_its_own_status() {
        let check = |kind, status| assert_eq!(caller_status(kind).as_u16(), status, "{kind}");
        check(ErrorKind::Connect, 503);
        check(ErrorKind::Overloaded, 503);
        check(ErrorKind::LocalOverload, 503);
        check(ErrorKind::FirstTokenTimeout, 504);
        check(ErrorKind::DeadlineExceeded, 504);
        check(ErrorKind::Server, 502);
        check(ErrorKind::EmptyReply, 502);
        check(ErrorKind::InvalidRequest, 400);
        check(ErrorKind::RequestTooLarge, 413);
        check(ErrorKind::UnknownModel, 404);
        check(ErrorKind::Conflict, 409);
        check(ErrorKind::Internal, 500);
    }

    #[test]
    fn a_caller_is_told_to_come_back_only_where_that_helps() {
        let check = |kind, wait: Option<u64>, expect| {
            let error = Error::new(kind).with_retry_after(wait.map(Duration::from_millis));
            assert_eq!(retry_after_seconds(&error), expect, "{kind}");
        };
        check(ErrorKind::RateLimited, Some(1001), Some(2));
        check(ErrorKind::RateLimited, Some(0), Some(1));
        check(ErrorKind::RateLimited, None, None);
        check(ErrorKind::Overloaded, None, Some(5));
        check(ErrorKind::LocalOverload, None, Some(5));
        check(ErrorKind::QuotaExhausted, Some(1000), None);
        check(ErrorKind::InvalidRequest, Some(1000), None);
        check(ErrorKind::Server, Some(1000), None);
    }
}
