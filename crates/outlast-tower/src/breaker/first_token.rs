//! How long first contents take.

use std::time::Duration;

pub(crate) const BUCKETS: usize = 24;

/// The upper bound of the first bucket.
const SHORTEST: Duration = Duration::from_micros(62_500);

/// After how many samples all are counted half, so that the newer ones weigh more.
const HALVE_AT: u16 = 1_000;

/// Sorts the times to first contents into 24 buckets, each half as wide again as the one before: 62.5 ms to 3 min.
///
/// A quantile comes out as its bucket's upper bound, which is at most 1.42 times the true one and never less.
#[derive(Debug, Default)]
pub(super) struct FirstTokens {
    buckets: [u16; BUCKETS],
    samples: u16,
}

impl FirstTokens {
    pub(super) fn add(&mut self, took: Duration) {
        if self.samples >= HALVE_AT {
            self.buckets.iter_mut().for_each(|count| *count /= 2);
            self.samples = self.buckets.iter().sum();
        }
        if let Some(count) = self.buckets.get_mut(bucket_of(took)) {
            *count += 1;
            self.samples += 1;
        }
    }

    pub(super) fn samples(&self) -> u16 {
        self.samples
    }

    /// Returns the time within which 99 of 100 came; `None` before the first.
    pub(super) fn p99(&self) -> Option<Duration> {
        let rank = (u32::from(self.samples) * 99).div_ceil(100);
        let mut below = 0;
        self.buckets
            .iter()
            .position(|count| {
                below += u32::from(*count);
                below >= rank.max(1)
            })
            .map(upper_bound)
    }
}

pub(crate) fn bucket_of(took: Duration) -> usize {
    let times = took.as_secs_f64() / SHORTEST.as_secs_f64();
    // A logarithm below zero becomes bucket 0.
    ((times.log2() * 2.0).ceil() as usize).min(BUCKETS - 1)
}

pub(crate) fn upper_bound(bucket: usize) -> Duration {
    SHORTEST.mul_f64((bucket as f64 / 2.0).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_before_the_first_sample() {
        assert_eq!(FirstTokens::default().p99(), None);
    }

    #[test]
    fn the_quantile_is_never_below_the_true_one_and_at_most_half_above() {
        for true_ms in [1_u64, 62, 63, 500, 2_400, 60_000] {
            let mut times = FirstTokens::default();
            (0..100).for_each(|_| times.add(Duration::from_millis(true_ms)));
            let p99 = times.p99().unwrap().as_millis() as u64;
            assert!(
                p99 >= true_ms && p99 <= (true_ms * 3 / 2).max(62),
                "{true_ms}: {p99}"
            );
        }
    }

    #[test]
    fn one_slow_call_in_a_hundred_is_left_out_and_two_are_not() {
        let mut times = FirstTokens::default();
        (0..99).for_each(|_| times.add(Duration::from_millis(400)));
        times.add(Duration::from_secs(50));
        assert!(times.p99().unwrap() < Duration::from_secs(1));
        times.add(Duration::from_secs(50));
        assert!(times.p99().unwrap() > Duration::from_secs(50));
    }

    #[test]
    fn a_target_that_has_become_faster_is_believed_in_time() {
        let mut times = FirstTokens::default();
        (0..1_000).for_each(|_| times.add(Duration::from_secs(20)));
        (0..20_000).for_each(|_| times.add(Duration::from_millis(300)));
        assert!(times.p99().unwrap() < Duration::from_secs(1));
    }
}
