//! Durations sorted into 24 buckets, each half as wide again as the one before: 62.5 ms to 3 min.
//!
//! A quantile comes out as its bucket's upper bound, which is at most 1.42 times the true one and never less.

use std::time::Duration;

pub(crate) const BUCKETS: usize = 24;

/// The upper bound of the first bucket.
const SHORTEST: Duration = Duration::from_micros(62_500);

pub(crate) fn bucket_of(took: Duration) -> usize {
    let times = took.as_secs_f64() / SHORTEST.as_secs_f64();
    // A logarithm below zero becomes bucket 0.
    ((times.log2() * 2.0).ceil() as usize).min(BUCKETS - 1)
}

fn upper_bound(bucket: usize) -> Duration {
    SHORTEST.mul_f64((bucket as f64 / 2.0).exp2())
}

/// Returns the time within which `percent` of 100 came, of the counts of all buckets; `None` before the first.
pub(crate) fn quantile(
    counts: impl Iterator<Item = u32> + Clone,
    percent: u32,
) -> Option<Duration> {
    let rank = (counts.clone().sum::<u32>() * percent).div_ceil(100).max(1);
    let mut below = 0;
    let mut counts = counts;
    counts
        .position(|count| {
            below += count;
            below >= rank
        })
        .map(upper_bound)
}
