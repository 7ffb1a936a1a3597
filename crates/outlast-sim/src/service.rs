//! The simulated provider as a service in memory.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use outlast_types::BoxError;
use pin_project::pin_project;
use tokio::time::Sleep;
use tower_service::Service;

use crate::call::{self, Begun, Outcome};
use crate::guard::CallGuard;
use crate::log::CallEnd;
use crate::{Sim, SimBody};

/// Answers HTTP requests as the provider does, without a network; made by [`Sim::service`].
///
/// It is always ready. Where the script breaks the connection, it fails with a boxed [`outlast_types::Error`], as an
/// HTTP client that knows what failed does. Requests below `/__sim` go to the simulator itself: see the
/// [crate's page](crate#the-control-endpoint).
#[derive(Clone, Debug)]
pub struct SimService {
    sim: Sim,
}

impl SimService {
    pub(crate) fn new(sim: Sim) -> Self {
        Self { sim }
    }
}

impl Service<http::Request<Bytes>> for SimService {
    type Response = http::Response<SimBody>;
    type Error = BoxError;
    type Future = SimFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> SimFuture {
        let Begun {
            call,
            wait,
            outcome,
        } = call::begin(&self.sim, &request);
        SimFuture {
            wait: (!wait.is_zero()).then(|| tokio::time::sleep(wait)),
            pending: Some((call, outcome)),
        }
    }
}

/// Waits for the head of a simulated provider's reply.
#[pin_project]
#[derive(Debug)]
pub struct SimFuture {
    #[pin]
    wait: Option<Sleep>,
    pending: Option<(CallGuard, Outcome)>,
}

impl Future for SimFuture {
    type Output = Result<http::Response<SimBody>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(wait) = this.wait.as_mut().as_pin_mut() {
            ready!(wait.poll(cx));
            this.wait.set(None);
        }
        match this.pending.take() {
            Some((call, Outcome::Reply(reply))) => {
                call.head(reply.status());
                Poll::Ready(Ok(reply.map(|steps| SimBody::new(steps, call))))
            }
            Some((mut call, Outcome::Fail(error))) => {
                call.end(CallEnd::Cut);
                Poll::Ready(Err(error.into()))
            }
            // Hangs, until whoever waits drops it; a future polled after its end hangs too.
            hanging => {
                *this.pending = hanging;
                Poll::Pending
            }
        }
    }
}
