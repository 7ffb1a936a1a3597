//! A timer that costs nothing until something is waited for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use outlast_types::CallContext;
use pin_project::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

/// Waits until an instant that may be moved on between polls.
///
/// It is registered with the runtime when it is first polled, and moved there only when it fires too early: moving the
/// instant on is free.
#[pin_project]
#[derive(Debug, Default)]
pub(crate) struct LazyTimer {
    #[pin]
    sleep: Option<Sleep>,
}

impl LazyTimer {
    /// Waits until `due`, which must never be earlier than the time before.
    pub(crate) fn poll_until(self: Pin<&mut Self>, due: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut slot = self.project().sleep;
        if slot.is_none() {
            slot.set(Some(sleep_until(due)));
        }
        while let Some(mut sleep) = slot.as_mut().as_pin_mut() {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= due {
                break;
            }
            sleep.reset(due);
        }
        Poll::Ready(())
    }

    /// Tells whether the runtime has seen the instant of the last poll go by; does not look at the clock.
    pub(crate) fn has_fired(&self) -> bool {
        self.sleep.as_ref().is_some_and(Sleep::is_elapsed)
    }
}

/// Returns the instant `time` after `start`; for a time that no clock can hold, one that nobody lives to see.
pub(crate) fn after(start: Instant, time: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    start.checked_add(time).unwrap_or_else(|| start + A_CENTURY)
}

/// Returns when the call must be over, on tokio's clock.
pub(crate) fn deadline_of(context: &CallContext) -> Option<Instant> {
    context.deadline.map(Instant::from_std)
}
