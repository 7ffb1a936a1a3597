//! The ledger of attempts.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};

use crate::{Adaptation, ErrorKind, Money, Need, TargetId, Usage};

/// Keeps what was tried for one call: a cheap handle, shared by the layers, the reply and the error.
///
/// It takes `now` from the layer that writes, for it has no clock.
///
/// # Examples
///
/// ```
/// use std::time::Instant;
/// use outlast_types::{AttemptOutcome, ErrorKind, Ledger, TargetId};
///
/// let (ledger, now) = (Ledger::default(), Instant::now());
/// let first = ledger.begin(TargetId::new("anthropic", "claude"), now, false);
/// ledger.end(first, now, AttemptOutcome::Failed(ErrorKind::Overloaded));
/// let second = ledger.begin(TargetId::new("holysheep", "claude"), now, false);
/// ledger.end(second, now, AttemptOutcome::Served);
///
/// assert_eq!(ledger.to_string(), "anthropic/claude overloaded 0ms, holysheep/claude served 0ms (failover)");
/// ```
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    start: Option<Instant>,
    attempts: Vec<Attempt>,
}

/// One upstream call, or one that was not made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Who was asked.
    pub target: TargetId,
    /// Why.
    pub reason: AttemptReason,
    /// How it went.
    pub outcome: AttemptOutcome,
    /// When it began, after the first attempt of the call.
    pub after: Duration,
    /// How long the call had waited since the attempt before it.
    pub waited: Duration,
    /// How long it took to its first content or to its failure.
    pub took: Duration,
    /// The tokens it used, where known.
    pub usage: Option<Usage>,
    /// What it cost, where known.
    pub cost: Option<Money>,
    /// What was changed in the request for this target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adaptations: Vec<Adaptation>,
    /// What the request needs and the target lacks, if it was passed over for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Need>,
}

/// Why an attempt was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptReason {
    /// It was the first.
    First,
    /// The same target again.
    Retry,
    /// Another target, for the one before had failed.
    Failover,
    /// Another target, for the one before was slow and is still being asked.
    Hedge,
    /// To continue a stream that broke after its beginning had reached the caller.
    Resume,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// It is under way.
    Pending,
    /// It gave the reply, or is giving it.
    Served,
    /// It failed before anything reached the caller.
    Failed(ErrorKind),
    /// Its stream broke after the beginning had reached the caller.
    Broken(ErrorKind),
    /// The target was passed over and not called.
    Skipped(ErrorKind),
    /// The caller went away.
    Abandoned,
    /// Another target that was asked at the same time was faster.
    HedgeLost,
}

impl Ledger {
    /// Opens an entry for a call that is about to be made, and returns its number for [`Ledger::end`].
    ///
    /// `resume` tells that it continues a broken stream; otherwise the reason follows from the attempt before.
    pub fn begin(&self, target: TargetId, now: Instant, resume: bool) -> usize {
        let mut entries = self.entries();
        let start = *entries.start.get_or_insert(now);
        let after = now.saturating_duration_since(start);
        let last = entries
            .attempts
            .iter()
            .rev()
            .find(|attempt| attempt.was_called());
        let reason = match last {
            _ if resume => AttemptReason::Resume,
            None => AttemptReason::First,
            Some(last) if last.target == target => AttemptReason::Retry,
            Some(last) if last.outcome == AttemptOutcome::Pending => AttemptReason::Hedge,
            Some(_) => AttemptReason::Failover,
        };
        let waited = last.map_or(Duration::ZERO, |last| {
            after.saturating_sub(last.after + last.took)
        });
        entries.attempts.push(Attempt {
            after,
            waited,
            ..Attempt::new(target, reason, AttemptOutcome::Pending)
        });
        entries.attempts.len() - 1
    }

    /// Returns the targets of the call's first entry and of attempt `number`.
    pub(crate) fn first_and(&self, number: usize) -> Option<(TargetId, TargetId)> {
        let entries = self.entries();
        let first = entries.attempts.first()?;
        let attempt = entries.attempts.get(number)?;
        Some((first.target.clone(), attempt.target.clone()))
    }

    /// Notes how attempt `number` went; a later outcome replaces an earlier one, its duration only the pending one's.
    pub fn end(&self, number: usize, now: Instant, outcome: AttemptOutcome) {
        let mut entries = self.entries();
        let Some(start) = entries.start else { return };
        if let Some(attempt) = entries.attempts.get_mut(number) {
            if attempt.outcome == AttemptOutcome::Pending {
                attempt.took = now
                    .saturating_duration_since(start)
                    .saturating_sub(attempt.after);
            }
            attempt.outcome = outcome;
        }
    }

    /// Changes attempt `number`, to note its usage, cost or adaptations.
    pub fn update(&self, number: usize, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.entries().attempts.get_mut(number) {
            change(attempt);
        }
    }

    /// Notes that the last attempt at `target`, which was just dropped, lost against another target. What it comes to is
    /// an estimate, for a provider does not say what a call has used that was cut off.
    pub fn lose(&self, target: &TargetId, cost: Option<Money>) {
        let mut entries = self.entries();
        let mut attempts = entries.attempts.iter_mut().rev();
        let last = attempts.find(|attempt| attempt.was_called() && attempt.target == *target);
        if let Some(attempt) = last
            && attempt.outcome == AttemptOutcome::Abandoned
        {
            attempt.outcome = AttemptOutcome::HedgeLost;
            attempt.cost = attempt.cost.or(cost);
        }
    }

    /// Notes that `target` was passed over.
    pub fn skip(&self, target: TargetId, now: Instant, why: ErrorKind) {
        self.note_skipped(target, now, why, None);
    }

    /// Notes that `target` was passed over because it lacks what the request needs.
    pub fn skip_lacking(&self, target: TargetId, now: Instant, why: ErrorKind, need: Need) {
        self.note_skipped(target, now, why, Some(need));
    }

    fn note_skipped(&self, target: TargetId, now: Instant, why: ErrorKind, lacks: Option<Need>) {
        let mut entries = self.entries();
        let after = now.saturating_duration_since(*entries.start.get_or_insert(now));
        let skipped = Attempt::new(target, AttemptReason::First, AttemptOutcome::Skipped(why));
        entries.attempts.push(Attempt {
            after,
            lacks,
            ..skipped
        });
    }

    /// Returns a copy of all entries, in order.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.entries().attempts.clone()
    }

    /// Counts the calls that were made; passed-over targets are none.
    pub fn calls(&self) -> usize {
        self.entries()
            .attempts
            .iter()
            .filter(|attempt| attempt.was_called())
            .count()
    }

    /// Counts the calls that were made to `target`.
    pub fn calls_to(&self, target: &TargetId) -> usize {
        self.entries()
            .attempts
            .iter()
            .filter(|attempt| attempt.was_called() && attempt.target == *target)
            .count()
    }

    /// Adds up what the attempts cost; `None` if no cost is known.
    pub fn cost(&self) -> Option<Money> {
        self.entries()
            .attempts
            .iter()
            .filter_map(|attempt| attempt.cost)
            .reduce(|sum, cost| sum + cost)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // A panic elsewhere leaves whole entries behind: they are still worth reading.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, attempt) in self.entries().attempts.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{attempt}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

impl Attempt {
    fn new(target: TargetId, reason: AttemptReason, outcome: AttemptOutcome) -> Self {
        Self {
            target,
            reason,
            outcome,
            after: Duration::ZERO,
            waited: Duration::ZERO,
            took: Duration::ZERO,
            usage: None,
            cost: None,
            adaptations: Vec::new(),
            lacks: None,
        }
    }

    /// Tells whether the provider was called, as opposed to passed over.
    pub fn was_called(&self) -> bool {
        !matches!(self.outcome, AttemptOutcome::Skipped(_))
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.target, self.outcome)?;
        if !self.was_called() {
            return match self.lacks {
                Some(need) => write!(f, " ({need})"),
                None => Ok(()),
            };
        }
        write!(f, " {}ms", self.took.as_millis())?;
        match self.reason {
            AttemptReason::First => Ok(()),
            reason => write!(f, " ({})", reason.as_str()),
        }
    }
}

impl AttemptReason {
    /// Returns the reason in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Failover => "failover",
            Self::Hedge => "hedge",
            Self::Resume => "resume",
        }
    }
}

impl fmt::Display for AttemptOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => f.write_str("pending"),
            Self::Served => f.write_str("served"),
            Self::Failed(kind) => f.write_str(kind.as_str()),
            Self::Broken(kind) => write!(f, "broken: {}", kind.as_str()),
            Self::Skipped(kind) => write!(f, "skipped: {}", kind.as_str()),
            Self::Abandoned => f.write_str("abandoned"),
            Self::HedgeLost => f.write_str("hedge lost"),
        }
    }
}

impl Serialize for AttemptOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the ledger takes `now` from outside; any instant will do here"
)]
mod tests {
    use super::*;

    fn target(account: &str) -> TargetId {
        TargetId::new(account, "m")
    }

    #[test]
    fn the_reason_of_an_attempt_follows_from_the_one_before() {
        let (ledger, now) = (Ledger::default(), Instant::now());
        let failed = AttemptOutcome::Failed(ErrorKind::Server);
        ledger.begin(target("a"), now, false);
        let again = ledger.begin(target("a"), now, false);
        ledger.end(again, now, failed);
        ledger.skip(target("b"), now, ErrorKind::BreakerOpen);
        ledger.begin(target("c"), now, false);
        ledger.begin(target("d"), now, false);
        ledger.begin(target("a"), now, true);

        let reasons: Vec<_> = ledger
            .attempts()
            .iter()
            .filter(|attempt| attempt.was_called())
            .map(|attempt| attempt.reason)
            .collect();
        use AttemptReason::{Failover, First, Hedge, Resume, Retry};
        assert_eq!(reasons, [First, Retry, Failover, Hedge, Resume]);
        assert_eq!(ledger.calls(), 5);
        assert_eq!(ledger.calls_to(&target("a")), 3);
    }

    #[test]
    fn durations_are_measured_from_the_call_s_own_beginning() {
        let (ledger, start) = (Ledger::default(), Instant::now());
        let ms = Duration::from_millis;
        let first = ledger.begin(target("a"), start, false);
        ledger.end(
            first,
            start + ms(30),
            AttemptOutcome::Failed(ErrorKind::Server),
        );
        let second = ledger.begin(target("a"), start + ms(80), false);
        ledger.end(second, start + ms(90), AttemptOutcome::Served);
        ledger.end(
            second,
            start + ms(500),
            AttemptOutcome::Broken(ErrorKind::IdleTimeout),
        );

        let second = &ledger.attempts()[1];
        assert_eq!(
            (second.after, second.waited, second.took),
            (ms(80), ms(50), ms(10))
        );
        assert_eq!(
            second.outcome,
            AttemptOutcome::Broken(ErrorKind::IdleTimeout)
        );
    }
}
