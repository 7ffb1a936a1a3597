use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use outlast_types::ReplyGuard;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::PollSemaphore;

/// A limit on the calls under way to one target; clones share it.
#[derive(Clone, Debug)]
pub struct InFlight {
    permits: Arc<Semaphore>,
    limit: usize,
    queue: Option<Queue>,
}

#[derive(Clone, Debug)]
struct Queue {
    places: Arc<Semaphore>,
    size: usize,
    max_wait: Duration,
}

impl InFlight {
    /// Allows `limit` calls at once, and nobody to wait.
    pub fn new(limit: NonZeroUsize) -> Self {
        let limit = limit.get().min(Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(limit)),
            limit,
            queue: None,
        }
    }

    /// Lets up to `max_waiting` calls wait up to `max_wait` for one under way to end.
    ///
    /// The queue belongs to this handle and its clones from here on; to no earlier clone.
    pub fn with_queue(mut self, max_waiting: usize, max_wait: Duration) -> Self {
        let size = max_waiting.min(Semaphore::MAX_PERMITS);
        self.queue = Some(Queue {
            places: Arc::new(Semaphore::new(size)),
            size,
            max_wait,
        });
        self
    }

    /// Returns how many calls may be under way at once.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Counts the calls under way.
    pub fn under_way(&self) -> usize {
        self.limit.saturating_sub(self.permits.available_permits())
    }

    /// Counts the calls that wait for another to end.
    pub fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| {
            queue.size.saturating_sub(queue.places.available_permits())
        })
    }

    /// Lets a call in, or into the queue, or not at all.
    pub(super) fn admit(&self) -> Admission {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Admission::Now(Permit(permit));
        }
        let Some(queue) = &self.queue else {
            return Admission::Full;
        };
        match queue.places.clone().try_acquire_owned() {
            Ok(place) => Admission::Later(Turn {
                permits: PollSemaphore::new(self.permits.clone()),
                max_wait: queue.max_wait,
                _place: place,
            }),
            Err(_) => Admission::Full,
        }
    }
}

impl Default for InFlight {
    /// Allows 256 calls at once, and nobody to wait.
    fn default() -> Self {
        const LIMIT: NonZeroUsize = NonZeroUsize::new(256).unwrap();
        Self::new(LIMIT)
    }
}

/// How a call fares that wants in.
pub(super) enum Admission {
    Now(Permit),
    Later(Turn),
    Full,
}

/// Is held while a call is under way; dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Permit(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl ReplyGuard for Permit {}

/// A place in the queue; dropping it leaves the queue.
#[derive(Debug)]
pub(super) struct Turn {
    permits: PollSemaphore,
    max_wait: Duration,
    _place: OwnedSemaphorePermit,
}

impl Turn {
    pub(super) fn max_wait(&self) -> Duration {
        self.max_wait
    }

    /// Waits for a permit.
    pub(super) fn poll_permit(&mut self, cx: &mut Context<'_>) -> Poll<Option<Permit>> {
        // It is `None` only for a closed semaphore, and nobody closes ours.
        self.permits
            .poll_acquire(cx)
            .map(|permit| permit.map(Permit))
    }
}
