use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply, TargetId};
use tower_service::Service;

use super::InFlight;
use super::future::InFlightFuture;
use super::limit::Admission;

/// Counts the calls under way to a target; made by [`InFlightLayer`](super::InFlightLayer).
///
/// # Clone
///
/// The inner service must be [`Clone`]: a call that waits for its turn takes the ready service with it and leaves a
/// clone behind.
#[derive(Clone, Debug)]
pub struct InFlightService<S> {
    inner: S,
    in_flight: InFlight,
    target: TargetId,
}

impl<S> InFlightService<S> {
    pub(super) fn new(inner: S, in_flight: InFlight, target: TargetId) -> Self {
        Self {
            inner,
            in_flight,
            target,
        }
    }
}

impl<R, S> Service<R> for InFlightService<S>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
    S::Response: Reply,
{
    type Response = S::Response;
    type Error = Error;
    type Future = InFlightFuture<S, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.in_flight.admit() {
            Admission::Now(permit) => InFlightFuture::calling(self.inner.call(request), permit),
            Admission::Later(turn) => {
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                InFlightFuture::waiting(ready, request, turn, self.target.clone())
            }
            Admission::Full => InFlightFuture::refused(request.context(), &self.target),
        }
    }
}
