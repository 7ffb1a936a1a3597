use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Call, Error};
use pin_project::pin_project;
use tower::util::Oneshot;
use tower_service::Service;

use super::rest::Rest;

/// The call of a [`ContinuationService`](super::ContinuationService).
#[pin_project]
pub struct ContinuationFuture<S, R>
where
    S: Service<R>,
{
    #[pin]
    state: State<S::Future, Oneshot<S, R>>,
    /// Set if the caller already has the beginning of the answer.
    rest: Option<Rest<S, R>>,
}

#[pin_project(project = StateProj)]
enum State<F, A> {
    Calling {
        #[pin]
        future: F,
    },
    /// The prefill was refused, and the target is asked in words.
    Again {
        #[pin]
        call: A,
    },
    Done,
}

impl<S, R> ContinuationFuture<S, R>
where
    S: Service<R>,
{
    pub(super) fn new(future: S::Future, rest: Option<Rest<S, R>>) -> Self {
        Self {
            state: State::Calling { future },
            rest,
        }
    }
}

impl<S, R> Future for ContinuationFuture<S, R>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
{
    type Output = Result<S::Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let result = match this.state.as_mut().project() {
                StateProj::Calling { future } => ready!(future.poll(cx)),
                StateProj::Again { call } => ready!(call.poll(cx)),
                StateProj::Done => return Poll::Pending,
            };
            this.state.set(State::Done);
            let Some(rest) = this.rest else {
                return Poll::Ready(result);
            };
            rest.note();
            match result {
                Err(error) if rest.may_ask_again(&error) => {
                    let call = rest.ask_in_words();
                    this.state.set(State::Again { call });
                }
                result => return Poll::Ready(result),
            }
        }
    }
}

impl<S, R> fmt::Debug for ContinuationFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Calling { .. } => "ContinuationFuture(calling)",
            State::Again { .. } => "ContinuationFuture(asking again)",
            State::Done => "ContinuationFuture(done)",
        })
    }
}
