use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use outlast_types::{Call, Error, ErrorKind, Need, TargetId};
use pin_project::pin_project;
use tokio::time::Instant;
use tower::util::Oneshot;
use tower_service::Service;

use super::BrokenBefore;
use super::gate::{self, Gate};
use super::hedge::{self, News, Second};
use super::listing::Listing;
use super::service::Settings;
use super::walk::{Step, Walk};
use crate::StackEvent;
use crate::breaker::AskAnyway;
use crate::classify::{Billed, Failover};
use crate::first_content::CallKind;
use crate::timer::deadline_of;

/// How long a target of which nothing is known is taken to need.
const USUAL_FIRST_CONTENT: Duration = Duration::from_secs(2);

/// The call of a [`Fallback`](super::Fallback).
#[pin_project]
pub struct FallbackFuture<S, R>
where
    S: Service<R>,
{
    round: Round<S, R>,
    #[pin]
    state: State<Oneshot<S, R>>,
    /// The call beside it, to a target that is to be faster.
    second: Second<Oneshot<S, R>>,
}

#[pin_project(project = StateProj)]
enum State<F> {
    /// Nobody is being asked.
    Choosing,
    Asking {
        index: usize,
        #[pin]
        call: F,
    },
    /// The future has been ready.
    Done,
}

/// The request on its way along the candidates.
struct Round<S, R> {
    settings: Arc<Settings<S>>,
    request: R,
    walk: Walk,
    /// Who failed last, and with what.
    left: Option<(TargetId, ErrorKind)>,
    /// Of which kind the call is, once that was asked for.
    kind: Option<CallKind>,
    /// Whether the call may still be hedged.
    hedges: bool,
}

impl<S, R> FallbackFuture<S, R>
where
    R: Call,
    S: Service<R>,
{
    pub(super) fn new(settings: Arc<Settings<S>>, request: R) -> Self {
        let walk = match request.context().extensions.get::<BrokenBefore>() {
            Some(before) => Walk::after(before, &settings.candidates, &*settings.classify),
            None => Walk::default(),
        };
        let walk = walk
            .with_listing(Listing::of(&settings, &request))
            .with_gate(Gate::of(&settings.candidates, &request));
        Self {
            round: Round {
                hedges: hedge::is_allowed(&settings, request.context()),
                settings,
                request,
                walk,
                left: None,
                kind: None,
            },
            state: State::Choosing,
            second: Second::None,
        }
    }
}

impl<S, R> Future for FallbackFuture<S, R>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
{
    type Output = Result<S::Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                // The second call is all there is.
                StateProj::Choosing if this.second.asked().is_some() => {}
                StateProj::Choosing => match this.round.next() {
                    Ok((index, call)) => {
                        *this.second = this.round.plan_second(index);
                        this.state.set(State::Asking { index, call });
                        continue;
                    }
                    Err(error) => {
                        this.state.set(State::Done);
                        return Poll::Ready(Err(error));
                    }
                },
                StateProj::Asking { index, call } => match call.poll(cx) {
                    Poll::Ready(result) => {
                        let index = *index;
                        if result.is_ok() {
                            let loser = this.second.asked();
                            *this.second = Second::None;
                            this.state.set(State::Done);
                            this.round.lost(loser);
                            return Poll::Ready(result);
                        }
                        // The failed call ends before the next begins, for which it is now time anyway.
                        this.state.set(State::Choosing);
                        if this.second.asked().is_none() {
                            *this.second = Second::None;
                        }
                        this.round.failed(index, result.err());
                        continue;
                    }
                    Poll::Pending => {}
                },
                StateProj::Done => return Poll::Pending,
            }
            match ready!(this.second.poll_news(cx)) {
                News::Due => *this.second = this.round.begin_second(asked(&this.state)),
                News::Answered(_, Ok(reply)) => {
                    let loser = asked(&this.state);
                    *this.second = Second::None;
                    // Who loses is dropped here, and its connection with it.
                    this.state.set(State::Done);
                    this.round.lost(loser);
                    return Poll::Ready(Ok(reply));
                }
                News::Answered(index, Err(error)) => {
                    *this.second = Second::None;
                    this.round.failed(index, Some(error));
                }
            }
        }
    }
}

/// Returns who is being asked.
fn asked<F>(state: &State<F>) -> Option<usize> {
    match state {
        State::Asking { index, .. } => Some(*index),
        State::Choosing | State::Done => None,
    }
}

impl<S, R> Round<S, R>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
{
    /// Begins the next call, or says why there is none.
    fn next(&mut self) -> Result<(usize, Oneshot<S, R>), Error> {
        loop {
            if let Some(error) = self.out_of_means() {
                return Err(self.give_up(error));
            }
            match self.walk.step(&self.settings.candidates) {
                Step::Ask { index, anyway } => {
                    if let Some(call) = self.ask(index, anyway) {
                        return Ok((index, call));
                    }
                }
                Step::PassOver { index, why } => self.pass_over(index, why),
                Step::Lacks { index, need } => self.pass_over_lacking(index, need),
                Step::GiveUp => {
                    let nobody = self.walk.nobody();
                    return Err(self.give_up(nobody));
                }
            }
        }
    }

    fn ask(&mut self, index: usize, anyway: bool) -> Option<Oneshot<S, R>> {
        let reserve = self.reserve(index);
        let candidate = self.settings.candidates.get(index)?;
        if let Some((from, kind)) = self.left.take()
            && from != candidate.target
        {
            self.settings.observers.notify(|| StackEvent::FailedOver {
                from,
                to: candidate.target.clone(),
                kind,
            });
        }
        let mut request = self.request.clone();
        request.context_mut().reserve = reserve;
        if anyway {
            self.hedges = false;
            let leave = AskAnyway::once();
            request.context_mut().extensions.insert(leave);
        }
        Some(Oneshot::new(candidate.service.clone(), request))
    }

    /// Plans the second call, to be made if candidate `index` takes longer than usual.
    fn plan_second(&mut self, index: usize) -> Second<Oneshot<S, R>> {
        if !self.hedges
            || self
                .walk
                .next_elsewhere(index, &self.settings.candidates)
                .is_none()
        {
            return Second::None;
        }
        let kind = self.kind();
        let candidate = self.settings.candidates.get(index);
        let times = candidate.and_then(|candidate| candidate.first_contents.as_ref());
        let delay = times.and_then(|times| hedge::delay(times, kind));
        delay.map_or(Second::None, Second::planned)
    }

    /// Makes the second call beside the one to candidate `first`, if it can be paid for.
    fn begin_second(&mut self, first: Option<usize>) -> Second<Oneshot<S, R>> {
        self.hedges = false;
        let settings = Arc::clone(&self.settings);
        let elsewhere = first.and_then(|it| self.walk.next_elsewhere(it, &settings.candidates));
        let (Some(first), Some(index), Some(hedge)) = (first, elsewhere, &settings.hedge) else {
            return Second::None;
        };
        if self.out_of_means().is_some() || !hedge.spend() {
            return Second::None;
        }
        self.walk.take(index);
        let candidates = (
            settings.candidates.get(first),
            settings.candidates.get(index),
        );
        if let (Some(from), Some(to)) = candidates {
            settings.observers.notify(|| StackEvent::Hedged {
                from: from.target.clone(),
                to: to.target.clone(),
            });
        }
        match self.ask(index, false) {
            Some(call) => Second::asking(index, call),
            None => Second::None,
        }
    }

    /// Notes who was slower and was dropped, with what its input is estimated to cost.
    fn lost(&mut self, loser: Option<usize>) {
        let settings = Arc::clone(&self.settings);
        if let Some(candidate) = loser.and_then(|loser| settings.candidates.get(loser)) {
            let tokens = self.kind().input_tokens();
            let cost = candidate.price.map(|price| price.cost(tokens, 0));
            let ledger = &self.request.context().ledger;
            ledger.lose(&candidate.target, cost);
        }
    }

    /// Returns how much time is left to those who can be asked after candidate `index`.
    fn reserve(&mut self, index: usize) -> Duration {
        if self.request.context().deadline.is_none() {
            return Duration::ZERO;
        }
        let Some(next) = self.walk.next_elsewhere(index, &self.settings.candidates) else {
            return Duration::ZERO;
        };
        let kind = self.kind();
        let candidate = self.settings.candidates.get(next);
        let times = candidate.and_then(|candidate| candidate.first_contents.as_ref());
        let usual = times.and_then(|times| times.quantile(kind, 95));
        usual.unwrap_or(USUAL_FIRST_CONTENT) + Duration::from_secs(1)
    }

    fn kind(&mut self) -> CallKind {
        *self.kind.get_or_insert_with(|| CallKind::of(&self.request))
    }

    fn failed(&mut self, index: usize, error: Option<Error>) {
        let Some(error) = error else { return };
        let failover = self.failover(&error);
        if let Some(candidate) = self.settings.candidates.get(index) {
            self.left = Some((candidate.target.clone(), error.kind()));
            let detour = self.settings.detours.after(error.kind());
            self.walk.failed(index, candidate, error, failover);
            if let Some(list) = detour {
                self.walk.take_detour(list, failover);
            }
        }
    }

    /// Says who else may be asked; nobody, if it may have been done and must not be done twice.
    fn failover(&self, error: &Error) -> Failover {
        let verdict = self.settings.classify.verdict(error);
        if self.request.context().side_effects && verdict.billed != Billed::No {
            return Failover::No;
        }
        verdict.failover
    }

    fn pass_over(&self, index: usize, why: ErrorKind) {
        if let Some(candidate) = self.settings.candidates.get(index) {
            let (target, now) = (candidate.target.clone(), Instant::now().into_std());
            self.request.context().ledger.skip(target, now, why);
        }
    }

    fn pass_over_lacking(&self, index: usize, need: Need) {
        if let Some(candidate) = self.settings.candidates.get(index) {
            let (target, now) = (candidate.target.clone(), Instant::now().into_std());
            let why = gate::error_kind(need);
            let ledger = &self.request.context().ledger;
            ledger.skip_lacking(target, now, why, need);
        }
    }

    /// Says why nobody may be asked any more, if that is so.
    fn out_of_means(&self) -> Option<Error> {
        let context = self.request.context();
        if deadline_of(context).is_some_and(|deadline| deadline <= Instant::now()) {
            return Some(Error::new(ErrorKind::DeadlineExceeded));
        }
        (context.ledger.calls() >= self.settings.max_calls).then(|| {
            Error::new(ErrorKind::Internal)
                .with_message("the request has used up its calls to providers")
        })
    }

    /// Ends the walk with the error that tells most, which is `otherwise` if nobody has failed.
    fn give_up(&mut self, otherwise: Error) -> Error {
        let error = self.walk.give_up().unwrap_or(otherwise);
        error.with_ledger(self.request.context().ledger.clone())
    }
}

impl<S, R> fmt::Debug for FallbackFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Choosing => "FallbackFuture(choosing)",
            State::Asking { .. } => "FallbackFuture(asking)",
            State::Done => "FallbackFuture(done)",
        })
    }
}
