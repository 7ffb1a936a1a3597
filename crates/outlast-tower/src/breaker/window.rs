//! Exact counts of the last results.

use std::time::{Duration, Instant};

const BUCKETS: usize = 10;

/// Counts the results of the last while in a ring of 10 buckets: exact, and of fixed size.
///
/// A result is forgotten when the bucket it fell in is reused, so the ring looks back between nine and ten tenths of
/// its span. A moving average would need less room, but hides a short burst of faults.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Window {
    ring: [Counts; BUCKETS],
    total: Counts,
    /// When the first bucket began; `None` before the first result.
    origin: Option<Instant>,
    /// The number of the newest bucket, from the origin on.
    newest: u64,
}

/// How many results there were, and how many halves of a fault: a suspect result counts half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) results: u32,
    pub(super) half_faults: u32,
}

impl Counts {
    /// Tells whether at least `share` of at least `least` results were faults.
    pub(super) fn reaches(self, share: f64, least: u32) -> bool {
        self.results >= least.max(1)
            && f64::from(self.half_faults) >= 2.0 * share * f64::from(self.results)
    }

    fn add(&mut self, half_faults: u32) {
        self.results = self.results.saturating_add(1);
        self.half_faults = self.half_faults.saturating_add(half_faults);
    }

    fn subtract(&mut self, other: Self) {
        self.results = self.results.saturating_sub(other.results);
        self.half_faults = self.half_faults.saturating_sub(other.half_faults);
    }
}

impl Window {
    /// Counts a result that is worth `half_faults` (0 is a success) and returns the counts of the last `span`.
    pub(super) fn add(&mut self, half_faults: u32, now: Instant, span: Duration) -> Counts {
        self.forget(now, span);
        if let Some(bucket) = self.ring.get_mut(place(self.newest)) {
            bucket.add(half_faults);
            self.total.add(half_faults);
        }
        self.total
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Reuses the buckets that have become too old.
    fn forget(&mut self, now: Instant, span: Duration) {
        let origin = *self.origin.get_or_insert(now);
        let since = nanos(now.saturating_duration_since(origin));
        let current = since / (nanos(span) / BUCKETS as u64).max(1);
        let passed = current.saturating_sub(self.newest).min(BUCKETS as u64);
        for number in 0..passed {
            let oldest = place(current - number);
            if let Some(bucket) = self.ring.get_mut(oldest) {
                self.total.subtract(std::mem::take(bucket));
            }
        }
        self.newest = self.newest.max(current);
    }
}

/// Returns the nanoseconds of up to 584 years, in a type that is quick to divide.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn place(number: u64) -> usize {
    (number % BUCKETS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(30);

    fn start() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[test]
    fn results_are_counted_for_as_long_as_the_window_is() {
        let (mut window, start) = (Window::default(), start());
        window.add(2, start, SPAN);
        window.add(0, start + Duration::from_secs(3), SPAN);
        let counts = window.add(1, start + Duration::from_secs(29), SPAN);
        assert_eq!((counts.results, counts.half_faults), (3, 3));

        let counts = window.add(0, start + Duration::from_secs(30), SPAN);
        assert_eq!((counts.results, counts.half_faults), (3, 1));
        let counts = window.add(0, start + Duration::from_secs(300), SPAN);
        assert_eq!((counts.results, counts.half_faults), (1, 0));
    }

    #[test]
    fn a_share_counts_only_from_enough_results_on() {
        let counts = |results, half_faults| Counts {
            results,
            half_faults,
        };
        assert!(counts(20, 20).reaches(0.5, 20));
        assert!(!counts(20, 19).reaches(0.5, 20));
        assert!(!counts(19, 38).reaches(0.5, 20));
    }

    proptest::proptest! {
        #[test]
        fn the_counts_are_those_of_a_plain_list(steps in proptest::collection::vec((0_u64..9_000, 0_u32..3), 1..200)) {
            let (mut window, start) = (Window::default(), start());
            window.add(0, start, SPAN);
                let (mut at, mut list) = (0, vec![(0, 0)]);
            for (gap, half_faults) in steps {
                at += gap;
                list.push((at / 3_000, half_faults));
                let counts = window.add(half_faults, start + Duration::from_millis(at), SPAN);
                let recent = list.iter().filter(|(bucket, _)| bucket + 10 > at / 3_000);
                let expected = recent.fold((0, 0), |(n, sum), (_, half_faults)| (n + 1, sum + half_faults));
                proptest::prop_assert_eq!((counts.results, counts.half_faults), expected);
            }
        }
    }
}
