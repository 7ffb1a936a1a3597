use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply, TargetId};
use tower_service::Service;

use super::entry::Entry;
use super::future::AttemptFuture;

/// Notes each call to a target; made by [`AttemptLayer`](super::AttemptLayer).
#[derive(Clone, Debug)]
pub struct AttemptService<S> {
    inner: S,
    target: TargetId,
}

impl<S> AttemptService<S> {
    /// Wraps the service of `target`.
    pub fn new(inner: S, target: TargetId) -> Self {
        Self { inner, target }
    }
}

impl<R, S> Service<R> for AttemptService<S>
where
    R: Call,
    S: Service<R, Error = Error>,
    S::Response: Reply,
{
    type Response = S::Response;
    type Error = Error;
    type Future = AttemptFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: R) -> Self::Future {
        // The entry is opened here and not at the first poll: a service may send in `call` already.
        let entry = Entry::open(request.context(), self.target.clone());
        request.context_mut().attempt = Some(entry.number());
        AttemptFuture::new(self.inner.call(request), entry, self.target.clone())
    }
}
