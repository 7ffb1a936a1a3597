use std::pin::Pin;
use std::task::{Context, Poll};

use outlast_types::Error;
use pin_project::pin_project;
use tower::util::Oneshot;
use tower_service::Service;

/// The call of a [`Route`](super::Route).
#[pin_project]
pub struct RouteFuture<S, R>
where
    S: Service<R>,
{
    #[pin]
    state: State<Oneshot<S, R>>,
}

#[pin_project(project = StateProj)]
enum State<F> {
    /// The name led to a service.
    Calling {
        #[pin]
        call: F,
    },
    /// No route has the name.
    Unknown { error: Error },
}

impl<S, R> RouteFuture<S, R>
where
    S: Service<R>,
{
    pub(super) fn found(service: S, request: R) -> Self {
        let call = Oneshot::new(service, request);
        Self {
            state: State::Calling { call },
        }
    }

    pub(super) fn unknown(error: Error) -> Self {
        Self {
            state: State::Unknown { error },
        }
    }
}

impl<S, R> Future for RouteFuture<S, R>
where
    S: Service<R, Error = Error>,
{
    type Output = Result<S::Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Calling { call } => call.poll(cx),
            StateProj::Unknown { error } => Poll::Ready(Err(error.clone())),
        }
    }
}
