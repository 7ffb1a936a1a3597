use outlast_types::{Error, Mode, ReplyEnd, ReplyGuard};

use super::Breaker;
use super::handle::Watched;
use super::state::{Asked, Outcome, Refusal, Ticket};

/// One call that was let through, until its outcome is known: at the end of the reply, for a stream.
///
/// Dropping it before means that the caller went away, which says nothing about the target; a probe's place is free
/// again then.
#[derive(Debug)]
pub(super) struct Permit {
    breaker: Breaker,
    ticket: Ticket,
    mode: Mode,
    /// Set while the call waits for its first content.
    watched: Option<Watched>,
    over: bool,
}

impl Permit {
    /// Asks for a permit to make a call at once.
    pub(super) fn ask(breaker: &Breaker, asked: Asked, mode: Mode) -> Result<Self, Refusal> {
        let (ticket, watched) = breaker.admit(asked, mode)?;
        Ok(Self {
            breaker: breaker.clone(),
            ticket,
            mode,
            watched: Some(watched),
            over: false,
        })
    }

    pub(super) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Notes that the call cannot be made yet.
    pub(super) fn queued(&mut self) {
        if let Some(watched) = self.watched.take() {
            self.breaker.unwatch(watched.call);
        }
    }

    /// Notes that the call is being made, and returns how it is watched.
    pub(super) fn called(&mut self) -> Watched {
        *self
            .watched
            .get_or_insert_with(|| self.breaker.watch(self.mode))
    }

    pub(super) fn is_probe(&self) -> bool {
        self.ticket.is_probe()
    }

    /// Notes the first content. A unary reply is over with it, and is noted once for both.
    pub(super) fn answered(&mut self) {
        if let (Mode::Stream, Some(watched)) = (self.mode, self.watched) {
            self.breaker.answered(watched.call);
            self.watched = None;
        }
    }

    pub(super) fn failed(mut self, error: &Error) {
        self.settle(self.breaker.judge(error), Some(error));
    }

    fn settle(&mut self, outcome: Outcome, error: Option<&Error>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        // Before the change of state that may follow from it.
        if let Some(error) = error
            && outcome != Outcome::Nothing
        {
            self.breaker.tell(error);
        }
        let waiting = self.watched.take().map(|watched| watched.call);
        let kind = error.map(Error::kind);
        self.breaker.report(self.ticket, waiting, outcome, kind);
    }
}

impl ReplyGuard for Permit {
    fn finish(&mut self, end: ReplyEnd<'_>) {
        match end {
            ReplyEnd::Complete { .. } => self.settle(Outcome::Success, None),
            ReplyEnd::Failed(error) => self.settle(self.breaker.judge(error), Some(error)),
            _ => self.settle(Outcome::Nothing, None),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.settle(Outcome::Nothing, None);
    }
}
