use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use outlast_types::{Error, EventStream, Reply, StreamEvent};
use pin_project::pin_project;
use tracing::Span;

use super::span::Description;

/// The call of an [`ObserveService`](super::ObserveService).
#[pin_project]
#[derive(Debug)]
pub struct ObserveFuture<F> {
    #[pin]
    inner: F,
    /// Open until the call is ready.
    description: Option<Description>,
}

impl<F> ObserveFuture<F> {
    pub(super) fn new(inner: F, description: Description) -> Self {
        Self {
            inner,
            description: Some(description),
        }
    }
}

impl<F, T> Future for ObserveFuture<F>
where
    F: Future<Output = Result<T, Error>>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = {
            let span = this.description.as_ref().map(Description::span);
            let _entered = span.map(Span::enter);
            ready!(this.inner.poll(cx))
        };
        let Some(description) = this.description.take() else {
            return Poll::Ready(result);
        };
        Poll::Ready(match result {
            Ok(reply) => Ok(describe(reply, description)),
            Err(error) => {
                description.failed(&error);
                Err(error)
            }
        })
    }
}

/// Goes on describing the reply to its end.
fn describe<T: Reply>(reply: T, mut description: Description) -> T {
    if description.is_idle() {
        return reply;
    }
    description.served_by(&reply.meta().target);
    if description.span().is_disabled() {
        return reply.hold(description);
    }
    let span = description.span().clone();
    reply
        .map_events(|events| Box::pin(InSpan { events, span }))
        .hold(description)
}

/// Polls a stream's events inside the span, for what the layers below log then belongs to the call.
struct InSpan {
    events: EventStream,
    span: Span,
}

impl Stream for InSpan {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let _entered = this.span.enter();
        this.events.as_mut().poll_next(cx)
    }
}
