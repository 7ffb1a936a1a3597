use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use outlast_types::{Call, Error, ErrorKind};
use pin_project::pin_project;
use tower::util::Oneshot;
use tower_service::Service;

use super::service::Settings;

/// The call of a [`Fallback`](super::Fallback).
#[pin_project]
pub struct FallbackFuture<S, R>
where
    S: Service<R>,
{
    settings: Arc<Settings<S>>,
    request: R,
    next: usize,
    #[pin]
    call: Option<Oneshot<S, R>>,
    error: Option<Error>,
}

impl<S, R> FallbackFuture<S, R>
where
    S: Service<R>,
{
    pub(super) fn new(settings: Arc<Settings<S>>, request: R) -> Self {
        Self {
            settings,
            request,
            next: 0,
            call: None,
            error: None,
        }
    }
}

impl<S, R> Future for FallbackFuture<S, R>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
{
    type Output = Result<S::Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if let Some(call) = this.call.as_mut().as_pin_mut() {
                match ready!(call.poll(cx)) {
                    Ok(reply) => return Poll::Ready(Ok(reply)),
                    Err(error) => *this.error = Some(error),
                }
            }
            let Some(candidate) = this.settings.candidates.get(*this.next) else {
                let error = this.error.take();
                let error = error.unwrap_or_else(|| Error::new(ErrorKind::Internal));
                return Poll::Ready(Err(error));
            };
            *this.next += 1;
            let call = Oneshot::new(candidate.service.clone(), this.request.clone());
            this.call.set(Some(call));
        }
    }
}
