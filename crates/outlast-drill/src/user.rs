//! One user: asks, reads, and notes what there was to see.

use std::collections::HashMap;
use std::time::Duration;

use outlast::{ChatRequest, ChatStream, StreamEvent, TargetId};
use outlast_sim::reference_text;
use tokio::time::{Instant, timeout_at};

use crate::arrivals::Arrival;
use crate::contestant::Contestant;
use crate::record::{Answer, Seen};

/// What users know of the world.
#[derive(Clone)]
pub(crate) struct Setting {
    /// How long a user waits.
    pub(crate) patience: Duration,
    /// How many words an answer has.
    pub(crate) words: usize,
    /// Which provider is behind each target, to tell who answered.
    pub(crate) homes: Vec<(TargetId, usize)>,
}

/// Returns what a request asks: no two the same.
pub(crate) fn question(number: usize) -> String {
    format!("Question {number}?")
}

/// What was there when the user stopped reading.
#[derive(Default)]
struct Read {
    text: String,
    first: Option<Duration>,
}

/// Asks and reads until the end, or until patience is over.
pub(crate) async fn ask(contestant: &dyn Contestant, arrival: Arrival, setting: &Setting) -> Seen {
    let begin = Instant::now();
    let deadline = begin + setting.patience;
    let mut request = ChatRequest::user(question(arrival.number));
    request.context.deadline = Some(deadline.into_std());
    let mut read = Read::default();
    let end = if arrival.stream {
        timeout_at(deadline, read_stream(contestant, request, &mut read, begin)).await
    } else {
        timeout_at(deadline, read_whole(contestant, request, &mut read, begin)).await
    };
    let (waited, answer) = match end {
        Ok(Ok(by)) => {
            let home = setting.homes.iter().find(|(target, _)| *target == by);
            let provider = home.map_or(usize::MAX, |(_, provider)| *provider);
            (read.first, Answer::Whole(provider))
        }
        Ok(Err(kind)) => (read.first, Answer::Error(kind)),
        Err(_) => (read.first.or(Some(setting.patience)), Answer::GaveUp),
    };
    let whole = matches!(answer, Answer::Whole(_));
    let (lost, doubled) = if whole {
        compare(
            &read.text,
            &reference_text(&question(arrival.number), setting.words),
        )
    } else {
        (0, 0)
    };
    Seen {
        due: arrival.at,
        stream: arrival.stream,
        waited,
        answer,
        primary_calls: 0,
        lost,
        doubled,
    }
}

async fn read_whole(
    contestant: &dyn Contestant,
    request: ChatRequest,
    read: &mut Read,
    begin: Instant,
) -> Result<TargetId, &'static str> {
    let reply = contestant.chat(request).await;
    let reply = reply.map_err(|error| error.kind().as_str())?;
    read.first = Some(begin.elapsed());
    read.text = reply.text();
    Ok(reply.meta().target().clone())
}

async fn read_stream(
    contestant: &dyn Contestant,
    request: ChatRequest,
    read: &mut Read,
    begin: Instant,
) -> Result<TargetId, &'static str> {
    let stream = contestant.stream(request).await;
    let mut stream: ChatStream = stream.map_err(|error| error.kind().as_str())?;
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(delta) = event.map_err(|error| error.kind().as_str())? {
            read.first.get_or_insert_with(|| begin.elapsed());
            read.text.push_str(&delta.text);
        }
    }
    Ok(stream.meta().target().clone())
}

/// Counts the words that are missing from `text`, and those that should not be in it.
fn compare(text: &str, right: &str) -> (u32, u32) {
    if text == right {
        return (0, 0);
    }
    let mut counts: HashMap<&str, i64> = HashMap::new();
    right
        .split_whitespace()
        .for_each(|word| *counts.entry(word).or_default() += 1);
    text.split_whitespace()
        .for_each(|word| *counts.entry(word).or_default() -= 1);
    let sum = |counts: i64| u32::try_from(counts).unwrap_or(u32::MAX);
    let lost = counts.values().filter(|count| **count > 0).sum();
    let doubled: i64 = counts.values().filter(|count| **count < 0).sum();
    // The same words in another order are wrong, too.
    let (lost, doubled) = (sum(lost), sum(-doubled));
    if lost == 0 && doubled == 0 {
        (1, 1)
    } else {
        (lost, doubled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lost_doubled_or_in_the_wrong_place() {
        assert_eq!(compare("a b c", "a b c"), (0, 0));
        assert_eq!(compare("a c", "a b c"), (1, 0));
        assert_eq!(compare("a b b c", "a b c"), (0, 1));
        assert_eq!(compare("a c b", "a b c"), (1, 1));
    }
}
