//! How often a target has failed lately.

use std::time::{Duration, Instant};

/// So many trips within the time that is looked back are flapping.
const MANY: usize = 4;

/// Keeps when the last trips were.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trips {
    origin: Instant,
    /// In whole seconds since the origin, the latest first.
    latest: [Option<u32>; MANY],
}

impl Trips {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            origin: now,
            latest: [None; MANY],
        }
    }

    pub(super) fn note(&mut self, now: Instant) {
        let at = self.seconds(now);
        self.latest.rotate_right(1);
        if let Some(first) = self.latest.first_mut() {
            *first = Some(at);
        }
    }

    /// Tells whether the target comes and goes, seen from `now`.
    pub(super) fn flap(&self, now: Instant, within: Duration) -> bool {
        let oldest = self.latest.last().copied().flatten();
        oldest.is_some_and(|at| u64::from(self.seconds(now).saturating_sub(at)) <= within.as_secs())
    }

    fn seconds(&self, now: Instant) -> u32 {
        let passed = now.saturating_duration_since(self.origin).as_secs();
        u32::try_from(passed).unwrap_or(u32::MAX)
    }
}
