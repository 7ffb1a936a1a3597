//! What people are told of an outage.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};
use outlast::monitor::{Alert, AlertPhase, IncidentKind, Sink, Undelivered};
use outlast::{ChatRequest, Client};
use tokio::time::{Instant, sleep};

use crate::cuts::{Pair, paused};
use crate::goal::Goal;

const OUTAGE: Duration = Duration::from_secs(600);

/// Keeps the alerts of targets that are down.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(Instant, AlertPhase)>>>);

impl Sink for Kept {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        if alert.incident.kind == IncidentKind::TargetDown {
            let mut kept = self.0.lock().unwrap();
            kept.push((Instant::now(), alert.phase));
        }
        Box::pin(ready(Ok(())))
    }
}

pub(crate) fn goals() -> Vec<Goal> {
    paused(outage())
}

async fn outage() -> Vec<Goal> {
    let kept = Kept::default();
    let builder = Client::builder().alert("page", kept.clone());
    let pair = Pair::with(builder, "[[rule]]\nuntil = \"10m\"\nstatus = 503", "");
    let begin = Instant::now();
    while begin.elapsed() < 3 * OUTAGE {
        pair.client.chat(ChatRequest::user("Hello?")).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    let told = kept.0.lock().unwrap().clone();
    let at = |phase| {
        let found = told.iter().find(|(_, told)| *told == phase);
        found.map_or(f64::INFINITY, |(at, _)| {
            at.duration_since(begin).as_secs_f64()
        })
    };
    // It is over when the target has had its whole traffic for five minutes.
    let resolved = at(AlertPhase::Resolved) - OUTAGE.as_secs_f64();
    let pages = told
        .iter()
        .filter(|(_, phase)| *phase == AlertPhase::Opened);
    let pages = pages.count();
    vec![
        Goal::at_most(
            19,
            "the first page after",
            "s",
            30.0,
            at(AlertPhase::Opened),
        ),
        Goal::new(
            19,
            "pages of one outage",
            "1",
            pages.to_string(),
            pages == 1,
        ),
        Goal::at_most(
            19,
            "the note that it is over, after the target has its traffic again (3 min at most) and 5 min more",
            "s",
            480.0,
            resolved,
        ),
    ]
}
