use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply};
use tower_service::Service;

use super::clock::{IdleClock, Limits};
use super::future::IdleFuture;

/// Watches streams for standing still; made by [`IdleLayer`](super::IdleLayer).
#[derive(Clone, Debug)]
pub struct IdleService<S> {
    inner: S,
    limits: Limits,
}

impl<S> IdleService<S> {
    pub(super) fn new(inner: S, limits: Limits) -> Self {
        Self { inner, limits }
    }
}

impl<R, S> Service<R> for IdleService<S>
where
    R: Call,
    S: Service<R, Error = Error>,
    S::Response: Reply,
{
    type Response = S::Response;
    type Error = Error;
    type Future = IdleFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let answers = request.chat().and_then(|chat| chat.n).unwrap_or(1);
        let clock = IdleClock::new(self.limits, answers);
        IdleFuture::new(self.inner.call(request), clock)
    }
}
