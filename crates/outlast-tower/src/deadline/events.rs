use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use outlast_types::{Error, EventStream, Ledger, StreamEvent};
use pin_project::pin_project;
use tokio::time::Instant;

use super::{exceeded, with_ledger};
use crate::timer::LazyTimer;

/// The events of a stream, until the deadline.
#[pin_project]
pub(super) struct DeadlineEvents {
    /// Gone once the stream is over.
    events: Option<EventStream>,
    #[pin]
    timer: LazyTimer,
    deadline: Instant,
    ledger: Ledger,
    /// Whether the timer runs.
    started: bool,
}

impl DeadlineEvents {
    pub(super) fn new(events: EventStream, deadline: Instant, ledger: Ledger) -> Self {
        Self {
            events: Some(events),
            timer: LazyTimer::default(),
            deadline,
            ledger,
            started: false,
        }
    }
}

impl Stream for DeadlineEvents {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let Some(events) = this.events else {
            return Poll::Ready(None);
        };
        // A stream that always has an event ready never waits; it must still learn that the time is over. Once the
        // timer runs that takes no look at the clock.
        let over = if std::mem::replace(this.started, true) {
            this.timer.has_fired()
        } else {
            this.timer
                .as_mut()
                .poll_until(*this.deadline, cx)
                .is_ready()
        };
        if !over {
            match events.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => return Poll::Ready(Some(Ok(event))),
                Poll::Ready(Some(Err(error))) => {
                    *this.events = None;
                    return Poll::Ready(Some(Err(with_ledger(error, this.ledger))));
                }
                Poll::Ready(None) => {
                    *this.events = None;
                    return Poll::Ready(None);
                }
                Poll::Pending => ready!(this.timer.poll_until(*this.deadline, cx)),
            }
        }
        *this.events = None;
        Poll::Ready(Some(Err(with_ledger(exceeded(), this.ledger))))
    }
}
