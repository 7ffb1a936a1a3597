use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::buckets::{BUCKETS, bucket_of, quantile};

/// After how many samples all are counted half, so that the newer ones weigh more.
const HALVE_AT: u32 = 1_000;

/// How durations are spread, in [buckets](super::buckets).
///
/// It has no lock: each count is an atomic of its own. A reader may see a sample in the buckets that is not yet in the sum
/// or the other way round, and two threads that halve at once may lose a sample; neither moves a quantile by more than that
/// sample.
#[derive(Debug, Default)]
pub(super) struct Spread {
    buckets: [AtomicU32; BUCKETS],
    samples: AtomicU32,
}

impl Spread {
    pub(super) fn add(&self, took: Duration) {
        if let Some(count) = self.buckets.get(bucket_of(took)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let before = self.samples.fetch_add(1, Ordering::Relaxed);
        if before + 1 >= HALVE_AT {
            self.halve(before + 1);
        }
    }

    /// Counts all samples half, unless another thread is faster.
    fn halve(&self, samples: u32) {
        let half = samples / 2;
        let is_first = self
            .samples
            .compare_exchange(samples, half, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        if is_first {
            for count in &self.buckets {
                let taken = count.load(Ordering::Relaxed).div_ceil(2);
                // What others have added meanwhile stays.
                count.fetch_sub(taken, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn samples(&self) -> u32 {
        self.samples.load(Ordering::Relaxed)
    }

    /// Returns the time within which `percent` of 100 came; `None` before the first.
    pub(super) fn quantile(&self, percent: u32) -> Option<Duration> {
        let counts = self.buckets.iter();
        quantile(counts.map(|count| count.load(Ordering::Relaxed)), percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_before_the_first_sample() {
        assert_eq!(Spread::default().quantile(99), None);
    }

    #[test]
    fn a_quantile_is_never_below_the_true_one_and_at_most_half_above() {
        let times = Spread::default();
        (1..=100).for_each(|tenth| times.add(Duration::from_millis(100 * tenth)));
        for (percent, true_ms) in [(50, 5_000), (95, 9_500), (99, 9_900)] {
            let quantile = times.quantile(percent).unwrap().as_millis();
            assert!(
                (true_ms..=true_ms * 3 / 2).contains(&quantile),
                "{percent}: {quantile}"
            );
        }
    }

    #[test]
    fn threads_that_count_together_lose_nothing_before_the_first_halving() {
        let times = Spread::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..200).for_each(|_| times.add(Duration::from_secs(1))));
            }
        });
        assert_eq!(times.samples(), 800);
    }

    #[test]
    fn a_target_that_has_become_faster_is_believed_in_time() {
        let times = Spread::default();
        (0..1_000).for_each(|_| times.add(Duration::from_secs(20)));
        (0..20_000).for_each(|_| times.add(Duration::from_millis(300)));
        assert!(times.quantile(99).unwrap() < Duration::from_secs(1));
        assert!(times.samples() < HALVE_AT);
    }
}
