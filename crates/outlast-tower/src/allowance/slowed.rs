//! How a target that asked for less gets more again.

use std::time::{Duration, Instant};

/// What is left of the rate after a provider has asked for less.
const CUT: f64 = 0.7;

/// How fast the rate grows again: calls a second, by the cube of the seconds.
const GROWTH: f64 = 0.4;

/// For how long the rate stays cut.
const HOLD: Duration = Duration::from_secs(60);

/// The longest that a provider may have it held.
const LONGEST_HOLD: Duration = Duration::from_secs(600);

/// The least rate that is cut, in calls a second: who asks once a minute is not the one who asks too fast.
const LEAST: f64 = 0.2;

/// How many calls can be saved up at any rate: with less than two, what is over after one call would be lost.
const LEAST_SAVED: f64 = 2.0;

/// A rate that was cut: 0.7 of what it was, for a minute; then it grows with the cube of time (the numbers of AWS's
/// adaptive retry mode), slowly around what it was before, until it is twice that and there is no limit any more.
#[derive(Clone, Debug)]
pub(super) struct Slowed {
    /// In calls a second.
    before: f64,
    cut_at: Instant,
    held_until: Instant,
    /// How many calls may be made at once.
    saved: f64,
    saved_at: Instant,
}

impl Slowed {
    /// Cuts `rate`, in calls a second.
    pub(super) fn cut(rate: f64, hint: Option<Duration>, now: Instant) -> Self {
        Self {
            before: rate.max(LEAST),
            cut_at: now,
            held_until: now + hold(hint),
            saved: 0.0,
            saved_at: now,
        }
    }

    /// Cuts it again, if the call that was refused was made at the rate as it is now.
    pub(super) fn again(&mut self, made: Instant, hint: Option<Duration>, now: Instant) {
        self.held_until = self.held_until.max(now + hold(hint));
        if made >= self.cut_at {
            self.before = self.rate(now).max(LEAST);
            self.cut_at = now;
        }
    }

    /// Tells whether the rate is limited no more.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.rate(now) >= 2.0 * self.before
    }

    /// Returns the rate at which calls may be made, in calls a second.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.held_until).as_secs_f64();
        let back_at = (self.before * (1.0 - CUT) / GROWTH).cbrt();
        GROWTH * (since - back_at).powi(3) + self.before
    }

    /// Lets a call through, or says how long it would have to wait.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        let rate = self.rate(now);
        let gained = rate * now.saturating_duration_since(self.saved_at).as_secs_f64();
        self.saved = (self.saved + gained).min(rate.max(LEAST_SAVED));
        self.saved_at = now;
        if self.saved >= 1.0 {
            self.saved -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.saved) / rate;
        Err(Duration::try_from_secs_f64(wait).unwrap_or(HOLD))
    }
}

fn hold(hint: Option<Duration>) -> Duration {
    hint.unwrap_or_default().clamp(HOLD, LONGEST_HOLD)
}
