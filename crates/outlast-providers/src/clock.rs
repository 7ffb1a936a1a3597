//! The one place that reads the wall clock.

use std::sync::Arc;
use std::time::SystemTime;

/// Returns when a reply is received: dates in its retry hints become durations from here.
#[expect(
    clippy::disallowed_methods,
    reason = "hints may be dates, and dates are read against the wall clock; nothing is timed with it"
)]
pub(crate) fn received_now() -> SystemTime {
    SystemTime::now()
}

/// Says what time it is: tokens expire at a date.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(received_now)
    }
}
