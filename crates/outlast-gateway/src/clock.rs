//! The wall clock, read in this one place.

use std::time::SystemTime;

/// Returns the time of day, for what is written to callers.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the crate that reads the wall clock"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
