use outlast_types::{
    AttemptOutcome, CallContext, Error, ErrorKind, Ledger, Phase, ReplyEnd, ReplyGuard,
    StreamEvent, TargetId, Usage,
};
use tokio::time::Instant;

use crate::timer::deadline_of;

/// One entry of the ledger, from the call to the end of the reply.
///
/// However the call ends, the entry says so: it is the guard of the reply, and dropping it earlier means that the
/// caller went away.
#[derive(Debug)]
pub(super) struct Entry {
    ledger: Ledger,
    number: usize,
    deadline: Option<Instant>,
    /// Whether anything of a stream has gone on to the caller.
    released: bool,
    over: bool,
}

impl Entry {
    pub(super) fn open(context: &CallContext, target: TargetId) -> Self {
        let resume = context.continuation.is_some();
        Self {
            ledger: context.ledger.clone(),
            number: context
                .ledger
                .begin(target, Instant::now().into_std(), resume),
            deadline: deadline_of(context),
            released: false,
            over: false,
        }
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Notes that the reply is there; what becomes of it is still to come.
    pub(super) fn served(&self) {
        self.note(AttemptOutcome::Served);
    }

    /// Notes that there is no reply.
    pub(super) fn failed(mut self, error: &Error) {
        self.over = true;
        self.note(if was_refused_here(error) {
            AttemptOutcome::Skipped(error.kind())
        } else {
            AttemptOutcome::Failed(error.kind())
        });
    }

    fn broke(&self, kind: ErrorKind) {
        self.note(if self.released {
            AttemptOutcome::Broken(kind)
        } else {
            AttemptOutcome::Failed(kind)
        });
    }

    /// Notes that whoever waited went away. At the deadline that is the stack's own doing.
    fn abandoned(&self) {
        if self.deadline.is_some_and(|at| Instant::now() >= at) {
            self.broke(ErrorKind::DeadlineExceeded);
        } else {
            self.note(AttemptOutcome::Abandoned);
        }
    }

    fn used(&self, usage: Usage) {
        if usage != Usage::default() {
            self.ledger
                .update(self.number, |attempt| attempt.usage = Some(usage));
        }
    }

    fn note(&self, outcome: AttemptOutcome) {
        self.ledger
            .end(self.number, Instant::now().into_std(), outcome);
    }
}

impl ReplyGuard for Entry {
    fn event(&mut self, _event: &StreamEvent) {
        self.released = true;
    }

    fn finish(&mut self, end: ReplyEnd<'_>) {
        self.over = true;
        match end {
            ReplyEnd::Complete { usage, .. } => self.used(usage),
            ReplyEnd::Failed(error) => self.broke(error.kind()),
            ReplyEnd::Abandoned { usage } => {
                self.abandoned();
                self.used(usage);
            }
            _ => {}
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.over {
            self.abandoned();
        }
    }
}

/// Tells whether a layer or a codec gave up before the provider could be called.
fn was_refused_here(error: &Error) -> bool {
    error.phase() == Phase::Encode
        && matches!(
            error.kind(),
            ErrorKind::DeadlineExceeded | ErrorKind::Unsupported
        )
}
