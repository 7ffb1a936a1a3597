//! The one place that reads the wall clock.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// A moment on both clocks: one to measure with, one to show to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// On the clock that only goes forward.
    pub at: Instant,
    /// On the wall.
    pub wall: SystemTime,
}

impl Moment {
    /// Makes a moment of what both clocks show.
    pub fn new(at: Instant, wall: SystemTime) -> Self {
        Self { at, wall }
    }
}

/// Says what time it is on the wall.
#[derive(Clone)]
pub(crate) struct WallClock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl WallClock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns this moment.
    pub(crate) fn now(&self) -> Moment {
        Moment::new(tokio::time::Instant::now().into_std(), (self.0)())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "people want to read when an incident began; nothing is timed with it"
)]
fn system_time() -> SystemTime {
    SystemTime::now()
}

impl Default for WallClock {
    fn default() -> Self {
        Self::new(system_time)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WallClock")
    }
}
