use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply};
use tower_service::Service;

use super::future::CommitFuture;
use super::limits::Limits;
use crate::timer::deadline_of;

/// Waits for the first content; made by [`CommitLayer`](super::CommitLayer).
#[derive(Clone, Debug)]
pub struct CommitService<S> {
    inner: S,
    limits: Limits,
}

impl<S> CommitService<S> {
    pub(super) fn new(inner: S, limits: Limits) -> Self {
        Self { inner, limits }
    }
}

impl<R, S> Service<R> for CommitService<S>
where
    R: Call,
    S: Service<R, Error = Error>,
    S::Response: Reply,
{
    type Response = S::Response;
    type Error = Error;
    type Future = CommitFuture<S::Future, S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.limits.attempt(R::MODE, deadline_of(request.context())) {
            Ok(time) => CommitFuture::calling(self.inner.call(request), time),
            Err(error) => CommitFuture::refused(error),
        }
    }
}
