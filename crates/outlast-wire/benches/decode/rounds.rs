//! Two ways of doing the same, timed in turns.
//!
//! A machine that does something else on the side is slower for seconds at a time. So both ways run within
//! milliseconds of each other, many times over, and what counts is the median of the ratios of those rounds.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured is the machine's own time"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one way runs in a round, at least: less than the system leaves a process alone.
const SLICE: Duration = Duration::from_millis(1);

/// How long a case takes.
const CASE: Duration = Duration::from_secs(3);

/// The fewest rounds of a case.
const ROUNDS: usize = 41;

/// What is read, and both ways of reading it.
pub(crate) struct Case {
    /// How long the input is.
    pub(crate) bytes: usize,
    /// How many pieces of the answer are in it.
    pub(crate) events: usize,
    pub(crate) plain: Way,
    pub(crate) codec: Way,
}

/// Reads the input once, and returns a number that it has from all of it.
pub(crate) type Way = Box<dyn Fn() -> usize>;

impl Case {
    /// Times both ways in turns and prints a row of the table.
    pub(crate) fn compare(&self, name: &str) {
        let (plain_times, codec_times) = (times(&self.plain), times(&self.codec));
        let mut plain = Vec::new();
        let mut codec = Vec::new();
        let mut ratios = Vec::new();
        let start = Instant::now();
        while ratios.len() < ROUNDS || start.elapsed() < CASE {
            // The one that goes first finds the caches of the other.
            let (p, c) = if ratios.len() % 2 == 0 {
                let p = seconds(&self.plain, plain_times);
                (p, seconds(&self.codec, codec_times))
            } else {
                let c = seconds(&self.codec, codec_times);
                (seconds(&self.plain, plain_times), c)
            };
            plain.push(p);
            codec.push(c);
            ratios.push(p / c);
        }
        let best = best(&plain) / best(&codec);
        let (plain, codec) = (quartiles(plain)[1], quartiles(codec)[1]);
        let [low, ratio, high] = quartiles(ratios);
        let rate = |seconds: f64| self.bytes as f64 / seconds / 1e6;
        println!(
            "{:22} {:>7.0} {:>7.0} {:>8.0} {:>8.0} {ratio:>6.2}  {low:.2}-{high:.2} {best:>6.2}",
            name,
            rate(plain),
            rate(codec),
            plain / self.events as f64 * 1e9,
            codec / self.events as f64 * 1e9,
        );
    }
}

/// Goes one way, for a profiler to look at.
pub(crate) fn repeat(way: &Way, times: usize) {
    for _ in 0..times {
        black_box(way());
    }
}

/// Prints the head of the table.
pub(crate) fn print_head() {
    println!(
        "{:22} {:>15} {:>17} {:>6}  {:9} {:>6}",
        "", "MB/s", "ns an event", "", "middle", "of the"
    );
    println!(
        "{:22} {:>7} {:>7} {:>8} {:>8} {:>6}  {:9} {:>6}",
        "", "plain", "codec", "plain", "codec", "ratio", "half", "best"
    );
}

/// Finds out how often a way runs in a slice.
fn times(way: &Way) -> u32 {
    let start = Instant::now();
    let mut times = 0;
    while start.elapsed() < SLICE {
        black_box(way());
        times += 1;
    }
    times
}

/// Returns how long a way takes.
fn seconds(way: &Way, times: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        black_box(way());
    }
    start.elapsed().as_secs_f64() / f64::from(times)
}

fn best(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Returns the values at a quarter, a half and three quarters of the way from the least to the greatest.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
