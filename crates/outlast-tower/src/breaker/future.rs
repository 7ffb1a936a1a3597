use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{
    AttemptOutcome, Call, CallContext, Error, ErrorKind, Ledger, Mode, Phase, Reply, Sent, TargetId,
};
use pin_project::pin_project;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;
use tower_service::Service;

use super::handle::Stall;
use super::permit::Permit;
use super::state::{Asked, Refusal};
use super::{AskAnyway, Breaker};
use crate::timer::LazyTimer;

/// The call of a [`BreakerService`](super::BreakerService).
///
/// The breaker is asked when it is first polled.
#[pin_project]
pub struct BreakerFuture<S, R>
where
    S: Service<R>,
{
    breaker: Breaker,
    /// The ledger of the call.
    ledger: Ledger,
    /// Whether somebody else can take over from a probe.
    rescuable: bool,
    #[pin]
    state: State<S, R, S::Future>,
}

#[pin_project(project = StateProj, project_replace = StateOwned)]
enum State<S, R, F> {
    /// The breaker has not been asked, or has let the call through and the service below must become ready.
    Readying {
        service: S,
        request: R,
        permit: Option<Permit>,
    },
    Calling {
        #[pin]
        future: F,
        permit: Option<Permit>,
        #[pin]
        watch: Watch,
    },
    /// The future has been ready.
    Done,
}

/// Looks for a stall beside a call that waits for its first content.
#[pin_project]
struct Watch {
    /// Ends when somebody has found one.
    #[pin]
    rescued: OwnedNotified,
    #[pin]
    timer: LazyTimer,
    /// When this call is to look itself.
    look_at: Option<Instant>,
    /// Whether it is given up then, because it is a probe that somebody else can take over from.
    gives_up: bool,
}

/// Why a call is not waited for any longer.
enum GivenUp {
    /// The target hangs; the breaker knows.
    Stall,
    /// It is a probe and has heard nothing in time.
    Probe,
}

impl<S, R> BreakerFuture<S, R>
where
    R: Call,
    S: Service<R>,
{
    pub(super) fn new(service: S, request: R, breaker: Breaker, rescuable: bool) -> Self {
        Self {
            breaker,
            ledger: request.context().ledger.clone(),
            rescuable,
            state: State::Readying {
                service,
                request,
                permit: None,
            },
        }
    }
}

impl<S, R, T> Future for BreakerFuture<S, R>
where
    R: Call,
    S: Service<R, Response = T, Error = Error>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let result = match this.state.as_mut().project() {
                StateProj::Readying {
                    service,
                    request,
                    permit,
                } => match ask(
                    permit,
                    this.breaker,
                    request.context(),
                    R::MODE,
                    *this.rescuable,
                ) {
                    Ok(permit) => match service.poll_ready(cx) {
                        Poll::Ready(Ok(())) => {
                            this.state.as_mut().call(*this.rescuable);
                            continue;
                        }
                        Poll::Ready(Err(error)) => Err(error),
                        Poll::Pending => {
                            permit.queued();
                            return Poll::Pending;
                        }
                    },
                    Err(refused) => Err(refused),
                },
                StateProj::Calling {
                    future,
                    permit,
                    watch,
                } => match future.poll(cx) {
                    Poll::Ready(result) => settle(result, permit.take()),
                    Poll::Pending => {
                        let given_up = ready!(watch.poll_given_up(this.breaker, cx));
                        let permit = permit.take();
                        // The call below ends first: only then can the ledger be told what it ended of.
                        this.state.set(State::Done);
                        note_stall(this.ledger, this.breaker.target());
                        give_up(&given_up, permit, this.breaker.target())
                    }
                },
                StateProj::Done => return Poll::Pending,
            };
            this.state.set(State::Done);
            return Poll::Ready(result);
        }
    }
}

/// Asks the breaker, if it has not been asked yet.
fn ask<'a>(
    permit: &'a mut Option<Permit>,
    breaker: &Breaker,
    context: &CallContext,
    mode: Mode,
    rescuable: bool,
) -> Result<&'a mut Permit, Error> {
    match permit {
        Some(permit) => Ok(permit),
        None => {
            let anyway = context.extensions.get::<AskAnyway>();
            let asked = if anyway.is_some_and(AskAnyway::take) {
                Asked::Anyway
            } else if rescuable {
                Asked::Plainly
            } else {
                Asked::Alone
            };
            let asked = Permit::ask(breaker, asked, mode)
                .map_err(|refusal| refuse(refusal, context, breaker.target()))?;
            Ok(permit.insert(asked))
        }
    }
}

/// Notes that the target was passed over, and says why.
fn refuse(refusal: Refusal, context: &CallContext, target: &TargetId) -> Error {
    let error = refusal.into_error(target.clone());
    let now = Instant::now().into_std();
    context.ledger.skip(target.clone(), now, error.kind());
    error
}

impl<S, R> State<S, R, S::Future>
where
    R: Call,
    S: Service<R>,
{
    /// Calls the service that has become ready.
    fn call(mut self: Pin<&mut Self>, rescuable: bool) {
        if let StateOwned::Readying {
            mut service,
            request,
            permit: Some(mut permit),
        } = self.as_mut().project_replace(State::Done)
        {
            let watched = permit.called();
            let is_limited = rescuable && permit.is_probe();
            // While there are probes, nobody looks for a stall.
            let limit = watched.probe_limit.filter(|_| is_limited);
            let give_up_at = limit.map(|limit| Instant::now() + limit);
            let watch = Watch {
                rescued: permit.breaker().rescued(),
                timer: LazyTimer::default(),
                look_at: give_up_at.or(watched.look_at),
                gives_up: give_up_at.is_some(),
            };
            self.set(State::Calling {
                future: service.call(request),
                permit: Some(permit),
                watch,
            });
        }
    }
}

impl Watch {
    /// Waits until the call is called back, or has waited long enough for a probe.
    fn poll_given_up(
        self: Pin<&mut Self>,
        breaker: &Breaker,
        cx: &mut Context<'_>,
    ) -> Poll<GivenUp> {
        let mut this = self.project();
        while let Some(at) = *this.look_at {
            if this.timer.as_mut().poll_until(at, cx).is_pending() {
                break;
            }
            if *this.gives_up {
                return Poll::Ready(GivenUp::Probe);
            }
            *this.look_at = match breaker.look_for_stall() {
                Stall::Maybe(later) => Some(later),
                Stall::None | Stall::Found => None,
            };
        }
        this.rescued.poll(cx).map(|()| GivenUp::Stall)
    }
}

fn settle<T: Reply>(result: Result<T, Error>, permit: Option<Permit>) -> Result<T, Error> {
    match (result, permit) {
        (Ok(reply), Some(mut permit)) => {
            permit.answered();
            Ok(reply.hold(permit))
        }
        (Err(error), Some(permit)) => {
            permit.failed(&error);
            Err(error)
        }
        (result, None) => result,
    }
}

/// Fails a call that is not waited for any longer, so that a fallback can take it.
fn give_up<T>(given_up: &GivenUp, permit: Option<Permit>, target: &TargetId) -> Result<T, Error> {
    let error = Error::new(ErrorKind::Stalled)
        .with_target(target.clone())
        .with_phase(Phase::Head)
        .with_sent(Sent::Maybe);
    match (given_up, permit) {
        (GivenUp::Probe, Some(permit)) => {
            let error = error.with_message("a probe heard nothing in time");
            permit.failed(&error);
            Err(error)
        }
        _ => Err(error.with_message("several calls waited together and none heard anything")),
    }
}

/// Says in the ledger why the last call to `target` was given up; to the layer that wrote the entry it was just dropped.
fn note_stall(ledger: &Ledger, target: &TargetId) {
    let attempts = ledger.attempts();
    let given_up = attempts.iter().rposition(|attempt| {
        attempt.target == *target && attempt.outcome == AttemptOutcome::Abandoned
    });
    if let Some(number) = given_up {
        ledger.update(number, |attempt| {
            attempt.outcome = AttemptOutcome::Failed(ErrorKind::Stalled);
        });
    }
}

impl<S, R> fmt::Debug for BreakerFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Readying { .. } => "BreakerFuture(readying)",
            State::Calling { .. } => "BreakerFuture(calling)",
            State::Done => "BreakerFuture(done)",
        })
    }
}
