use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply};
use tower_service::Service;

use super::{Breaker, BreakerFuture};

/// A target behind its breaker; see [the module](super).
#[derive(Clone, Debug)]
pub struct BreakerService<S> {
    inner: S,
    breaker: Breaker,
    /// Whether somebody else can take over from a probe.
    rescuable: bool,
}

impl<S> BreakerService<S> {
    pub(super) fn new(inner: S, breaker: Breaker, rescuable: bool) -> Self {
        Self {
            inner,
            breaker,
            rescuable,
        }
    }

    /// Returns the breaker.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }
}

impl<S, R, T> Service<R> for BreakerService<S>
where
    R: Call,
    S: Service<R, Response = T, Error = Error> + Clone,
    T: Reply,
{
    type Response = T;
    type Error = Error;
    type Future = BreakerFuture<S, R>;

    /// Is always ready. The service below is only waited for once the breaker has let the call through, so that an
    /// open breaker answers at once, and waiting for a place in line is not mistaken for a target that hangs.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The clone has not been polled ready: the future waits for that.
        BreakerFuture::new(
            self.inner.clone(),
            request,
            self.breaker.clone(),
            self.rescuable,
        )
    }
}
