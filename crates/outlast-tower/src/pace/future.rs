use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Error, Mode};
use pin_project::pin_project;
use tokio::time::Instant;

use super::Pace;

/// The call of a [`PaceService`](super::PaceService).
#[pin_project]
#[derive(Debug)]
pub struct PaceFuture<F> {
    #[pin]
    inner: F,
    pace: Pace,
    mode: Mode,
    begun: Instant,
}

impl<F> PaceFuture<F> {
    pub(super) fn new(inner: F, pace: Pace, mode: Mode, begun: Instant) -> Self {
        Self {
            inner,
            pace,
            mode,
            begun,
        }
    }
}

impl<F, T> Future for PaceFuture<F>
where
    F: Future<Output = Result<T, Error>>,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        if result.is_ok() {
            let now = Instant::now();
            let took = now.saturating_duration_since(*this.begun);
            this.pace.sample(*this.mode, took, now.into_std());
        }
        Poll::Ready(result)
    }
}
