//! How often a target is wanted.

use std::time::{Duration, Instant};

/// No gap counts for more than this, so that one quiet night does not make a busy target a quiet one.
const LONGEST_GAP: Duration = Duration::from_secs(60);

/// How many gaps the mean looks back.
const WEIGHT: u32 = 16;

/// Keeps the mean time between the calls that want the target, passed over or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Arrivals {
    last: Option<Instant>,
    mean: Option<Duration>,
}

impl Arrivals {
    pub(super) fn note(&mut self, now: Instant) {
        if let Some(last) = self.last {
            let gap = now.saturating_duration_since(last).min(LONGEST_GAP);
            self.mean = Some(match self.mean {
                Some(mean) => mean - mean / WEIGHT + gap / WEIGHT,
                None => gap,
            });
        }
        self.last = Some(now);
    }

    /// Returns the mean; zero before the second call.
    pub(super) fn mean_gap(&self) -> Duration {
        self.mean.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_follows_the_rate_of_calls() {
        let mut now = tokio::time::Instant::now().into_std();
        let mut arrivals = Arrivals::default();
        let mut call = |gap_ms: u64, times: u32| {
            for _ in 0..times {
                now += Duration::from_millis(gap_ms);
                arrivals.note(now);
            }
            arrivals.mean_gap()
        };
        assert_eq!(call(0, 1), Duration::ZERO);
        assert!(call(100, 200).abs_diff(Duration::from_millis(100)) < Duration::from_millis(5));
        assert!(call(5_000, 200).abs_diff(Duration::from_secs(5)) < Duration::from_millis(100));
        assert!(call(3_600_000, 1) < Duration::from_secs(9));
    }
}
