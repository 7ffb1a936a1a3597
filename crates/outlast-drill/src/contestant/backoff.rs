//! When the official SDKs, and routers built on them, ask again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use outlast::{Error, ErrorKind};

/// The retries after the first call.
pub(super) const RETRIES: u32 = 2;
/// How long a call may be silent.
pub(super) const TIMEOUT: Duration = Duration::from_secs(600);

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(8);
/// The longest hint that is followed.
const HINT_CAP: Duration = Duration::from_secs(60);

/// Draws the waits.
#[derive(Clone)]
pub(super) struct Backoff(Arc<Mutex<Rng>>);

impl Backoff {
    pub(super) fn new(chance: Rng) -> Self {
        Self(Arc::new(Mutex::new(chance)))
    }

    /// Returns the wait before retry number `retry`, from 0, after `error`.
    pub(super) fn wait(&self, retry: u32, error: &Error) -> Duration {
        if let Some(hint) = error.retry_after()
            && !hint.is_zero()
            && hint <= HINT_CAP
        {
            return hint;
        }
        let wait = BASE.saturating_mul(2_u32.saturating_pow(retry)).min(CAP);
        // A panic elsewhere leaves a whole generator behind.
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wait.mul_f64(1.0 - 0.25 * chance.f64())
    }
}

/// Tells whether a failure is asked about again.
pub(super) fn is_retried(error: &Error) -> bool {
    if let Some(should) = error.should_retry() {
        return should;
    }
    match error.status() {
        Some(status) => matches!(status.as_u16(), 408 | 409 | 429) || status.is_server_error(),
        None => matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::ConnectTimeout
                | ErrorKind::ConnectionLost
                | ErrorKind::IdleTimeout
        ),
    }
}
