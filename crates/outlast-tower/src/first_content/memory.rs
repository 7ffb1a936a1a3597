use std::sync::Arc;
use std::time::Duration;

use super::CallKind;
use super::spread::Spread;

/// How many calls must be known for their times to be gone by.
const ENOUGH: u32 = 20;

const SHORTEST_LIMIT: Duration = Duration::from_secs(10);
const LONGEST_LIMIT: Duration = Duration::from_secs(120);

/// The limit of which nothing is known, for an input of up to [`SHORT_INPUT`].
const COLD_LIMIT: Duration = Duration::from_secs(12);
/// The same for whatever long an input.
const LONGEST_COLD_LIMIT: Duration = Duration::from_secs(30);
/// In tokens.
const SHORT_INPUT: u64 = 8_000;
/// How many tokens more make the cold limit a second longer: 30 s are reached at 80,000.
const TOKENS_PER_SECOND: u64 = 4_000;

/// How long one target takes to its first content; see [the module](super). Clones share it.
#[derive(Clone, Debug, Default)]
pub struct FirstContents(Arc<[Spread; CallKind::COUNT]>);

impl FirstContents {
    /// Notes how long a call took to its first content, or to its whole reply if it was unary.
    pub fn add(&self, kind: CallKind, took: Duration) {
        if let Some(spread) = self.0.get(kind.number()) {
            spread.add(took);
        }
    }

    /// Counts the calls of this kind that are remembered.
    pub fn samples(&self, kind: CallKind) -> u32 {
        self.0.get(kind.number()).map_or(0, Spread::samples)
    }

    /// Returns the time within which `percent` of 100 calls of this kind came; `None` before 20 are known. It is never less
    /// than the true one, and at most 1.42 times that.
    pub fn quantile(&self, kind: CallKind, percent: u32) -> Option<Duration> {
        let spread = self.0.get(kind.number())?;
        if spread.samples() < ENOUGH {
            return None;
        }
        spread.quantile(percent)
    }

    /// Returns how long a stream's first content is waited for.
    pub fn limit(&self, kind: CallKind) -> Duration {
        match self.quantile(kind, 99) {
            Some(p99) => (p99 * 3).clamp(SHORTEST_LIMIT, LONGEST_LIMIT),
            None => cold_limit(kind),
        }
    }
}

fn cold_limit(kind: CallKind) -> Duration {
    if kind.reasons() {
        return LONGEST_LIMIT;
    }
    let beyond = kind.input_tokens().saturating_sub(SHORT_INPUT);
    let more = Duration::from_secs(beyond / TOKENS_PER_SECOND);
    (COLD_LIMIT + more).min(LONGEST_COLD_LIMIT)
}

#[cfg(test)]
mod tests {
    use outlast_types::{ChatRequest, ReasoningConfig, StreamRequest};

    use super::*;

    fn kind(tokens: usize) -> CallKind {
        CallKind::of(&StreamRequest(ChatRequest::user("abcd".repeat(tokens))))
    }

    #[test]
    fn a_target_of_which_nothing_is_known_gets_time_by_the_length_of_the_input() {
        let times = FirstContents::default();
        let secs = |tokens| times.limit(kind(tokens)).as_secs();
        assert_eq!((secs(10), secs(8_000), secs(20_000)), (12, 12, 15));
        assert_eq!((secs(80_000), secs(500_000)), (30, 30));
    }

    #[test]
    fn reasoning_gets_two_minutes() {
        let mut request = ChatRequest::user("Why?");
        request.body_mut().reasoning = Some(ReasoningConfig::default());
        let kind = CallKind::of(&StreamRequest(request));
        assert_eq!(FirstContents::default().limit(kind), LONGEST_LIMIT);
    }

    #[test]
    fn the_limit_is_three_times_the_99th_percentile_within_its_bounds() {
        let check = |took, limits: std::ops::RangeInclusive<u64>| {
            let times = FirstContents::default();
            (0..100).for_each(|_| times.add(kind(1), Duration::from_millis(took)));
            let limit = times.limit(kind(1)).as_secs();
            assert!(limits.contains(&limit), "{took} ms: {limit} s");
        };
        check(200, 10..=10);
        check(8_000, 24..=36);
        check(90_000, 120..=120);
    }

    #[test]
    fn kinds_of_calls_are_remembered_apart() {
        let times = FirstContents::default();
        (0..100).for_each(|_| times.add(kind(1), Duration::from_secs(30)));
        assert_eq!(times.samples(kind(1)), 100);
        assert_eq!(times.samples(kind(5_000)), 0);
        assert_eq!(times.limit(kind(5_000)), COLD_LIMIT);
    }
}
