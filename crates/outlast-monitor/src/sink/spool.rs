use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::Alert;

/// How many alerts wait at most.
const CAPACITY: usize = 100;

/// How many keys of alerts are remembered, so that none is queued twice.
const REMEMBERED: usize = 512;

/// A sink as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStatus {
    /// Its name.
    pub name: String,
    /// How many alerts wait to be delivered.
    pub waiting: usize,
    /// How many were delivered.
    pub delivered: u64,
    /// How many were dropped for newer ones.
    pub dropped: u64,
    /// How many were given up: refused for good, or tried for too long.
    pub given_up: u64,
    /// Why the last try failed, if it did.
    pub last_failure: Option<String>,
}

/// The alerts that wait for a sink: bounded, and never in anybody's way.
#[derive(Debug)]
pub(super) struct Spool {
    name: String,
    inner: Mutex<Inner>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Waiting>,
    keys: VecDeque<String>,
    next_number: u64,
    delivered: u64,
    dropped: u64,
    given_up: u64,
    last_failure: Option<String>,
}

/// An alert in its place in the queue.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) alert: Alert,
    pub(super) since: Instant,
    number: u64,
}

impl Spool {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            inner: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Queues an alert; the oldest makes room if there is none.
    pub(super) fn push(&self, now: Instant, alert: Alert) {
        let mut inner = self.inner();
        let key = alert.key();
        if inner.keys.contains(&key) {
            return;
        }
        if inner.keys.len() == REMEMBERED {
            inner.keys.pop_front();
        }
        inner.keys.push_back(key);
        if inner.waiting.len() == CAPACITY {
            inner.waiting.pop_front();
            inner.dropped += 1;
        }
        let number = inner.next_number;
        inner.next_number += 1;
        inner.waiting.push_back(Waiting {
            alert,
            since: now,
            number,
        });
        drop(inner);
        self.arrived.notify_one();
    }

    /// Waits for an alert, and leaves it in its place: it is [taken out](Self::delivered) once it is delivered.
    pub(super) async fn first(&self) -> Waiting {
        loop {
            let arrived = self.arrived.notified();
            if let Some(first) = self.inner().waiting.front() {
                return first.clone();
            }
            arrived.await;
        }
    }

    pub(super) fn delivered(&self, waiting: &Waiting) {
        let mut inner = self.inner();
        inner.delivered += 1;
        inner.last_failure = None;
        inner.take_out(waiting);
    }

    pub(super) fn given_up(&self, waiting: &Waiting) {
        let mut inner = self.inner();
        inner.given_up += 1;
        inner.take_out(waiting);
    }

    pub(super) fn failed(&self, why: String) {
        self.inner().last_failure = Some(why);
    }

    pub(super) fn status(&self) -> SinkStatus {
        let inner = self.inner();
        SinkStatus {
            name: self.name.clone(),
            waiting: inner.waiting.len(),
            delivered: inner.delivered,
            dropped: inner.dropped,
            given_up: inner.given_up,
            last_failure: inner.last_failure.clone(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves whole alerts behind.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes an alert out, unless it has made room for another meanwhile.
    fn take_out(&mut self, waiting: &Waiting) {
        if self.waiting.front().map(|first| first.number) == Some(waiting.number) {
            self.waiting.pop_front();
        }
    }
}
