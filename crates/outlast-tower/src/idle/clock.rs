use std::time::Duration;

use outlast_types::StreamEvent;
use tokio::time::Instant;

use crate::timer::after;

/// What an [`IdleLayer`](super::IdleLayer) is configured with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) idle: Duration,
    pub(super) progress_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30),
            progress_idle: Duration::from_secs(90),
        }
    }
}

/// Adds up the time somebody waited for an event of one stream. It reads no clock by itself, and asks for the time
/// only where it needs it: not for content, and not for what was there without waiting.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdleClock {
    limits: Limits,
    /// Since when an event is awaited, if one is.
    waiting_since: Option<Instant>,
    /// How long it was waited since the last content, up to `waiting_since`.
    without_content: Duration,
    /// How many answers have not finished.
    unfinished: u32,
}

impl IdleClock {
    /// Makes the clock of a stream of `answers` answers.
    pub(super) fn new(limits: Limits, answers: u32) -> Self {
        Self {
            limits,
            waiting_since: None,
            without_content: Duration::ZERO,
            unfinished: answers.max(1),
        }
    }

    /// Notes that an event came.
    pub(super) fn event(&mut self, event: &StreamEvent, now: impl FnOnce() -> Instant) {
        let waiting_since = self.waiting_since.take();
        if event.is_content() {
            self.without_content = Duration::ZERO;
            return;
        }
        if let StreamEvent::Finish(_) = event {
            self.unfinished = self.unfinished.saturating_sub(1);
        }
        if let Some(since) = waiting_since {
            let waited = now().saturating_duration_since(since);
            // Longer, and idle would have struck: the reader was away and the event has been here for nobody knows how
            // long.
            if waited <= self.limits.idle {
                self.without_content += waited;
            }
        }
    }

    /// Notes that an event is awaited, and returns until when: never earlier than the time before.
    pub(super) fn wait(&mut self, now: impl FnOnce() -> Instant) -> Instant {
        let since = *self.waiting_since.get_or_insert_with(now);
        after(since, self.limits.idle.min(self.progress_left()))
    }

    /// Says what stood still when the wait is over; `None` if all answers had finished, so that nothing was missing.
    pub(super) fn elapsed(&self) -> Option<String> {
        let Limits {
            idle,
            progress_idle,
        } = self.limits;
        if self.unfinished == 0 {
            None
        } else if self.progress_left() < idle {
            Some(format!("no content for {progress_idle:?}"))
        } else {
            Some(format!("no event for {idle:?}"))
        }
    }

    fn progress_left(&self) -> Duration {
        self.limits
            .progress_idle
            .saturating_sub(self.without_content)
    }
}
