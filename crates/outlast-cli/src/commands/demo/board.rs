//! What every caller saw, as it happens.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::caller::Kind;
use super::stage::PRIMARY;

/// How long the primary has to carry the traffic to count as back.
pub(super) const BACK: Duration = Duration::from_secs(1);

/// Keeps one record per request. All times are measured from the board's own beginning.
#[derive(Debug)]
pub(super) struct Board {
    began: Instant,
    records: Mutex<Vec<Record>>,
}

/// One request as its caller saw it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) question: String,
    pub(super) kind: Kind,
    /// When it was due. A request that leaves late because the machine is busy has waited since then.
    pub(super) due: Duration,
    pub(super) served_by: Option<String>,
    /// When its first words were there: a stream's first text, or a whole unary answer.
    pub(super) first_words: Option<Duration>,
    /// How it ended; `None` while it is under way.
    pub(super) end: Option<Result<(), String>>,
}

impl Board {
    /// Begins to measure.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            records: Mutex::default(),
        }
    }

    /// Returns the time since the beginning.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns the time from the beginning to `instant`.
    pub(super) fn at(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.began)
    }

    /// Opens a record and returns its number.
    pub(super) fn open(&self, question: &str, kind: Kind, due: Duration) -> usize {
        let mut records = self.lock();
        records.push(Record {
            question: question.to_owned(),
            kind,
            due,
            served_by: None,
            first_words: None,
            end: None,
        });
        records.len() - 1
    }

    /// Changes record `number`.
    pub(super) fn update(&self, number: usize, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.lock().get_mut(number) {
            change(record);
        }
    }

    /// Returns a copy of all records, in the order in which the requests were due.
    pub(super) fn records(&self) -> Vec<Record> {
        self.lock().clone()
    }

    /// Tells whether the primary has carried the traffic for a whole [`BACK`] since `since`.
    pub(super) fn primary_is_back(&self, since: Duration) -> bool {
        back_from(&self.lock(), since, self.now()).is_some()
    }

    /// Counts all requests, and those that were due in the last `window`.
    pub(super) fn count(&self, window: Duration) -> Count {
        let since = self.now().saturating_sub(window);
        let mut count = Count::default();
        for record in self.lock().iter() {
            count.requests += 1;
            count.errors += usize::from(matches!(record.end, Some(Err(_))));
            if record.due >= since && record.served_by.is_some() {
                count.recent += 1;
                count.recent_by_primary += usize::from(record.is_by_primary());
            }
        }
        count
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) requests: usize,
    pub(super) errors: usize,
    /// The requests of the window that somebody serves already.
    pub(super) recent: usize,
    /// Those of them that the primary serves.
    pub(super) recent_by_primary: usize,
}

/// Finds the first stretch of [`BACK`] between two times in which the primary carried the traffic, and returns its
/// beginning. A request that nobody serves yet is not the primary's.
pub(super) fn back_from(records: &[Record], since: Duration, until: Duration) -> Option<Duration> {
    let begin = records.partition_point(|record| record.due < since);
    let after = records.get(begin..)?;
    after
        .iter()
        .enumerate()
        .take_while(|(_, first)| first.due + BACK <= until)
        .find(|(place, first)| {
            let rest = after.get(*place..).unwrap_or_default();
            carried(
                rest.iter()
                    .take_while(|record| record.due < first.due + BACK),
            )
        })
        .map(|(_, first)| first.due)
}

/// Tells whether nine in ten of these requests are the primary's, and there are enough of them to say so.
fn carried<'a>(records: impl Iterator<Item = &'a Record>) -> bool {
    const ENOUGH: usize = 10;
    let (by_primary, all) = records.fold((0, 0), |(by_primary, all), record| {
        (by_primary + usize::from(record.is_by_primary()), all + 1)
    });
    all >= ENOUGH && by_primary * 10 >= all * 9
}

impl Record {
    /// Tells whether the primary serves it, or began to.
    pub(super) fn is_by_primary(&self) -> bool {
        self.served_by.as_deref() == Some(PRIMARY)
    }

    /// Tells whether a stream was asked for.
    pub(super) fn is_stream(&self) -> bool {
        self.kind == Kind::Stream
    }

    /// Returns how long the caller waited for the first words.
    pub(super) fn latency(&self) -> Option<Duration> {
        Some(self.first_words?.saturating_sub(self.due))
    }

    /// Tells whether the caller had a whole answer.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.end, Some(Ok(())))
    }
}
