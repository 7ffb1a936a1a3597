//! What is kept of a run.

use std::time::Duration;

use outlast::Money;
use outlast_sim::CallEnd;

use crate::hash::sha256;

/// All that happened to one contestant.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The contestant's name.
    pub policy: String,
    /// What each user saw, in the order in which the requests were due.
    pub seen: Vec<Seen>,
    /// What reached the providers, in the order in which each ended.
    pub calls: Vec<ProviderCall>,
    /// How the breakers changed, if there are some.
    pub changes: Vec<StateChange>,
    /// What must be nothing, and what is bounded.
    pub audit: Audit,
}

/// What a run leaves behind and what it cost, whoever met it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Users whose task panicked.
    pub panics: usize,
    /// Tasks that were still there when all users were gone, and the client with them.
    pub tasks: usize,
    /// Calls to the providers that were still under way then.
    pub under_way: usize,
    /// What the client itself counted; `None` for rules of others.
    pub client: Option<ClientAudit>,
}

/// What a client of `outlast` counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientAudit {
    /// Calls whose end was told.
    pub ended: usize,
    /// The most calls to providers for one request.
    pub most_calls: usize,
    /// The most retries at one target.
    pub most_retries: usize,
    /// Places that calls still held at the targets when all users were gone.
    pub in_flight: usize,
}

/// What one user saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// When the request was due.
    pub due: Duration,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// How long the user waited: for the first words of a stream or a whole unary answer, or until giving up. `None` if
    /// there was an error before any words.
    pub waited: Option<Duration>,
    /// How it ended.
    pub answer: Answer,
    /// How many calls reached the primary for this request.
    pub primary_calls: u32,
    /// Words of the right answer that were missing from one that came to its end.
    pub lost: u32,
    /// Words in it that are not in the right answer.
    pub doubled: u32,
}

/// How a request ended for its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The answer came to its end; the number is the provider that ended it, from 0.
    Whole(usize),
    /// There was an error, before or amid the answer.
    Error(&'static str),
    /// The user gave up.
    GaveUp,
}

/// A call that reached a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderCall {
    /// The number of the provider, from 0.
    pub provider: usize,
    /// When it arrived.
    pub at: Duration,
    /// Whether it was answered to the end.
    pub answered: bool,
    /// The status of the reply, if there was one.
    pub status: Option<u16>,
    /// How it ended.
    pub end: CallEnd,
    /// What its tokens cost.
    pub cost: Money,
}

/// A breaker that changed its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// The number of the provider, from 0.
    pub provider: usize,
    /// When.
    pub at: Duration,
    /// The state from then on.
    pub to: &'static str,
}

impl Seen {
    /// Tells whether the user had the whole right answer.
    pub fn is_right(&self) -> bool {
        matches!(self.answer, Answer::Whole(_)) && self.lost == 0 && self.doubled == 0
    }

    /// Returns which provider ended the answer.
    pub fn served_by(&self) -> Option<usize> {
        match self.answer {
            Answer::Whole(provider) => Some(provider),
            _ => None,
        }
    }
}

impl Run {
    /// Returns a SHA-256 over everything in it, in hexadecimal: two runs are the same if theirs are.
    pub fn fingerprint(&self) -> String {
        let seen = self.seen.iter().map(|seen| format!("{seen:?}\n"));
        let calls = self.calls.iter().map(|call| format!("{call:?}\n"));
        let changes = self.changes.iter().map(|change| format!("{change:?}\n"));
        let audit = std::iter::once(format!("{:?}\n", self.audit));
        sha256(seen.chain(calls).chain(changes).chain(audit))
    }
}
