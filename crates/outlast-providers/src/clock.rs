//! The one place that reads the wall clock.

use std::time::SystemTime;

/// Returns when a reply is received: dates in its retry hints become durations from here.
#[expect(
    clippy::disallowed_methods,
    reason = "hints may be dates, and dates are read against the wall clock; nothing is timed with it"
)]
pub(crate) fn received_now() -> SystemTime {
    SystemTime::now()
}
