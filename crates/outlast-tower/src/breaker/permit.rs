use outlast_types::{Error, Mode, ReplyEnd, ReplyGuard};
use tokio::time::Instant;

use super::Breaker;
use super::state::{Outcome, Ticket};
use super::waiting::WaitingCall;

/// One call that was let through, until its outcome is known: at the end of the reply, for a stream.
///
/// Dropping it before means that the caller went away, which says nothing about the target; a probe's place is free
/// again then.
#[derive(Debug)]
pub(super) struct Permit {
    breaker: Breaker,
    ticket: Ticket,
    /// Set while the call waits for its first content.
    waiting: Option<WaitingCall>,
    over: bool,
}

impl Permit {
    pub(super) fn new(breaker: Breaker, ticket: Ticket) -> Self {
        Self {
            breaker,
            ticket,
            waiting: None,
            over: false,
        }
    }

    pub(super) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Notes that the call is being made. If it is one of many, it is to look for a stall at the instant that is
    /// returned.
    pub(super) fn begin(&mut self, mode: Mode) -> Option<Instant> {
        let (call, look_at) = self.breaker.begin(mode);
        self.waiting = Some(call);
        look_at
    }

    /// Notes the first content.
    pub(super) fn answered(&mut self) {
        if let Some(call) = self.waiting.take() {
            self.breaker.answered(call);
        }
    }

    pub(super) fn failed(mut self, error: &Error) {
        self.settle(self.breaker.judge(error));
    }

    fn settle(&mut self, outcome: Outcome) {
        if !std::mem::replace(&mut self.over, true) {
            self.breaker
                .report(self.ticket, self.waiting.take(), outcome);
        }
    }
}

impl ReplyGuard for Permit {
    fn finish(&mut self, end: ReplyEnd<'_>) {
        let outcome = match end {
            ReplyEnd::Complete { .. } => Outcome::Success,
            ReplyEnd::Failed(error) => self.breaker.judge(error),
            _ => Outcome::Nothing,
        };
        self.settle(outcome);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.settle(Outcome::Nothing);
    }
}
