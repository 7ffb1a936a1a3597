//! What single requests show.

use std::time::Duration;

use outlast::ChatRequest;
use tokio::time::{Instant, sleep, timeout};

use crate::cuts::{Pair, paused};
use crate::goal::Goal;

const ERROR_AFTER: Duration = Duration::from_millis(100);
const MOMENT: Duration = Duration::from_secs(1);

pub(crate) fn goals() -> Vec<Goal> {
    vec![paused(fails_over()), paused(cancels())]
}

/// Measures how much longer than the error a request takes that fails over.
async fn fails_over() -> Goal {
    let pair = Pair::new("[[rule]]\nstatus = 503\ndelay = \"100ms\"", "");
    let begin = Instant::now();
    pair.client.chat(ChatRequest::user("Hello?")).await.unwrap();
    let extra = begin.elapsed().saturating_sub(ERROR_AFTER);
    Goal::at_most(
        6,
        "one request that fails over, beyond the error's own time",
        "ms",
        5.0,
        extra.as_secs_f64() * 1000.0,
    )
}

/// Measures how long providers go on after a caller has gone, before, amid and without a stream.
async fn cancels() -> Goal {
    let slow = "[answer]\nfirst_token = \"2s\"\ngap = \"500ms\"";
    let mut longest = Duration::ZERO;
    let mut calls = 0;
    let mut clean = true;
    for events in [0, 1, 5] {
        for is_stream in [true, false] {
            let pair = Pair::new(slow, slow);
            let begin = Instant::now();
            leave(&pair, is_stream, events).await;
            let left = begin.elapsed();
            sleep(MOMENT).await;
            let log = [pair.a.log(), pair.b.log()].concat();
            calls += log.len();
            for call in &log {
                let end = Duration::from_millis(call.at_ms + call.took_ms);
                longest = longest.max(end.saturating_sub(left));
                clean &= call.end == outlast_sim::CallEnd::ClientGone;
            }
            clean &= log.len() == 1;
        }
    }
    let millis = longest.as_secs_f64() * 1000.0;
    Goal::new(
        18,
        "callers who go away: the provider's call is over after, and calls after that",
        "≤ 100 ms, 0",
        format!("{millis} ms, {}", calls.saturating_sub(6)),
        clean && millis <= 100.0,
    )
}

/// Asks and goes away after so many events, or before any.
async fn leave(pair: &Pair, is_stream: bool, events: usize) {
    let request = ChatRequest::user("Hello?");
    if !is_stream {
        let patience = MOMENT + MOMENT / 2 * u32::try_from(events).unwrap();
        let gone = timeout(patience, pair.client.chat(request)).await;
        assert!(gone.is_err(), "it was to be left before its end");
        return;
    }
    if events == 0 {
        let gone = timeout(MOMENT, pair.client.stream(request)).await;
        assert!(gone.is_err(), "it was to be left before its beginning");
        return;
    }
    let mut stream = pair.client.stream(request).await.unwrap();
    for _ in 0..events {
        stream.next().await.unwrap().unwrap();
    }
}
