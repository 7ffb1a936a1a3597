use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use outlast_types::{Error, ErrorKind, EventStream, StreamEvent, TargetId};
use pin_project::pin_project;
use tokio::time::Instant;

use super::clock::IdleClock;
use crate::timer::LazyTimer;

/// The events of a stream, until it stands still.
#[pin_project]
pub(super) struct IdleEvents {
    /// Gone once the stream is over.
    events: Option<EventStream>,
    clock: IdleClock,
    #[pin]
    timer: LazyTimer,
    target: TargetId,
    request_id: Option<String>,
}

impl IdleEvents {
    pub(super) fn new(
        events: EventStream,
        clock: IdleClock,
        target: TargetId,
        request_id: Option<String>,
    ) -> Self {
        Self {
            events: Some(events),
            clock,
            timer: LazyTimer::default(),
            target,
            request_id,
        }
    }
}

impl Stream for IdleEvents {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(events) = this.events else {
            return Poll::Ready(None);
        };
        match events.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(event))) => {
                this.clock.event(&event, Instant::now);
                Poll::Ready(Some(Ok(event)))
            }
            Poll::Ready(end) => {
                *this.events = None;
                Poll::Ready(end)
            }
            Poll::Pending => {
                let due = this.clock.wait(Instant::now);
                ready!(this.timer.poll_until(due, cx));
                *this.events = None;
                Poll::Ready(this.clock.elapsed().map(|words| {
                    Err(Error::new(ErrorKind::IdleTimeout)
                        .with_message(words)
                        .with_target(this.target.clone())
                        .with_request_id(this.request_id.take()))
                }))
            }
        }
    }
}
