//! The calls that still wait for their first content: how a target that hangs is noticed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use outlast_types::Mode;

use super::BreakerConfig;
use super::first_token::FirstTokens;
use super::state::later;

/// How many unary replies must have come before their waiting says anything: a whole answer takes as long as it takes,
/// and only the target's own past tells how long that is.
const UNARY_SAMPLES: u16 = 20;

/// The most calls that are watched at once; the oldest are enough to notice.
const MAX_WATCHED: usize = 64;

/// The calls that have begun since the last first content and still wait for theirs.
///
/// Whenever a first content comes, the target shows that it is alive, and all that have waited until then are
/// forgotten: "nobody has heard anything since the oldest began" is true of the list as it stands.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    calls: VecDeque<WaitingCall>,
    next: u64,
    streams: FirstTokens,
    unary: FirstTokens,
}

/// A call that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitingCall {
    id: u64,
    since: Instant,
    mode: Mode,
}

impl Waiting {
    /// Watches a call. If it is one of many, it is to look for a stall at the instant that is returned.
    pub(super) fn begin(
        &mut self,
        config: &BreakerConfig,
        now: Instant,
        mode: Mode,
    ) -> (WaitingCall, Option<Instant>) {
        let call = WaitingCall {
            id: self.next,
            since: now,
            mode,
        };
        self.next += 1;
        if self.calls.len() < MAX_WATCHED.max(config.stall_calls) {
            self.calls.push_back(call);
        }
        // Of any five calls that wait, the last one to begin sees at least five here: somebody always looks.
        let is_crowded = config.stall_calls > 0 && self.calls.len() >= config.stall_calls;
        let look_at = is_crowded.then(|| self.stalled_at(config)).flatten();
        (call, look_at)
    }

    /// Notes the first content of a call.
    pub(super) fn answered(&mut self, call: WaitingCall, now: Instant) {
        let took = now.saturating_duration_since(call.since);
        self.first_tokens_mut(call.mode).add(took);
        self.calls.clear();
    }

    /// Forgets a call that ended without content.
    pub(super) fn ended(&mut self, call: WaitingCall) {
        self.calls.retain(|other| other.id != call.id);
    }

    /// Forgets all calls.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
    }

    /// Returns when enough of the calls will have waited too long, if none of them hears anything until then.
    pub(super) fn stalled_at(&self, config: &BreakerConfig) -> Option<Instant> {
        let mut due: Vec<Instant> = self
            .calls
            .iter()
            .filter_map(|call| Some(later(call.since, self.too_long(config, call.mode)?)))
            .collect();
        due.sort_unstable();
        due.get(config.stall_calls.checked_sub(1)?).copied()
    }

    /// Returns how long is too long for a call to wait; `None` if that is not known.
    pub(super) fn too_long(&self, config: &BreakerConfig, mode: Mode) -> Option<Duration> {
        let times = match mode {
            Mode::Stream => &self.streams,
            Mode::Unary if self.unary.samples() >= UNARY_SAMPLES => &self.unary,
            Mode::Unary => return None,
        };
        Some(times.p99().unwrap_or_default().max(config.stall_after))
    }

    fn first_tokens_mut(&mut self, mode: Mode) -> &mut FirstTokens {
        match mode {
            Mode::Stream => &mut self.streams,
            Mode::Unary => &mut self.unary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn start() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn begin(waiting: &mut Waiting, calls: usize, start: Instant, mode: Mode) {
        for _ in 0..calls {
            waiting.begin(&BreakerConfig::default(), start, mode);
        }
    }

    #[test]
    fn five_streams_that_hear_nothing_are_a_stall_when_the_fifth_has_waited_long_enough() {
        let (mut waiting, config, start) = (Waiting::default(), BreakerConfig::default(), start());
        for n in 0..4 {
            let (_, look_at) = waiting.begin(&config, start + n * SECOND, Mode::Stream);
            assert_eq!(look_at, None);
        }
        let (_, look_at) = waiting.begin(&config, start + 4 * SECOND, Mode::Stream);
        assert_eq!(look_at, Some(start + 7 * SECOND));
        assert_eq!(waiting.stalled_at(&config), look_at);
    }

    #[test]
    fn one_first_content_clears_all_that_had_waited_until_then() {
        let (mut waiting, config, start) = (Waiting::default(), BreakerConfig::default(), start());
        let (first, _) = waiting.begin(&config, start, Mode::Stream);
        begin(&mut waiting, 5, start, Mode::Stream);
        waiting.answered(first, start + SECOND);
        assert_eq!(waiting.stalled_at(&config), None);
    }

    #[test]
    fn a_call_that_ends_in_an_error_is_no_sign_of_life() {
        let (mut waiting, config, start) = (Waiting::default(), BreakerConfig::default(), start());
        let (first, _) = waiting.begin(&config, start, Mode::Stream);
        begin(&mut waiting, 5, start, Mode::Stream);
        waiting.ended(first);
        assert_eq!(waiting.stalled_at(&config), Some(start + 3 * SECOND));
    }

    #[test]
    fn a_target_that_is_known_to_be_slow_is_given_its_own_time() {
        let (mut waiting, config, start) = (Waiting::default(), BreakerConfig::default(), start());
        let (slow, _) = waiting.begin(&config, start, Mode::Stream);
        waiting.answered(slow, start + 20 * SECOND);
        begin(&mut waiting, 5, start, Mode::Stream);
        assert!(waiting.stalled_at(&config) >= Some(start + 20 * SECOND));
    }

    #[test]
    fn unary_calls_stall_only_where_the_length_of_a_reply_is_known() {
        let (mut waiting, config, start) = (Waiting::default(), BreakerConfig::default(), start());
        begin(&mut waiting, 9, start, Mode::Unary);
        assert_eq!(waiting.stalled_at(&config), None);

        for _ in 0..UNARY_SAMPLES {
            let (call, _) = waiting.begin(&config, start, Mode::Unary);
            waiting.answered(call, start + 10 * SECOND);
        }
        begin(&mut waiting, 9, start, Mode::Unary);
        assert!(waiting.stalled_at(&config) >= Some(start + 10 * SECOND));
    }

    #[test]
    fn the_list_stays_small_however_many_calls_wait() {
        let (mut waiting, start) = (Waiting::default(), start());
        begin(&mut waiting, 10_000, start, Mode::Stream);
        assert_eq!(waiting.calls.len(), MAX_WATCHED);
    }
}
