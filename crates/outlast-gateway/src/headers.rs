//! The headers the gateway reads and writes beside its callers' protocols.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use outlast_types::{CallContext, Error, ErrorKind, Ledger, OnUnsupported, TargetId};
use tokio::time::Instant;

/// The id of the call, on every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-outlast-request-id");
/// The target that served the call, or whose error it is.
const SERVED_BY: HeaderName = HeaderName::from_static("x-outlast-served-by");
/// How many upstream calls it took, up to the head of the answer.
const ATTEMPTS: HeaderName = HeaderName::from_static("x-outlast-attempts");
/// How many milliseconds the caller waits, set by the caller.
const TIMEOUT_MS: HeaderName = HeaderName::from_static("x-outlast-timeout-ms");

/// What becomes of what a target cannot carry (`adapt`, `error` or `ignore`), set by the caller.
const ON_UNSUPPORTED: HeaderName = HeaderName::from_static("x-outlast-on-unsupported");

/// The longest time limit a caller can set; a longer one is no limit but a mistake.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes an id for a call. It is no secret and only has to be unlikely to repeat.
pub(crate) fn new_request_id() -> Arc<str> {
    format!("req_{:032x}", fastrand::u128(..)).into()
}

/// Names the call in the answer.
pub(crate) fn put_request_id(headers: &mut HeaderMap, id: &str) {
    put_text(headers, REQUEST_ID, id);
}

/// Says who served the call and after how many upstream calls.
pub(crate) fn put_ledger(
    headers: &mut HeaderMap,
    target: Option<&TargetId>,
    ledger: Option<&Ledger>,
) {
    if let Some(target) = target {
        put_text(headers, SERVED_BY, &target.to_string());
    }
    if let Some(ledger) = ledger {
        headers.insert(ATTEMPTS, HeaderValue::from(ledger.calls()));
    }
}

/// What a caller says about its call.
pub(crate) struct Wishes {
    deadline: Option<std::time::Instant>,
    on_unsupported: Option<OnUnsupported>,
}

impl Wishes {
    /// Reads them.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Error> {
        Ok(Self {
            deadline: deadline(headers)?,
            on_unsupported: on_unsupported(headers)?,
        })
    }

    /// Notes them, and the call's id. What the request itself cannot do without stands.
    pub(crate) fn put_into(self, context: &mut CallContext, id: &Arc<str>) {
        context.request_id = Some(Arc::clone(id));
        context.deadline = self.deadline;
        context.on_unsupported = context.on_unsupported.or(self.on_unsupported);
    }
}

/// Reads the caller's own time limit.
fn deadline(headers: &HeaderMap) -> Result<Option<std::time::Instant>, Error> {
    let Some(value) = headers.get(TIMEOUT_MS) else {
        return Ok(None);
    };
    let limit = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .map(Duration::from_millis)
        .filter(|limit| !limit.is_zero() && *limit <= MAX_TIMEOUT)
        .ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest).with_message(
                "x-outlast-timeout-ms must be a number of milliseconds from 1 to 86400000",
            )
        })?;
    Ok(Some((Instant::now() + limit).into_std()))
}

/// Reads what the caller wants done with what a target cannot carry; without a word from the caller it is the policy's to
/// say.
fn on_unsupported(headers: &HeaderMap) -> Result<Option<OnUnsupported>, Error> {
    let Some(value) = headers.get(ON_UNSUPPORTED) else {
        return Ok(None);
    };
    let way = value.to_str().ok().map(str::trim);
    match way.and_then(OnUnsupported::from_name) {
        Some(way) => Ok(Some(way)),
        None => Err(Error::new(ErrorKind::InvalidRequest)
            .with_message("x-outlast-on-unsupported must be adapt, error or ignore")),
    }
}

/// Leaves the header out where the text cannot be in one, such as a model's name with a control character.
pub(crate) fn put_text(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline_of(value: &str) -> Result<Option<Duration>, ErrorKind> {
        let mut headers = HeaderMap::new();
        headers.insert(TIMEOUT_MS, value.parse().unwrap());
        deadline(&headers)
            .map(|deadline| deadline.map(|at| at - Instant::now().into_std()))
            .map_err(|error| error.kind())
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_s_time_limit_becomes_a_deadline() {
        assert_eq!(deadline(&HeaderMap::new()).unwrap(), None);
        assert_eq!(deadline_of(" 1500 "), Ok(Some(Duration::from_millis(1500))));
        assert_eq!(deadline_of("86400000"), Ok(Some(MAX_TIMEOUT)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_limit_that_is_none_is_refused() {
        for wrong in [
            "",
            "0",
            "-1",
            "1.5",
            "2s",
            "86400001",
            "99999999999999999999",
        ] {
            assert_eq!(
                deadline_of(wrong),
                Err(ErrorKind::InvalidRequest),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_caller_says_what_becomes_of_what_is_not_supported() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ON_UNSUPPORTED, value.parse().unwrap());
            on_unsupported(&headers).map_err(|error| error.kind())
        };
        assert_eq!(on_unsupported(&HeaderMap::new()).unwrap(), None);
        assert_eq!(read(" error "), Ok(Some(OnUnsupported::Error)));
        assert_eq!(read("refuse"), Err(ErrorKind::InvalidRequest));
    }

    #[test]
    fn a_target_s_name_that_cannot_be_in_a_header_is_left_out() {
        let mut headers = HeaderMap::new();
        let target = TargetId::new("a", "m\r\nx-evil: 1");
        put_ledger(&mut headers, Some(&target), Some(&Ledger::default()));
        assert!(!headers.contains_key(SERVED_BY));
        assert_eq!(headers[ATTEMPTS], "0");
    }
}
