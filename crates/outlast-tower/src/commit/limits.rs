use std::time::Duration;

use outlast_types::{CallContext, Error, ErrorKind, Mode, Phase, Sent};
use tokio::time::Instant;

use crate::first_content::{CallKind, FirstContents};
use crate::timer::{after, deadline_of};

/// What must be left for an attempt after the first, however fast the target is.
const LEAST_FOR_ANOTHER: Duration = Duration::from_secs(1);

/// What a target of which nothing is known keeps of the time until the deadline, whatever is reserved for others.
const KEPT_BY_STREAM: Duration = Duration::from_secs(12);
const KEPT_BY_UNARY: Duration = Duration::from_secs(60);

/// What a [`CommitLayer`](super::CommitLayer) is configured with.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// `None` goes by the memory.
    pub(super) first_token: Option<Duration>,
    pub(super) whole_reply: Duration,
    pub(super) least_time: Duration,
    pub(super) memory: Option<FirstContents>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_token: Some(Duration::from_secs(20)),
            whole_reply: Duration::from_secs(120),
            least_time: Duration::from_millis(100),
            memory: None,
        }
    }
}

/// The time one attempt has.
#[derive(Clone, Copy, Debug)]
pub(super) struct AttemptTime {
    mode: Mode,
    limit: Duration,
    deadline: Option<Instant>,
    share: Share,
}

/// How the time until the deadline is shared with targets that are asked if this one is silent.
#[derive(Clone, Copy, Debug)]
struct Share {
    /// What is left for them.
    reserve: Duration,
    /// What this one has in any case.
    kept: Duration,
}

/// When an attempt is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) at: Instant,
    start: Instant,
    cut: Cut,
}

/// What ends an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Limit,
    Share,
    Deadline,
}

impl Limits {
    /// Decides the time of an attempt, or that there is too little left to begin one.
    pub(super) fn attempt(
        &self,
        mode: Mode,
        kind: Option<CallKind>,
        context: &CallContext,
    ) -> Result<AttemptTime, Error> {
        let deadline = deadline_of(context);
        let known = self.memory.as_ref().zip(kind);
        if deadline.is_some_and(|at| at < after(Instant::now(), self.least_time(known, context))) {
            return Err(Error::new(ErrorKind::DeadlineExceeded)
                .with_message("too little time was left to call the target"));
        }
        let limit = match (mode, self.first_token, known) {
            (Mode::Unary, _, _) => self.whole_reply,
            (Mode::Stream, Some(limit), _) => limit,
            (Mode::Stream, None, Some((memory, kind))) => memory.limit(kind),
            (Mode::Stream, None, None) => KEPT_BY_STREAM,
        };
        Ok(AttemptTime {
            mode,
            limit,
            deadline,
            share: Share::of(mode, known, context),
        })
    }

    /// Returns what must be left until the deadline. The first attempt is begun with next to nothing left, for there is
    /// nothing to be lost; another one only if it is likely to succeed.
    fn least_time(
        &self,
        known: Option<(&FirstContents, CallKind)>,
        context: &CallContext,
    ) -> Duration {
        match known {
            Some((memory, kind)) if context.ledger.calls() > 1 => {
                let usual = memory.quantile(kind, 50).unwrap_or_default();
                usual.max(LEAST_FOR_ANOTHER)
            }
            _ => self.least_time,
        }
    }
}

impl Share {
    fn of(mode: Mode, known: Option<(&FirstContents, CallKind)>, context: &CallContext) -> Self {
        let kept = match known {
            _ if context.reserve.is_zero() => Duration::ZERO,
            Some((memory, kind)) => memory.quantile(kind, 99).unwrap_or(match mode {
                Mode::Stream => KEPT_BY_STREAM,
                Mode::Unary => KEPT_BY_UNARY,
            }),
            None => Duration::MAX,
        };
        Self {
            reserve: context.reserve,
            kept,
        }
    }
}

impl AttemptTime {
    /// Decides when an attempt that starts at `start` is over.
    pub(super) fn due(&self, start: Instant) -> Due {
        let limit = (after(start, self.limit), Cut::Limit);
        let (at, cut) = match self.deadline {
            None => limit,
            Some(deadline) => {
                let share = deadline.checked_sub(self.share.reserve).unwrap_or(start);
                let share = share.max(after(start, self.share.kept));
                let cuts = [(deadline, Cut::Deadline), (share, Cut::Share)];
                cuts.into_iter().fold(
                    limit,
                    |first, cut| if cut.0 < first.0 { cut } else { first },
                )
            }
        };
        let is_deadline = self.deadline == Some(at);
        Due {
            at,
            start,
            cut: if is_deadline { Cut::Deadline } else { cut },
        }
    }

    /// Says what it means that the attempt was over at `due`.
    pub(super) fn elapsed(&self, due: Due, phase: Phase) -> Error {
        let within = due.at.saturating_duration_since(due.start);
        let what = match self.mode {
            Mode::Stream => "no content",
            Mode::Unary => "no whole reply",
        };
        let error = match due.cut {
            Cut::Deadline => Error::new(ErrorKind::DeadlineExceeded)
                .with_message("the call's time was over before the target answered"),
            Cut::Share => Error::new(ErrorKind::FirstTokenTimeout).with_message(format!(
                "{what} within {within:?}; the rest of the call's time is for other targets"
            )),
            Cut::Limit => Error::new(ErrorKind::FirstTokenTimeout)
                .with_message(format!("{what} within {within:?}")),
        };
        let sent = match phase {
            Phase::BeforeCommit => Sent::Yes,
            _ => Sent::Maybe,
        };
        error.with_phase(phase).with_sent(sent)
    }
}

impl Due {
    /// Tells how long an attempt took that was over at `at`; one that was given up for another reason than its own limit
    /// says nothing.
    pub(super) fn took(&self, at: Instant, was_given_up: bool) -> Option<Duration> {
        let says_nothing = was_given_up && self.cut != Cut::Limit;
        (!says_nothing).then(|| at.saturating_duration_since(self.start))
    }
}
