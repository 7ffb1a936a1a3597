use std::time::Duration;

use outlast_types::{Error, ErrorKind, Mode, Phase, Sent};
use tokio::time::Instant;

use crate::timer::after;

/// What a [`CommitLayer`](super::CommitLayer) is configured with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) first_token: Duration,
    pub(super) whole_reply: Duration,
    pub(super) least_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_token: Duration::from_secs(20),
            whole_reply: Duration::from_secs(120),
            least_time: Duration::from_millis(100),
        }
    }
}

/// The time one attempt has.
#[derive(Clone, Copy, Debug)]
pub(super) struct AttemptTime {
    mode: Mode,
    limit: Duration,
    deadline: Option<Instant>,
}

impl Limits {
    /// Decides the time of an attempt, or that there is too little left to begin one.
    pub(super) fn attempt(
        &self,
        mode: Mode,
        deadline: Option<Instant>,
    ) -> Result<AttemptTime, Error> {
        if deadline.is_some_and(|at| at < after(Instant::now(), self.least_time)) {
            return Err(Error::new(ErrorKind::DeadlineExceeded)
                .with_message("too little time was left to call the target"));
        }
        let limit = match mode {
            Mode::Stream => self.first_token,
            Mode::Unary => self.whole_reply,
        };
        Ok(AttemptTime {
            mode,
            limit,
            deadline,
        })
    }
}

impl AttemptTime {
    /// Returns when an attempt that starts at `start` is over.
    pub(super) fn due(&self, start: Instant) -> Instant {
        let own = after(start, self.limit);
        self.deadline.map_or(own, |deadline| own.min(deadline))
    }

    /// Says what it means that the attempt was over at `due`.
    pub(super) fn elapsed(&self, due: Instant, phase: Phase) -> Error {
        let limit = self.limit;
        let error = match self.mode {
            _ if self.deadline == Some(due) => Error::new(ErrorKind::DeadlineExceeded)
                .with_message("the call's time was over before the target answered"),
            Mode::Stream => Error::new(ErrorKind::FirstTokenTimeout)
                .with_message(format!("no content within {limit:?}")),
            Mode::Unary => Error::new(ErrorKind::FirstTokenTimeout)
                .with_message(format!("no whole reply within {limit:?}")),
        };
        let sent = match phase {
            Phase::BeforeCommit => Sent::Yes,
            _ => Sent::Maybe,
        };
        error.with_phase(phase).with_sent(sent)
    }
}
