use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply};
use tower_service::Service;

use super::ObserveFuture;
use super::span::{Description, open};
use crate::Observers;

/// Describes each call in a tracing span; see [the module](super).
#[derive(Clone, Debug)]
pub struct ObserveService<S> {
    inner: S,
    observers: Observers,
}

impl<S> ObserveService<S> {
    pub(super) fn new(inner: S, observers: Observers) -> Self {
        Self { inner, observers }
    }
}

impl<S, R, T> Service<R> for ObserveService<S>
where
    R: Call,
    S: Service<R, Response = T, Error = Error>,
    T: Reply,
{
    type Response = T;
    type Error = Error;
    type Future = ObserveFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let span = open(&request);
        let description = Description::of(span.clone(), request.context(), R::MODE)
            .with_observers(self.observers.clone());
        let _entered = span.enter();
        ObserveFuture::new(self.inner.call(request), description)
    }
}
