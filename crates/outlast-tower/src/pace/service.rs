use std::task::{Context, Poll};

use outlast_types::{Call, Error};
use tokio::time::Instant;
use tower_service::Service;

use super::{Pace, PaceFuture};

/// Measures how fast a target answers; made by [`PaceLayer`](super::PaceLayer).
#[derive(Clone, Debug)]
pub struct PaceService<S> {
    inner: S,
    pace: Pace,
}

impl<S> PaceService<S> {
    pub(super) fn new(inner: S, pace: Pace) -> Self {
        Self { inner, pace }
    }
}

impl<R, S> Service<R> for PaceService<S>
where
    R: Call,
    S: Service<R, Error = Error>,
{
    type Response = S::Response;
    type Error = Error;
    type Future = PaceFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let begun = Instant::now();
        self.pace.begin(R::MODE, begun.into_std());
        PaceFuture::new(self.inner.call(request), self.pace.clone(), R::MODE, begun)
    }
}
