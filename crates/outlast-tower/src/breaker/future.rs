use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{AttemptOutcome, Call, Error, ErrorKind, Ledger, Phase, Reply, Sent, TargetId};
use pin_project::pin_project;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;
use tower_service::Service;

use super::handle::Stall;
use super::permit::Permit;
use crate::timer::LazyTimer;

/// The call of a [`BreakerService`](super::BreakerService).
#[pin_project]
pub struct BreakerFuture<S, R>
where
    S: Service<R>,
{
    #[pin]
    state: State<S, R, S::Future>,
    /// The ledger of the call.
    ledger: Ledger,
}

#[pin_project(project = StateProj, project_replace = StateOwned)]
enum State<S, R, F> {
    /// The breaker did not let the call through.
    Refused { error: Error },
    /// It did, and the service below must become ready.
    Readying {
        service: S,
        request: R,
        permit: Permit,
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
}

impl<S, R> BreakerFuture<S, R>
where
    S: Service<R>,
{
    pub(super) fn admitted(service: S, request: R, permit: Permit, ledger: Ledger) -> Self {
        let state = State::Readying {
            service,
            request,
            permit,
        };
        Self { state, ledger }
    }

    pub(super) fn refused(error: Error, ledger: Ledger) -> Self {
        let state = State::Refused { error };
        Self { state, ledger }
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
                StateProj::Readying { service, .. } => match ready!(service.poll_ready(cx)) {
                    Ok(()) => {
                        this.state.as_mut().call();
                        continue;
                    }
                    Err(error) => Err(error),
                },
                StateProj::Calling {
                    future,
                    permit,
                    watch,
                } => match (future.poll(cx), permit.take()) {
                    (Poll::Ready(result), Some(permit)) => settle(result, permit),
                    (Poll::Ready(result), None) => result,
                    (Poll::Pending, Some(held)) => {
                        let found = watch.poll_stall(&held, cx);
                        let target = held.breaker().target().clone();
                        *permit = Some(held);
                        ready!(found);
                        // The call below ends first: only then can the ledger be told what it ended of.
                        this.state.set(State::Done);
                        note_stall(this.ledger, &target);
                        Err(stalled(target))
                    }
                    (Poll::Pending, None) => return Poll::Pending,
                },
                StateProj::Refused { error } => Err(error.clone()),
                StateProj::Done => return Poll::Pending,
            };
            this.state.set(State::Done);
            return Poll::Ready(result);
        }
    }
}

impl<S, R> State<S, R, S::Future>
where
    R: Call,
    S: Service<R>,
{
    /// Calls the service that has become ready.
    fn call(mut self: Pin<&mut Self>) {
        if let StateOwned::Readying {
            mut service,
            request,
            mut permit,
        } = self.as_mut().project_replace(State::Done)
        {
            let watch = Watch {
                rescued: permit.breaker().rescued(),
                timer: LazyTimer::default(),
                look_at: permit.begin(R::MODE),
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
    /// Waits until the call is called back.
    fn poll_stall(self: Pin<&mut Self>, permit: &Permit, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        while let Some(at) = *this.look_at {
            if this.timer.as_mut().poll_until(at, cx).is_pending() {
                break;
            }
            *this.look_at = match permit.breaker().look_for_stall() {
                Stall::Maybe(later) => Some(later),
                Stall::None | Stall::Found => None,
            };
        }
        this.rescued.poll(cx)
    }
}

fn settle<T: Reply>(result: Result<T, Error>, mut permit: Permit) -> Result<T, Error> {
    match result {
        Ok(reply) => {
            permit.answered();
            Ok(reply.hold(permit))
        }
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

fn stalled(target: TargetId) -> Error {
    Error::new(ErrorKind::Stalled)
        .with_target(target)
        .with_phase(Phase::Head)
        .with_sent(Sent::Maybe)
        .with_message("several calls waited together and none heard anything")
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
            State::Refused { .. } => "BreakerFuture(refused)",
            State::Readying { .. } => "BreakerFuture(readying)",
            State::Calling { .. } => "BreakerFuture(calling)",
            State::Done => "BreakerFuture(done)",
        })
    }
}
