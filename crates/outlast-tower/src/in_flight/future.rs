use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Call, CallContext, Error, ErrorKind, Reply, TargetId};
use pin_project::pin_project;
use tokio::time::Instant;
use tower_service::Service;

use super::limit::{Permit, Turn};
use crate::timer::{LazyTimer, after, deadline_of};

/// The call of an [`InFlightService`](super::InFlightService).
#[pin_project]
pub struct InFlightFuture<S, R>
where
    S: Service<R>,
{
    #[pin]
    state: State<S, R, S::Future>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "a box for the rare wait would cost an allocation, and the future is boxed further out anyway; how large it is depends on tokio's features"
)]
#[pin_project(project = StateProj, project_replace = StateOwned)]
enum State<S, R, F> {
    /// The limit is reached, and the queue is full.
    Refused { error: Error },
    /// A call under way must end first.
    Waiting {
        waiting: Waiting<S, R>,
        #[pin]
        timer: LazyTimer,
    },
    Calling {
        #[pin]
        future: F,
        permit: Option<Permit>,
    },
    /// The future has been ready.
    Done,
}

/// A call in the queue.
struct Waiting<S, R> {
    service: S,
    request: R,
    turn: Turn,
    target: TargetId,
    /// When the wait is over; known from the first poll on.
    due: Option<Instant>,
}

impl<S, R> InFlightFuture<S, R>
where
    S: Service<R>,
{
    pub(super) fn calling(future: S::Future, permit: Permit) -> Self {
        let permit = Some(permit);
        Self {
            state: State::Calling { future, permit },
        }
    }

    pub(super) fn waiting(service: S, request: R, turn: Turn, target: TargetId) -> Self {
        Self {
            state: State::Waiting {
                waiting: Waiting {
                    service,
                    request,
                    turn,
                    target,
                    due: None,
                },
                timer: LazyTimer::default(),
            },
        }
    }

    pub(super) fn refused(context: &CallContext, target: &TargetId) -> Self {
        let error = refuse(context, target, ErrorKind::LocalOverload);
        Self {
            state: State::Refused { error },
        }
    }
}

/// Notes that the target was passed over, and says why.
fn refuse(context: &CallContext, target: &TargetId, why: ErrorKind) -> Error {
    context
        .ledger
        .skip(target.clone(), Instant::now().into_std(), why);
    let words = match why {
        ErrorKind::DeadlineExceeded => "the call's time was over before its turn had come",
        _ => "the limit on calls to this target at once is reached",
    };
    Error::new(why)
        .with_target(target.clone())
        .with_message(words)
}

impl<S, R> Waiting<S, R>
where
    R: Call,
{
    fn due(&mut self) -> Instant {
        let Self {
            due, turn, request, ..
        } = self;
        *due.get_or_insert_with(|| {
            let own = after(Instant::now(), turn.max_wait());
            deadline_of(request.context()).map_or(own, |deadline| own.min(deadline))
        })
    }

    /// Says what it means that the wait is over.
    fn elapsed(&self) -> Error {
        let context = self.request.context();
        let why = if self.due.is_some() && self.due == deadline_of(context) {
            ErrorKind::DeadlineExceeded
        } else {
            ErrorKind::LocalOverload
        };
        refuse(context, &self.target, why)
    }
}

impl<S, R, T> Future for InFlightFuture<S, R>
where
    R: Call,
    S: Service<R, Response = T, Error = Error>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let result = match state.as_mut().project() {
                StateProj::Waiting { waiting, timer } => match waiting.turn.poll_permit(cx) {
                    Poll::Ready(permit) => {
                        state.as_mut().call(permit);
                        continue;
                    }
                    Poll::Pending => {
                        ready!(timer.poll_until(waiting.due(), cx));
                        Err(waiting.elapsed())
                    }
                },
                StateProj::Calling { future, permit } => {
                    let result = ready!(future.poll(cx));
                    match (result, permit.take()) {
                        (Ok(reply), Some(permit)) => Ok(reply.hold(permit)),
                        (result, _) => result,
                    }
                }
                StateProj::Refused { error } => Err(error.clone()),
                StateProj::Done => return Poll::Pending,
            };
            state.set(State::Done);
            return Poll::Ready(result);
        }
    }
}

impl<S, R> State<S, R, S::Future>
where
    S: Service<R>,
{
    /// Makes the call whose turn it is.
    fn call(mut self: Pin<&mut Self>, permit: Option<Permit>) {
        if let StateOwned::Waiting { waiting, .. } = self.as_mut().project_replace(State::Done) {
            let Waiting {
                mut service,
                request,
                ..
            } = waiting;
            let future = service.call(request);
            self.set(State::Calling { future, permit });
        }
    }
}

impl<S, R> fmt::Debug for InFlightFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Refused { .. } => "InFlightFuture(refused)",
            State::Waiting { .. } => "InFlightFuture(waiting)",
            State::Calling { .. } => "InFlightFuture(calling)",
            State::Done => "InFlightFuture(done)",
        })
    }
}
