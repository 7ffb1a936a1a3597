//! How long first contents take.

use std::time::Duration;

use crate::first_content::buckets::{BUCKETS, bucket_of, quantile};

/// After how many samples all are counted half, so that the newer ones weigh more.
const HALVE_AT: u16 = 1_000;

/// Counts the times to first contents in [buckets](crate::first_content::buckets).
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
        quantile(self.buckets.iter().map(|count| u32::from(*count)), 99)
    }
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
