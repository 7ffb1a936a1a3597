//! The traffic: a request every 30 ms, whatever becomes of those before it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::board::Board;
use super::caller::{Caller, Kind, Watch};

/// The time between two requests: 33 a second.
pub(super) const GAP: Duration = Duration::from_millis(30);

/// Sends requests until `script` is over, unary and streams in turn, waits for all answers, and returns what `script` did.
///
/// `expected` knows the whole answer to a question; anything else counts as an error. The load is open: a slow answer
/// does not hold back the next request, and a request that leaves late counts from when it was due.
pub(super) async fn run<T>(
    caller: Caller,
    board: Arc<Board>,
    expected: impl Fn(&str) -> String + Clone + Send + 'static,
    script: impl Future<Output = T>,
) -> T {
    let mut script = pin!(script);
    let mut ticks = interval_at(Instant::now(), GAP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    let mut number = 0_u32;
    let result = loop {
        let due = tokio::select! {
            biased;
            result = &mut script => break result,
            due = ticks.tick() => due,
        };
        number += 1;
        let question = format!("Question {number}: why keep a second provider?");
        let kind = if number.is_multiple_of(2) {
            Kind::Stream
        } else {
            Kind::Unary
        };
        let record = board.open(&question, kind, board.at(due));
        let (caller, board, expected) = (caller.clone(), Arc::clone(&board), expected.clone());
        calls.spawn(async move {
            let watch = OnBoard {
                board: &board,
                record,
            };
            let end = match caller.ask(&question, kind, &watch).await {
                Ok(text) => check(&text, &expected(&question)),
                Err(error) => Err(error),
            };
            board.update(record, |record| record.end = Some(end));
        });
        while calls.try_join_next().is_some() {}
    };
    calls.join_all().await;
    result
}

/// Compares an answer with what it should be, to the character.
fn check(text: &str, expected: &str) -> Result<(), String> {
    if text == expected {
        return Ok(());
    }
    let same = text
        .chars()
        .zip(expected.chars())
        .take_while(|(a, b)| a == b)
        .count();
    Err(format!(
        "the text differs from character {same} on: {} characters in place of {}",
        text.chars().count(),
        expected.chars().count()
    ))
}

/// Notes on the board what a caller sees.
struct OnBoard<'a> {
    board: &'a Board,
    record: usize,
}

impl Watch for OnBoard<'_> {
    fn head(&self, served_by: Option<&str>) {
        self.board.update(self.record, |record| {
            record.served_by = served_by.map(str::to_owned)
        });
    }

    fn first_words(&self) {
        let now = self.board.now();
        self.board
            .update(self.record, |record| record.first_words = Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_short_or_doubled_or_different_is_no_answer() {
        assert_eq!(check("naïve 東京", "naïve 東京"), Ok(()));
        for wrong in ["", "naïve 東", "naïve 東京京", "naive 東京"] {
            assert!(check(wrong, "naïve 東京").is_err(), "{wrong}");
        }
    }
}
