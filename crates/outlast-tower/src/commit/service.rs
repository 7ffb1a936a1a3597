use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply};
use tower_service::Service;

use super::future::CommitFuture;
use super::limits::Limits;
use crate::first_content::CallKind;

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
        let memory = self.limits.memory.clone();
        let memory = memory.map(|memory| (memory, CallKind::of(&request)));
        let kind = memory.as_ref().map(|(_, kind)| *kind);
        match self.limits.attempt(R::MODE, kind, request.context()) {
            Ok(time) => CommitFuture::calling(self.inner.call(request), time).with_memory(memory),
            Err(error) => CommitFuture::refused(error),
        }
    }
}
