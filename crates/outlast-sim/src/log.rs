//! What a simulated provider remembers of its calls.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// How many calls the log keeps; the oldest are forgotten first.
const MAX_CALLS: usize = 100_000;

/// One call, as the simulated provider saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// Its number, from 0, in the order of arrival.
    pub number: u64,
    /// When it arrived, in milliseconds since the simulator was made (on tokio's clock).
    pub at_ms: u64,
    /// The HTTP method; empty for a connection that was refused before a request was read.
    pub method: String,
    /// The path; empty for a connection that was refused before a request was read.
    pub path: String,
    /// The model that was asked for.
    pub model: Option<String>,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The rule of the script that applied, by its name or else by its number, such as `rule 2`.
    pub rule: Option<String>,
    /// What that rule did to the call, in words such as `status 503`.
    pub fault: Option<String>,
    /// The SHA-256 of the request's body, in hexadecimal.
    pub body_sha256: String,
    /// The SHA-256 of the last real message of the user, in hexadecimal: what the answer depends on. It is the same
    /// in every API, and for a call that asks to go on after a partial answer.
    pub question_sha256: Option<String>,
    /// How the call asked to go on after a partial answer, if it did.
    pub continued: Option<ContinuedBy>,
    /// The status of the reply; `None` if there was none.
    pub status: Option<u16>,
    /// How it ended.
    pub end: CallEnd,
    /// How long it took to that end, in milliseconds.
    pub took_ms: u64,
    /// How many tokens of the answer were sent; 0 while it is under way.
    pub tokens: u64,
    /// How many tokens the provider read, where it answered.
    pub input_tokens: u64,
}

/// How a call asked to go on after a partial answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContinuedBy {
    /// By a last message of the assistant.
    Prefill,
    /// By a turn of the user that asks for it.
    Instruction,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallEnd {
    /// It has not yet.
    UnderWay,
    /// Its reply was sent to the end, an error's too.
    Complete,
    /// The script broke it: the reply ended early, or there was none.
    Cut,
    /// The client went away before the end.
    ClientGone,
}

/// The log; a clone shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    /// The number of the first call in `kept`.
    first: u64,
    kept: VecDeque<CallRecord>,
}

impl Log {
    /// Adds a call and returns its number, which replaces the record's own.
    pub(crate) fn open(&self, record: CallRecord) -> u64 {
        let mut calls = self.calls();
        let number = calls.next_number();
        if calls.kept.len() >= MAX_CALLS {
            calls.kept.pop_front();
            calls.first += 1;
        }
        calls.kept.push_back(CallRecord { number, ..record });
        number
    }

    /// Changes call `number`, unless it was forgotten.
    pub(crate) fn update(&self, number: u64, change: impl FnOnce(&mut CallRecord)) {
        let mut calls = self.calls();
        let Some(at) = number.checked_sub(calls.first) else {
            return;
        };
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(record) = calls.kept.get_mut(at) {
            change(record);
        }
    }

    /// Returns a copy of all calls that are kept, oldest first.
    pub(crate) fn records(&self) -> Vec<CallRecord> {
        self.calls().kept.iter().cloned().collect()
    }

    /// Hands out and forgets the calls that have ended, oldest first, up to the first that has not.
    pub(crate) fn take_ended(&self) -> Vec<CallRecord> {
        let mut calls = self.calls();
        let kept = calls.kept.iter();
        let ended = kept
            .take_while(|record| record.end != CallEnd::UnderWay)
            .count();
        calls.first += ended as u64;
        calls.kept.drain(..ended).collect()
    }

    /// Forgets all calls; numbers go on.
    pub(crate) fn clear(&self) {
        let mut calls = self.calls();
        calls.first = calls.next_number();
        calls.kept.clear();
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        // A panic elsewhere leaves whole records behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    fn next_number(&self) -> u64 {
        self.first + self.kept.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CallRecord {
        CallRecord {
            number: 0,
            at_ms: 0,
            method: String::new(),
            path: String::new(),
            model: None,
            stream: false,
            rule: None,
            fault: None,
            body_sha256: String::new(),
            question_sha256: None,
            continued: None,
            status: None,
            end: CallEnd::UnderWay,
            took_ms: 0,
            tokens: 0,
            input_tokens: 0,
        }
    }

    #[test]
    fn calls_that_have_ended_are_taken_up_to_the_first_that_has_not() {
        let log = Log::default();
        let numbers: Vec<_> = (0..3).map(|_| log.open(record())).collect();
        for number in [0, 2] {
            log.update(numbers[number], |record| record.end = CallEnd::Complete);
        }
        assert_eq!(log.take_ended().len(), 1);
        assert!(log.take_ended().is_empty());
        log.update(numbers[1], |record| record.end = CallEnd::Cut);
        let taken: Vec<_> = log
            .take_ended()
            .iter()
            .map(|record| record.number)
            .collect();
        assert_eq!(taken, [1, 2]);
        assert!(log.records().is_empty());
    }

    #[test]
    fn the_oldest_calls_are_forgotten_first() {
        let log = Log::default();
        for _ in 0..MAX_CALLS + 2 {
            log.open(record());
        }
        let records = log.records();
        assert_eq!(records.len(), MAX_CALLS);
        assert_eq!(records[0].number, 2);
    }

    #[test]
    fn the_end_of_a_call_that_was_forgotten_is_forgotten_too() {
        let log = Log::default();
        let old = log.open(record());
        log.clear();
        let new = log.open(record());
        log.update(old, |record| record.tokens = 5);
        log.update(new, |record| record.tokens = 7);
        let tokens: Vec<_> = log.records().iter().map(|record| record.tokens).collect();
        assert_eq!((new, tokens), (1, vec![7]));
    }
}
