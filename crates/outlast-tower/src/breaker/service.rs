use std::task::{Context, Poll};

use outlast_types::{Call, CallContext, Error, Reply};
use tokio::time::Instant;
use tower_service::Service;

use super::future::BreakerFuture;
use super::permit::Permit;
use super::state::{Refusal, Ticket};
use super::{AskAnyway, Breaker};

/// A target behind its breaker; see [the module](super).
#[derive(Clone, Debug)]
pub struct BreakerService<S> {
    inner: S,
    breaker: Breaker,
}

impl<S> BreakerService<S> {
    pub(super) fn new(inner: S, breaker: Breaker) -> Self {
        Self { inner, breaker }
    }

    /// Returns the breaker.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    fn admit(&self, context: &CallContext) -> Result<Ticket, Error> {
        let anyway = context.extensions.get::<AskAnyway>();
        let anyway = anyway.is_some_and(AskAnyway::take);
        self.breaker
            .admit(anyway)
            .map_err(|refusal| self.refuse(context, refusal))
    }

    /// Notes that the target was passed over, and says why.
    fn refuse(&self, context: &CallContext, refusal: Refusal) -> Error {
        let target = self.breaker.target();
        let error = refusal.into_error(target.clone());
        let now = Instant::now().into_std();
        context.ledger.skip(target.clone(), now, error.kind());
        error
    }
}

impl<S, R, T> Service<R> for BreakerService<S>
where
    R: Call,
    S: Service<R, Response = T, Error = Error> + Clone,
    T: Reply,
{
    type Response = T;
    type Error = Error;
    type Future = BreakerFuture<S, R>;

    /// Is always ready. The service below is only waited for once the breaker has let the call through, so that an
    /// open breaker answers at once, and waiting for a place in line is not mistaken for a target that hangs.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let ledger = request.context().ledger.clone();
        match self.admit(request.context()) {
            Ok(ticket) => {
                let permit = Permit::new(self.breaker.clone(), ticket);
                BreakerFuture::admitted(self.inner.clone(), request, permit, ledger)
            }
            Err(error) => BreakerFuture::refused(error, ledger),
        }
    }
}
