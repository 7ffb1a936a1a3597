//! For how long a provider wants to be left alone.

use std::time::{Duration, Instant};

use super::BreakerConfig;
use super::state::later;

/// Keeps until when a provider does not want to be called. A rate limit is no fault: the breaker stays closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Saturation {
    until: Option<Instant>,
    /// How many refusals without a hint came since the last success.
    unhinted: u32,
}

impl Saturation {
    /// Returns how long is left.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Notes a refusal. Two at once: the later end counts.
    pub(super) fn note(&mut self, config: &BreakerConfig, now: Instant, hint: Option<Duration>) {
        let wait = match hint {
            Some(hint) => hint.min(config.saturation_cap),
            None => self.guess(config),
        };
        self.until = self.until.max(Some(later(now, wait)));
    }

    /// Notes that a call went through.
    pub(super) fn eased(&mut self) {
        self.unhinted = 0;
    }

    /// Guesses the wait that the provider left out: none at first, for one backed-off retry is the best answer to a
    /// single refusal, then longer with each.
    fn guess(&mut self, config: &BreakerConfig) -> Duration {
        let before = self.unhinted;
        self.unhinted = before.saturating_add(1);
        match before.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => config
                .throttle_time
                .saturating_mul(2_u32.saturating_pow(doublings))
                .min(config.throttle_cap),
        }
    }
}
