use std::time::{Duration, Instant};

use outlast_types::Mode;

/// Knows how a target is doing at this moment; strategies ask it once a call.
///
/// What is not known is `None`. The answers must come at once.
pub trait Vitals: Send + Sync + 'static {
    /// Returns how long the target takes on average until its first content, or until its whole reply to a unary call.
    fn first_token(&self, mode: Mode, now: Instant) -> Option<Duration> {
        let _ = (mode, now);
        None
    }

    /// Counts the calls under way to the target.
    fn under_way(&self) -> Option<usize> {
        None
    }

    /// Returns which share of its scarcest limit is left, 0 to 1. A target without a limit is taken to have all of it
    /// left.
    fn headroom(&self, now: Instant) -> Option<f64> {
        let _ = now;
        None
    }
}
