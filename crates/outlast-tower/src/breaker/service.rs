use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply};
use tower_service::Service;

use super::Breaker;

/// A target behind its breaker; see [the module](super).
#[derive(Clone)]
pub struct BreakerService<S> {
    inner: S,
    breaker: Breaker,
}

impl<S> BreakerService<S> {
    pub(super) fn new(inner: S, breaker: Breaker) -> Self {
        Self { inner, breaker }
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
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.inner.call(request)
    }
}
