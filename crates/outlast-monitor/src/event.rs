//! What programs are told, as a stream.

use std::time::SystemTime;

use futures_core::Stream;
use futures_util::stream::unfold;
use outlast_types::{ErrorKind, TargetId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::{Alert, Incident};

/// Something that happened, for programs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// An incident has begun.
    Opened(Incident),
    /// An incident is over.
    Resolved(Incident),
    /// People were told something.
    Alert(Alert),
    /// A breaker changed its state.
    BreakerChanged {
        /// The target.
        target: TargetId,
        /// The state before, in snake case.
        from: &'static str,
        /// The state now, in snake case.
        to: &'static str,
        /// When.
        at: SystemTime,
    },
    /// A target was asked for a sign of life.
    Probed {
        /// The target.
        target: TargetId,
        /// What it failed with, if it did.
        failed: Option<ErrorKind>,
        /// When.
        at: SystemTime,
    },
    /// So many events were missed, because they were not read in time.
    Missed(u64),
}

/// The events from now on.
///
/// It holds as many as the monitor was told to keep ([`MonitorConfig::events`](crate::MonitorConfig::events)). Who reads
/// more slowly than that loses the oldest, and is told how many: nobody waits for a reader.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    pub(crate) fn new(receiver: broadcast::Receiver<Event>) -> Self {
        Self(receiver)
    }

    /// Waits for the next event; `None` if there will be no more.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(count)) => Some(Event::Missed(count)),
            Err(RecvError::Closed) => None,
        }
    }

    /// Returns the events as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Event> + Send + 'static {
        unfold(self, |mut events| async move {
            let event = events.next().await?;
            Some((event, events))
        })
    }
}
