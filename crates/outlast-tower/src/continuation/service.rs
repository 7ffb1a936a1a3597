use std::task::{Context, Poll};

use outlast_types::{Call, Error, PrefillSupport, Reply};
use tower_service::Service;

use super::ContinuationFuture;
use super::rest::Rest;

/// Asks a target to go on after the beginning of an answer; see [the module](super).
#[derive(Clone, Debug)]
pub struct ContinuationService<S> {
    inner: S,
    prefill: PrefillSupport,
    max_calls: usize,
}

impl<S> ContinuationService<S> {
    pub(super) fn new(inner: S, prefill: PrefillSupport, max_calls: usize) -> Self {
        Self {
            inner,
            prefill,
            max_calls,
        }
    }
}

impl<S, R, T> Service<R> for ContinuationService<S>
where
    R: Call,
    S: Service<R, Response = T, Error = Error> + Clone,
    T: Reply,
{
    type Response = T;
    type Error = Error;
    type Future = ContinuationFuture<S, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        if request.context().continuation.is_none() {
            return ContinuationFuture::new(self.inner.call(request), None);
        }
        // The clone has not been polled ready: it waits for that itself if it is needed.
        let rest = Rest::new(self.inner.clone(), request, self.prefill, self.max_calls);
        ContinuationFuture::new(self.inner.call(rest.render()), Some(rest))
    }
}
