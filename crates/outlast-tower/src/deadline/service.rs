use std::task::{Context, Poll};
use std::time::Duration;

use outlast_types::{Call, Error, Reply};
use tokio::time::Instant;
use tower_service::Service;

use super::future::DeadlineFuture;
use crate::timer::{after, deadline_of};

/// Ends calls whose time is over; made by [`DeadlineLayer`](super::DeadlineLayer).
#[derive(Clone, Debug)]
pub struct DeadlineService<S> {
    inner: S,
    total: Duration,
}

impl<S> DeadlineService<S> {
    pub(super) fn new(inner: S, total: Duration) -> Self {
        Self { inner, total }
    }
}

impl<R, S> Service<R> for DeadlineService<S>
where
    R: Call,
    S: Service<R, Error = Error>,
    S::Response: Reply,
{
    type Response = S::Response;
    type Error = Error;
    type Future = DeadlineFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: R) -> Self::Future {
        let context = request.context_mut();
        let (now, ledger) = (Instant::now(), context.ledger.clone());
        let own = after(now, self.total);
        let deadline = deadline_of(context).map_or(own, |callers| callers.min(own));
        if deadline <= now {
            return DeadlineFuture::late(ledger);
        }
        context.deadline = Some(deadline.into_std());
        DeadlineFuture::calling(self.inner.call(request), deadline, ledger)
    }
}
