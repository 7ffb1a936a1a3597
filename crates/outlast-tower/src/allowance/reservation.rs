use outlast_types::{Error, ErrorKind, Reply, ReplyEnd, ReplyGuard, Sent, Usage};

use super::Allowance;
use super::state::Ticket;

/// What is reserved for a call, until its reply is over. A reservation that nobody settles stands: the provider may have
/// counted it.
#[derive(Debug)]
pub(super) struct Reservation {
    allowance: Allowance,
    ticket: Ticket,
}

impl Reservation {
    pub(super) fn new(allowance: Allowance, ticket: Ticket) -> Self {
        Self { allowance, ticket }
    }

    /// Keeps to the reply what was reserved for it.
    pub(super) fn answered<T: Reply>(self, reply: T) -> T {
        self.allowance.told(&reply.meta().rate_limits);
        reply.hold(self)
    }

    /// Learns what the call failed with.
    pub(super) fn failed(&self, error: &Error) {
        match error.kind() {
            ErrorKind::SlowDown => self.allowance.slow_down(self.ticket, error.retry_after()),
            _ if error.sent() == Sent::No => self.allowance.release(self.ticket),
            _ => {}
        }
    }
}

impl ReplyGuard for Reservation {
    fn finish(&mut self, end: ReplyEnd<'_>) {
        match end {
            ReplyEnd::Complete { usage, .. } if usage != Usage::default() => {
                let tokens = usage.total_input().saturating_add(usage.output);
                self.allowance.settle(self.ticket, tokens);
            }
            ReplyEnd::Failed(error) => self.failed(error),
            _ => {}
        }
    }
}
