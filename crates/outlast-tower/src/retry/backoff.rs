use std::time::Duration;

use outlast_types::ErrorKind;

/// How long to wait before the same target is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// The longest first wait. By default 250 ms.
    pub base: Duration,
    /// The longest first wait for a target that says it is overloaded. By default 1 s.
    pub overloaded_base: Duration,
    /// The longest wait of all. By default 8 s.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(250),
            overloaded_base: Duration::from_secs(1),
            cap: Duration::from_secs(8),
        }
    }
}

impl Backoff {
    /// Plans the wait before retry number `retries`, from 0, after a failure of `kind`: anything up to
    /// `min(cap, base * 2^retries)`.
    pub(super) fn blind(&self, kind: ErrorKind, retries: u32) -> Wait {
        let base = match kind {
            ErrorKind::Overloaded => self.overloaded_base,
            _ => self.base,
        };
        Wait {
            least: Duration::ZERO,
            spread: base
                .saturating_mul(2_u32.saturating_pow(retries))
                .min(self.cap),
        }
    }
}

/// A wait whose length is partly left to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    least: Duration,
    spread: Duration,
}

impl Wait {
    /// Plans the wait for a target that says when to come back: not sooner, and up to a tenth later.
    pub(super) fn hinted(hint: Duration) -> Self {
        Self {
            least: hint,
            spread: (hint / 10).min(Duration::from_secs(1)),
        }
    }

    /// Returns the wait for `fraction`, from 0 to 1, of the spread.
    pub(super) fn at(&self, fraction: f64) -> Duration {
        let part = self.spread.as_secs_f64() * fraction;
        let part = Duration::try_from_secs_f64(part).unwrap_or(self.spread);
        self.least.saturating_add(part.min(self.spread))
    }
}

/// How long a call is willing to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) longest: Duration,
    /// Whether there is no other target to go to.
    pub(super) alone: bool,
    /// The time until the call's deadline, if it has one.
    pub(super) remaining: Option<Duration>,
}

impl Patience {
    /// Tells whether `wait` is worth it, whatever chance makes of it.
    pub(super) fn allows(&self, wait: Wait) -> bool {
        // What the provider asks for is the length of a hinted wait; a blind one is nothing but its spread.
        let length = wait.least.max(wait.spread);
        length <= self.longest
            && self.remaining.is_none_or(|remaining| {
                wait.least.saturating_add(wait.spread) < remaining
                    && (self.alone || length < remaining / 4)
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_blind_wait_doubles_up_to_the_cap() {
        let check = |kind, retries, longest| {
            let wait = Backoff::default().blind(kind, retries);
            assert_eq!((wait.at(0.0), wait.at(1.0)), (Duration::ZERO, longest));
        };
        check(ErrorKind::Server, 0, ms(250));
        check(ErrorKind::Server, 1, ms(500));
        check(ErrorKind::Server, 5, ms(8_000));
        check(ErrorKind::Server, u32::MAX, ms(8_000));
        check(ErrorKind::Overloaded, 0, ms(1_000));
        check(ErrorKind::Overloaded, 9, ms(8_000));
    }

    #[test]
    fn patience_is_measured_against_a_quarter_of_the_time_left_unless_alone() {
        let check = |wait, alone, remaining: u64, allowed| {
            let patience = Patience {
                longest: ms(3_000),
                alone,
                remaining: Some(ms(remaining)),
            };
            assert_eq!(patience.allows(wait), allowed, "{wait:?} {patience:?}");
        };
        let second = Wait::hinted(ms(1_000));
        check(second, false, 4_000, false);
        check(second, false, 4_001, true);
        check(second, true, 1_100, false);
        check(second, true, 1_101, true);
        check(Wait::hinted(ms(3_001)), true, 60_000, false);
    }

    proptest! {
        #[test]
        fn a_hinted_wait_is_never_less_than_the_hint_and_little_more(hint in 0_u64..10_000_000, fraction in 0.0..1.0) {
            let wait = Wait::hinted(ms(hint)).at(fraction);
            prop_assert!(wait >= ms(hint));
            prop_assert!(wait <= ms(hint) + (ms(hint) / 10).min(ms(1_000)));
        }

        #[test]
        fn an_allowed_wait_never_ends_after_the_deadline(
            least in 0_u64..20_000, spread in 0_u64..20_000, remaining in 0_u64..40_000, alone: bool, fraction in 0.0..1.0,
        ) {
            let wait = Wait { least: ms(least), spread: ms(spread) };
            let patience = Patience { longest: ms(10_000), alone, remaining: Some(ms(remaining)) };
            prop_assert!(!patience.allows(wait) || wait.at(fraction) < ms(remaining));
        }
    }
}
