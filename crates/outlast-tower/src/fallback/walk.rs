//! Who is asked next: the decisions of a walk, without a clock and without a service.

use std::sync::Arc;
use std::time::Duration;

use outlast_types::{Error, ErrorKind, Need, TargetId};

use super::detour::Detour;
use super::gate::{self, Gate};
use super::listing::Listing;
use super::{BrokenBefore, Candidate};
use crate::breaker::was_passed_over;
use crate::classify::{Classify, Difference, Failover};

/// One request's walk along the candidates.
#[derive(Debug, Default)]
pub(super) struct Walk {
    listing: Listing,
    gate: Gate,
    round: Round,
    next: usize,
    /// Who is asked out of turn.
    detour: Detour,
    /// Whose streams broke before; they are asked last.
    broken: Vec<TargetId>,
    /// What the next candidate must be other in.
    hurdles: Vec<Hurdle>,
    /// Whether any candidate was really called.
    was_called: bool,
    /// Which open breaker is the first to let a probe through, and when.
    soonest: Option<(Duration, usize)>,
    /// The error that tells the caller most.
    telling: Option<Error>,
    /// What the first of those that were passed over for what they lack lacks.
    lacking: Option<Need>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Round {
    /// Everybody whose stream has not broken.
    #[default]
    Fresh,
    /// The others.
    Broken,
    /// If everybody was passed over: the one who comes back first.
    Anyway,
    Over,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask this candidate; `anyway` through an open breaker.
    Ask { index: usize, anyway: bool },
    /// Leave out this one, for it would fail in the same way.
    PassOver { index: usize, why: ErrorKind },
    /// Leave out this one, for it lacks what the request needs.
    Lacks { index: usize, need: Need },
    /// Nobody is left.
    GiveUp,
}

/// Something a candidate must be other in than the one that failed.
#[derive(Debug)]
struct Hurdle {
    difference: Difference,
    why: ErrorKind,
    account: TargetId,
    context_tokens: Option<u64>,
    vendor: Option<Arc<str>>,
}

impl Walk {
    /// Begins the walk of a request whose streams `before` broke.
    pub(super) fn after<S>(
        before: &BrokenBefore,
        candidates: &[Candidate<S>],
        classify: &dyn Classify,
    ) -> Self {
        let mut walk = Self::default();
        for error in before.errors() {
            let Some(target) = error.target() else {
                continue;
            };
            let facts = candidates.iter().find(|other| other.target == *target);
            if let Failover::OnlyIf(difference) = classify.verdict(error).failover {
                walk.hurdles
                    .push(Hurdle::new(difference, error.kind(), target, facts));
            }
            walk.broken.push(target.clone());
            walk.telling = Some(error.clone());
        }
        walk
    }

    /// Goes by the order in `listing`.
    pub(super) fn with_listing(mut self, listing: Listing) -> Self {
        self.listing = listing;
        self
    }

    /// Passes over who lacks what `gate` asks for.
    pub(super) fn with_gate(mut self, gate: Gate) -> Self {
        self.gate = gate;
        self
    }

    /// Decides what to do next.
    pub(super) fn step<S>(&mut self, candidates: &[Candidate<S>]) -> Step {
        while let Some(index) = self.detour.next() {
            if let Some(candidate) = candidates.get(index)
                && !self.is_over()
                && !self.broken.contains(&candidate.target)
            {
                return self.weigh(index, candidate, true);
            }
        }
        if self.detour.is_last() {
            self.round = Round::Over;
        }
        loop {
            match self.round {
                Round::Fresh | Round::Broken => {
                    let next = self.listing.get(self.next, candidates.len());
                    let Some((index, candidate)) =
                        next.and_then(|index| Some((index, candidates.get(index)?)))
                    else {
                        self.end_round();
                        continue;
                    };
                    self.next += 1;
                    if self.broken.contains(&candidate.target) != (self.round == Round::Broken)
                        || self.detour.has_had(index)
                    {
                        continue;
                    }
                    return self.weigh(index, candidate, false);
                }
                Round::Anyway => {
                    self.end_round();
                    // A target that holds calls back, though it is not taken out, is better than the failure of another.
                    if let Some((wait, index)) = self.soonest
                        && (wait.is_zero() || !self.was_called)
                    {
                        return Step::Ask {
                            index,
                            anyway: true,
                        };
                    }
                }
                Round::Over => return Step::GiveUp,
            }
        }
    }

    /// Decides about one candidate whose turn it is.
    fn weigh<S>(&mut self, index: usize, candidate: &Candidate<S>, by_detour: bool) -> Step {
        if let Some(need) = self.gate.lacking(candidate) {
            self.lacking.get_or_insert(need);
            return Step::Lacks { index, need };
        }
        match self.hurdle_before(candidate, by_detour) {
            Some(why) => Step::PassOver { index, why },
            None => Step::Ask {
                index,
                anyway: false,
            },
        }
    }

    /// Returns the next candidate of another account than that of candidate `index`.
    pub(super) fn next_elsewhere<S>(
        &self,
        index: usize,
        candidates: &[Candidate<S>],
    ) -> Option<usize> {
        let account = candidates.get(index)?.target.account();
        let is_elsewhere = |other: &Candidate<S>| {
            other.target.account() != account
                && !self.broken.contains(&other.target)
                && self.gate.lacking(other).is_none()
                && self.hurdle_before(other, false).is_none()
        };
        if self.round != Round::Fresh || self.detour.is_last() {
            return None;
        }
        (self.next..)
            .map_while(|place| self.listing.get(place, candidates.len()))
            .find(|index| {
                !self.detour.has_had(*index) && candidates.get(*index).is_some_and(is_elsewhere)
            })
    }

    /// Gives a candidate its turn before those that stand before it.
    pub(super) fn take(&mut self, index: usize) {
        self.detour.take(index);
    }

    /// Takes a list of candidates to be asked before all others; those that had their turn are left out.
    pub(super) fn take_detour(&mut self, list: &[usize], failover: Failover) {
        let had = (0..self.next).filter_map(|place| self.listing.get(place, usize::MAX));
        let had: Vec<usize> = had.collect();
        let fresh = list.iter().copied().filter(|index| !had.contains(index));
        self.detour.begin(&fresh.collect::<Vec<_>>());
        if failover == Failover::No {
            // It is not over yet: it is with the last of these.
            self.detour.end_here();
            self.round = Round::Fresh;
        }
    }

    /// Takes the error of the candidate that was asked.
    pub(super) fn failed<S>(
        &mut self,
        index: usize,
        candidate: &Candidate<S>,
        error: Error,
        failover: Failover,
    ) {
        if was_passed_over(&error) {
            self.note_reopening(index, &error);
        } else {
            self.was_called = true;
        }
        match failover {
            Failover::Yes => {}
            Failover::No => self.round = Round::Over,
            Failover::OnlyIf(difference) => self.hurdles.push(Hurdle::new(
                difference,
                error.kind(),
                &candidate.target,
                Some(candidate),
            )),
        }
        self.keep_if_telling(error);
    }

    /// Ends the walk and returns the error for the caller, if there was one.
    pub(super) fn give_up(&mut self) -> Option<Error> {
        self.round = Round::Over;
        self.telling.take()
    }

    /// Says why nobody was asked at all.
    pub(super) fn nobody(&self) -> Error {
        match self.lacking {
            Some(need) => gate::error(need),
            None => Error::new(ErrorKind::Internal)
                .with_message("no target is configured that could be asked"),
        }
    }

    fn end_round(&mut self) {
        self.next = 0;
        self.round = match self.round {
            Round::Fresh if !self.broken.is_empty() => Round::Broken,
            Round::Fresh | Round::Broken => Round::Anyway,
            Round::Anyway | Round::Over => Round::Over,
        };
    }

    /// Names what keeps a candidate from being asked. Who is on a detour was put there because of its context or its
    /// vendor, so that only its account is looked at.
    fn hurdle_before<S>(&self, candidate: &Candidate<S>, by_detour: bool) -> Option<ErrorKind> {
        self.hurdles
            .iter()
            .filter(|hurdle| !by_detour || hurdle.difference == Difference::OtherAccount)
            .find(|hurdle| !hurdle.is_cleared_by(candidate))
            .map(|hurdle| hurdle.why)
    }

    fn is_over(&self) -> bool {
        self.round == Round::Over
    }

    fn note_reopening(&mut self, index: usize, error: &Error) {
        let wait = match error.kind() {
            ErrorKind::BreakerOpen => error.retry_after(),
            _ => None,
        };
        if let Some(wait) = wait
            && self.soonest.is_none_or(|(soonest, _)| wait < soonest)
        {
            self.soonest = Some((wait, index));
        }
    }

    /// Keeps the last error of a provider; only where none was called, the refusal that ends first.
    fn keep_if_telling(&mut self, error: Error) {
        let wait = |error: &Error| error.retry_after().unwrap_or(Duration::MAX);
        let is_better = match &self.telling {
            None => true,
            Some(_) if !was_passed_over(&error) => true,
            Some(kept) => was_passed_over(kept) && wait(&error) < wait(kept),
        };
        if is_better {
            self.telling = Some(error);
        }
    }
}

impl Hurdle {
    fn new<S>(
        difference: Difference,
        why: ErrorKind,
        target: &TargetId,
        facts: Option<&Candidate<S>>,
    ) -> Self {
        Self {
            difference,
            why,
            account: target.clone(),
            context_tokens: facts.and_then(|facts| facts.context_tokens),
            vendor: facts.and_then(|facts| facts.vendor.clone()),
        }
    }

    /// Tells whether the candidate is known to be other in what matters.
    fn is_cleared_by<S>(&self, candidate: &Candidate<S>) -> bool {
        match self.difference {
            Difference::OtherAccount => candidate.target.account() != self.account.account(),
            Difference::LargerContext => {
                matches!((candidate.context_tokens, self.context_tokens), (Some(new), Some(old)) if new > old)
            }
            Difference::OtherVendor => {
                matches!((&candidate.vendor, &self.vendor), (Some(new), Some(old)) if new != old)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StandardTable;

    fn candidate(name: &str) -> Candidate<()> {
        Candidate::new(TargetId::parse(name).unwrap(), ())
    }

    fn candidates(names: &[&str]) -> Vec<Candidate<()>> {
        names.iter().map(|name| candidate(name)).collect()
    }

    /// Walks along `candidates`, whose errors are `errors`, and returns who was asked.
    fn walk(walk: &mut Walk, candidates: &[Candidate<()>], errors: &[Error]) -> Vec<(usize, bool)> {
        let mut asked = Vec::new();
        let mut errors = errors.iter();
        loop {
            match walk.step(candidates) {
                Step::Ask { index, anyway } => {
                    asked.push((index, anyway));
                    let Some(error) = errors.next() else {
                        return asked;
                    };
                    let failover = StandardTable.verdict(error).failover;
                    walk.failed(index, &candidates[index], error.clone(), failover);
                }
                Step::PassOver { .. } | Step::Lacks { .. } => {}
                Step::GiveUp => return asked,
            }
        }
    }

    fn open(secs: u64) -> Error {
        Error::new(ErrorKind::BreakerOpen).with_retry_after(Some(Duration::from_secs(secs)))
    }

    #[test]
    fn candidates_are_asked_in_order_and_once() {
        let candidates = candidates(&["a/m", "b/m", "c/m"]);
        let errors = [ErrorKind::Server, ErrorKind::Overloaded, ErrorKind::Connect];
        let mut it = Walk::default();
        let asked = walk(&mut it, &candidates, &errors.map(Error::new));
        assert_eq!(asked, [(0, false), (1, false), (2, false)]);
        assert_eq!(it.give_up().unwrap().kind(), ErrorKind::Connect);
    }

    #[test]
    fn an_error_that_is_the_same_everywhere_ends_the_walk() {
        let candidates = candidates(&["a/m", "b/m"]);
        let errors = [Error::new(ErrorKind::InvalidRequest)];
        assert_eq!(
            walk(&mut Walk::default(), &candidates, &errors),
            [(0, false)]
        );
    }

    #[test]
    fn an_empty_account_is_left_out_as_a_whole() {
        let candidates = candidates(&["a/m1", "a/m2", "b/m1"]);
        let errors = [Error::new(ErrorKind::QuotaExhausted)];
        let asked = walk(&mut Walk::default(), &candidates, &errors);
        assert_eq!(asked, [(0, false), (2, false)]);
    }

    #[test]
    fn a_request_that_is_too_long_goes_only_where_more_is_known_to_fit() {
        let candidates = [
            candidate("a/m").with_context_tokens(8_000),
            candidate("b/m"),
            candidate("c/m").with_context_tokens(8_000),
            candidate("d/m").with_context_tokens(32_000),
        ];
        let errors = [Error::new(ErrorKind::ContextTooLong)];
        let asked = walk(&mut Walk::default(), &candidates, &errors);
        assert_eq!(asked, [(0, false), (3, false)]);
    }

    #[test]
    fn a_walk_for_another_vendor_leaves_out_who_is_not_known_to_be_one() {
        let candidates = [
            candidate("a/m").with_vendor("one"),
            candidate("b/m").with_vendor("one"),
            candidate("c/m"),
            candidate("d/m").with_vendor("two"),
        ];
        let mut walk = Walk::default();
        walk.step(&candidates);
        let other = Failover::OnlyIf(Difference::OtherVendor);
        walk.failed(
            0,
            &candidates[0],
            Error::new(ErrorKind::ContentPolicy),
            other,
        );
        let why = ErrorKind::ContentPolicy;
        assert_eq!(walk.step(&candidates), Step::PassOver { index: 1, why });
        assert_eq!(walk.step(&candidates), Step::PassOver { index: 2, why });
        assert!(matches!(walk.step(&candidates), Step::Ask { index: 3, .. }));
    }

    #[test]
    fn where_all_are_passed_over_the_one_who_is_back_first_is_asked_anyway() {
        let candidates = candidates(&["a/m", "b/m", "c/m"]);
        let mut it = Walk::default();
        let asked = walk(
            &mut it,
            &candidates,
            &[open(9), open(2), open(5), Error::new(ErrorKind::Server)],
        );
        assert_eq!(asked, [(0, false), (1, false), (2, false), (1, true)]);
        assert_eq!(it.give_up().unwrap().kind(), ErrorKind::Server);
    }

    #[test]
    fn nobody_is_asked_anyway_where_somebody_was_called() {
        let candidates = candidates(&["a/m", "b/m"]);
        let mut it = Walk::default();
        let asked = walk(
            &mut it,
            &candidates,
            &[Error::new(ErrorKind::Server), open(1)],
        );
        assert_eq!(asked, [(0, false), (1, false)]);
        assert_eq!(it.give_up().unwrap().kind(), ErrorKind::Server);
    }

    #[test]
    fn a_target_that_only_holds_calls_back_is_asked_before_the_failure_of_another_counts() {
        let candidates = candidates(&["a/m", "b/m"]);
        let mut it = Walk::default();
        let asked = walk(
            &mut it,
            &candidates,
            &[open(0), Error::new(ErrorKind::Server)],
        );
        assert_eq!(asked, [(0, false), (1, false), (0, true)]);
    }

    #[test]
    fn a_breaker_that_will_let_no_probe_through_is_never_forced() {
        let candidates = candidates(&["a/m"]);
        let mut it = Walk::default();
        let asked = walk(&mut it, &candidates, &[Error::new(ErrorKind::BreakerOpen)]);
        assert_eq!(asked, [(0, false)]);
        assert_eq!(it.give_up().unwrap().kind(), ErrorKind::BreakerOpen);
    }

    #[test]
    fn who_is_asked_out_of_turn_is_of_another_account_and_is_not_asked_again() {
        let candidates = candidates(&["a/m1", "a/m2", "b/m", "c/m"]);
        let mut it = Walk::default();
        it.step(&candidates);
        assert_eq!(it.next_elsewhere(0, &candidates), Some(2));
        it.take(2);
        assert_eq!(it.next_elsewhere(0, &candidates), Some(3));
        let errors = [ErrorKind::Server; 2].map(Error::new);
        let asked = walk(&mut it, &candidates, &errors);
        assert_eq!(asked, [(1, false), (3, false)]);
        assert_eq!(it.next_elsewhere(0, &candidates), None);
    }

    #[test]
    fn whose_stream_broke_is_asked_last() {
        let candidates = candidates(&["a/m", "b/m", "c/m"]);
        let broken = Error::new(ErrorKind::StreamBroken).with_target(candidates[0].target.clone());
        let before = BrokenBefore::default().with(broken);
        let mut it = Walk::after(&before, &candidates, &StandardTable);
        let errors = [ErrorKind::Server; 3].map(Error::new);
        let asked = walk(&mut it, &candidates, &errors);
        assert_eq!(asked, [(1, false), (2, false), (0, false)]);
    }
}
