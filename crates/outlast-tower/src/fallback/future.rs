use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use outlast_types::{Call, Error, ErrorKind, Need, TargetId};
use pin_project::pin_project;
use tokio::time::Instant;
use tower::util::Oneshot;
use tower_service::Service;

use super::BrokenBefore;
use super::gate::{self, Gate};
use super::listing::Listing;
use super::service::Settings;
use super::walk::{Step, Walk};
use crate::StackEvent;
use crate::breaker::AskAnyway;
use crate::timer::deadline_of;

/// The call of a [`Fallback`](super::Fallback).
#[pin_project]
pub struct FallbackFuture<S, R>
where
    S: Service<R>,
{
    round: Round<S, R>,
    #[pin]
    state: State<Oneshot<S, R>>,
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
                settings,
                request,
                walk,
                left: None,
            },
            state: State::Choosing,
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
                StateProj::Choosing => match this.round.next() {
                    Ok((index, call)) => this.state.set(State::Asking { index, call }),
                    Err(error) => {
                        this.state.set(State::Done);
                        return Poll::Ready(Err(error));
                    }
                },
                StateProj::Asking { index, call } => {
                    let (index, result) = (*index, ready!(call.poll(cx)));
                    match result {
                        Ok(reply) => {
                            this.state.set(State::Done);
                            return Poll::Ready(Ok(reply));
                        }
                        Err(error) => {
                            // The failed call ends before the next begins.
                            this.state.set(State::Choosing);
                            this.round.failed(index, error);
                        }
                    }
                }
                StateProj::Done => return Poll::Pending,
            }
        }
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
        if anyway {
            let leave = AskAnyway::once();
            request.context_mut().extensions.insert(leave);
        }
        Some(Oneshot::new(candidate.service.clone(), request))
    }

    fn failed(&mut self, index: usize, error: Error) {
        let failover = self.settings.classify.verdict(&error).failover;
        if let Some(candidate) = self.settings.candidates.get(index) {
            self.left = Some((candidate.target.clone(), error.kind()));
            let detour = self.settings.detours.after(error.kind());
            self.walk.failed(index, candidate, error, failover);
            if let Some(list) = detour {
                self.walk.take_detour(list, failover);
            }
        }
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
