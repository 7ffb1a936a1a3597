use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Error, Reply};
use pin_project::pin_project;

use super::clock::IdleClock;
use super::events::IdleEvents;

/// The call of an [`IdleService`](super::IdleService).
#[pin_project]
#[derive(Debug)]
pub struct IdleFuture<F> {
    #[pin]
    inner: F,
    clock: IdleClock,
}

impl<F> IdleFuture<F> {
    pub(super) fn new(inner: F, clock: IdleClock) -> Self {
        Self { inner, clock }
    }
}

impl<F, T> Future for IdleFuture<F>
where
    F: Future<Output = Result<T, Error>>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let reply = ready!(this.inner.poll(cx))?;
        let target = reply.meta().target.clone();
        let request_id = reply.meta().request_id.clone();
        let clock = *this.clock;
        Poll::Ready(Ok(reply.map_events(|events| {
            Box::pin(IdleEvents::new(events, clock, target, request_id))
        })))
    }
}
