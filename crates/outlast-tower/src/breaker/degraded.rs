//! How much traffic a target gets that fails a part of its calls.

use std::time::Instant;

use super::BreakerConfig;
use super::window::Counts;

/// So many of the last results are remembered, however long ago they came.
const KEPT_RESULTS: f32 = 30.0;

/// A target that fails too many of its calls to get them all, and too few to get none.
///
/// Its share follows from a count in which older results weigh less. It looks back longer than the window: where calls
/// are held back, the window has few of them, and a share that went by those would jump up and down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Degraded {
    since: Instant,
    counted: Instant,
    results: f32,
    faults: f32,
}

impl Degraded {
    /// Begins with what is in the window, if that is bad enough.
    pub(super) fn begin(config: &BreakerConfig, now: Instant, counts: Counts) -> Option<Self> {
        counts
            .reaches(config.degraded, config.ratio_min)
            .then_some(Self {
                since: now,
                counted: now,
                results: counts.results as f32,
                faults: counts.half_faults as f32 / 2.0,
            })
    }

    /// Counts a result; `None` once the target is well again.
    pub(super) fn count(
        mut self,
        config: &BreakerConfig,
        now: Instant,
        half_faults: u32,
    ) -> Option<Self> {
        let passed = now.saturating_duration_since(self.counted).as_secs_f32();
        let span = config.window.as_secs_f32().max(f32::MIN_POSITIVE) * 2.0;
        let by_time = self.results * (-passed / span).exp();
        let kept = by_time.max(self.results.min(KEPT_RESULTS));
        self.faults = self.faults * kept / self.results.max(1.0) + half_faults as f32 / 2.0;
        self.results = kept + 1.0;
        self.counted = now;
        // Half of what it takes to begin, so that a share does not come and go with every fault.
        (self.fault_share() >= config.degraded / 2.0).then_some(self)
    }

    /// Returns the share of the calls that the target gets.
    pub(super) fn share(&self, config: &BreakerConfig) -> f64 {
        let least = config.degraded_share.clamp(0.0, 1.0);
        (1.0 - 2.0 * self.fault_share()).clamp(least, 1.0)
    }

    /// Tells whether the few calls of the window may be believed: those before them are as bad.
    pub(super) fn confirms(&self, config: &BreakerConfig) -> bool {
        self.fault_share() >= config.ratio
    }

    /// Tells how many faults in a row take the target out. What has failed a part of its calls for a while will now and
    /// then fail ten in a row by bad luck.
    pub(super) fn in_a_row(&self, config: &BreakerConfig, now: Instant) -> u32 {
        let is_old = now.saturating_duration_since(self.since) > config.window;
        let more = if is_old {
            config.consecutive_busy / 2
        } else {
            0
        };
        config.consecutive_busy.saturating_add(more)
    }

    fn fault_share(&self) -> f64 {
        f64::from(self.faults / self.results.max(1.0))
    }
}
