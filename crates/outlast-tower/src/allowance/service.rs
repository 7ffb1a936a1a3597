use std::task::{Context, Poll};

use outlast_types::{Call, Error, Reply, TargetId};
use tower_service::Service;

use super::reservation::Reservation;
use super::{Allowance, AllowanceFuture};

/// Keeps the calls to a target within its limits; made by [`AllowanceLayer`](super::AllowanceLayer).
#[derive(Clone, Debug)]
pub struct AllowanceService<S> {
    inner: S,
    allowance: Allowance,
    target: TargetId,
}

impl<S> AllowanceService<S> {
    pub(super) fn new(inner: S, allowance: Allowance, target: TargetId) -> Self {
        Self {
            inner,
            allowance,
            target,
        }
    }
}

impl<R, S> Service<R> for AllowanceService<S>
where
    R: Call,
    S: Service<R, Error = Error>,
    S::Response: Reply,
{
    type Response = S::Response;
    type Error = Error;
    type Future = AllowanceFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.allowance.admit(request.chat()) {
            Ok(ticket) => {
                let reservation = Reservation::new(self.allowance.clone(), ticket);
                AllowanceFuture::calling(self.inner.call(request), reservation)
            }
            Err(wait) => AllowanceFuture::refused(request.context(), &self.target, wait),
        }
    }
}
