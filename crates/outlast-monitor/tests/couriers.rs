//! Sinks that are slow, down or gone, on the paused clock.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use outlast_monitor::{
    Alert, AlertPhase, Event, Monitor, MonitorConfig, Sink, SinkStatus, Topology, Undelivered,
    Watch, Watched,
};
use outlast_tower::{
    Breaker, BreakerLayer, Cause, InFlight, Observer, Observers, StackEvent, StandardTable,
};
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, TargetId};
use support::{SECOND, target};
use tokio::time::{Instant, sleep};
use tower::{Service, ServiceBuilder, ServiceExt};

/// A sink that goes by a script, and works when that is over.
#[derive(Clone, Default)]
struct Scripted {
    script: Arc<Mutex<VecDeque<Act>>>,
    tries: Arc<Mutex<Vec<(Instant, Alert)>>>,
}

#[derive(Clone)]
enum Act {
    Hang,
    Fail(Undelivered),
}

impl Scripted {
    fn new(script: impl IntoIterator<Item = Act>) -> Self {
        let scripted = Self::default();
        scripted.script.lock().unwrap().extend(script);
        scripted
    }

    fn tries(&self) -> Vec<(Instant, Alert)> {
        self.tries.lock().unwrap().clone()
    }

    fn gaps(&self) -> Vec<Duration> {
        let tries = self.tries();
        tries.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
    }
}

impl Sink for Scripted {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        self.tries
            .lock()
            .unwrap()
            .push((Instant::now(), alert.clone()));
        let act = self.script.lock().unwrap().pop_front();
        Box::pin(async move {
            match act {
                None => Ok(()),
                Some(Act::Fail(failure)) => Err(failure),
                Some(Act::Hang) => std::future::pending().await,
            }
        })
    }
}

fn for_now() -> Act {
    Act::Fail(Undelivered::for_now("busy"))
}

fn monitor(sink: &Scripted) -> (Monitor, Watch) {
    let config = MonitorConfig::default().with_seed(7);
    let monitor = Monitor::builder()
        .config(config)
        .topology(Topology::default())
        .alert("test", sink.clone())
        .build();
    let watch = Watch::new(monitor.clone(), [], Arc::new(StandardTable));
    watch.ensure_running();
    (monitor, watch)
}

fn trip(monitor: &Monitor, name: &str) {
    monitor.on_event(&StackEvent::BreakerChanged {
        target: target(name),
        from: "closed",
        to: "open",
        cause: Some(Cause::Failures(ErrorKind::Server)),
        next_probe: None,
    });
}

fn status(monitor: &Monitor) -> SinkStatus {
    monitor.sinks().remove(0)
}

/// A target that always fails, watched by `monitor`.
fn failing(
    monitor: &Monitor,
) -> (
    Breaker,
    impl Service<ChatRequest, Response = ChatResponse, Error = Error> + Clone + use<>,
) {
    let breaker = Breaker::new(TargetId::new("a", "m"))
        .with_observers(Observers::default().with(monitor.clone()));
    let service = ServiceBuilder::new()
        .layer(BreakerLayer::new(breaker.clone()))
        .service_fn(|_: ChatRequest| async {
            Err::<ChatResponse, _>(Error::new(ErrorKind::Server))
        });
    (breaker, service)
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_for_a_minute_delays_no_request_and_gets_its_alert_then() {
    let sink = Scripted::new(std::iter::repeat_n(Act::Hang, 6));
    let monitor = Monitor::builder().alert("slow", sink.clone()).build();
    let (breaker, target) = failing(&monitor);
    let watched = Watched::new(breaker, InFlight::default());
    let watch = Watch::new(monitor.clone(), [watched], Arc::new(StandardTable));
    watch.ensure_running();

    let began = Instant::now();
    let mut spent = Duration::ZERO;
    while began.elapsed() < 2 * 60 * SECOND {
        let before = Instant::now();
        let _ = target.clone().oneshot(ChatRequest::user("Hello?")).await;
        spent += before.elapsed();
        sleep(SECOND / 10).await;
    }
    assert_eq!(
        spent,
        Duration::ZERO,
        "the clock stands still while a request is under way"
    );
    assert!(monitor.flush(5 * 60 * SECOND).await);
    assert_eq!(status(&monitor).delivered, 1);
    assert_eq!(
        sink.tries().len(),
        7,
        "6 that hung and the one that did not"
    );
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_tried_four_times_with_growing_waits_and_again_after_a_rest() {
    let sink = Scripted::new(std::iter::repeat_n((), 5).map(|()| for_now()));
    let (monitor, _watch) = monitor(&sink);
    trip(&monitor, "a");
    assert!(monitor.flush(5 * 60 * SECOND).await);
    let gaps = sink.gaps();
    assert_eq!(gaps.len(), 5);
    for (gap, about) in gaps.iter().zip([1.0, 2.0, 4.0, 60.0, 1.0]) {
        let least = if about == 60.0 { about } else { about * 0.5 };
        let range = least..=about * 1.5;
        assert!(range.contains(&gap.as_secs_f64()), "{gaps:?}");
    }
    assert_eq!(status(&monitor).last_failure, None);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_says_when_to_come_back_is_not_asked_before() {
    let busy = Undelivered::for_now("busy").after(Some(20 * SECOND));
    let eager = Undelivered::for_now("busy").after(Some(3600 * SECOND));
    let sink = Scripted::new([Act::Fail(busy), Act::Fail(eager)]);
    let (monitor, _watch) = monitor(&sink);
    trip(&monitor, "a");
    assert!(monitor.flush(5 * 60 * SECOND).await);
    assert_eq!(sink.gaps(), [20 * SECOND, 60 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_is_refused_for_good_is_dropped_and_the_next_one_goes_out() {
    let refused = Undelivered::for_good("the receiver answered 400\u{1b}[2J");
    let sink = Scripted::new([Act::Fail(refused)]);
    let (monitor, _watch) = monitor(&sink);
    trip(&monitor, "a");
    trip(&monitor, "b");
    assert!(monitor.flush(SECOND).await);
    let status = status(&monitor);
    assert_eq!((status.delivered, status.given_up), (1, 1));
    assert_eq!(sink.tries().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_nobody_takes_for_an_hour_is_given_up() {
    let sink = Scripted::new(std::iter::repeat_n((), 1000).map(|()| for_now()));
    let (monitor, _watch) = monitor(&sink);
    trip(&monitor, "a");
    sleep(59 * 60 * SECOND).await;
    assert_eq!(status(&monitor).waiting, 1);
    sleep(5 * 60 * SECOND).await;
    let status = status(&monitor);
    assert_eq!((status.waiting, status.given_up), (0, 1));
    assert!(sink.tries().len() <= 4 * 60, "{}", sink.tries().len());
}

#[tokio::test(start_paused = true)]
async fn a_hundred_alerts_wait_and_the_oldest_make_room_for_the_newest() {
    let sink = Scripted::new([Act::Hang]);
    let (monitor, _watch) = monitor(&sink);
    for number in 0..130 {
        trip(&monitor, &format!("t{number}"));
    }
    let before = status(&monitor);
    assert_eq!((before.waiting, before.dropped), (100, 30));
    assert!(monitor.flush(5 * 60 * SECOND).await);
    let last = sink.tries().last().unwrap().1.clone();
    assert_eq!(last.incident.subject.to_string(), "t129/m");
}

#[tokio::test(start_paused = true)]
async fn who_reads_events_too_slowly_is_told_how_many_were_missed() {
    let mut config = MonitorConfig::default();
    config.events = 4;
    let monitor = Monitor::builder().config(config).build();
    let mut events = monitor.events();
    for number in 0..8 {
        trip(&monitor, &format!("t{number}"));
    }
    // Three events a trip: the change, the incident and the alert.
    assert_eq!(events.next().await, Some(Event::Missed(24 - 4)));
    let mut left = 0;
    drop(monitor);
    while let Some(event) = events.next().await {
        assert!(!matches!(event, Event::Missed(_)));
        left += 1;
    }
    assert_eq!(left, 4);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_incident_is_told_although_nothing_happens_any_more() {
    let sink = Scripted::default();
    let (monitor, _watch) = monitor(&sink);
    let mut events = monitor.events();
    trip(&monitor, "a");
    monitor.on_event(&StackEvent::BreakerChanged {
        target: target("a"),
        from: "open",
        to: "closed",
        cause: None,
        next_probe: None,
    });
    let began = Instant::now();
    while let Some(event) = events.next().await {
        if matches!(event, Event::Resolved(_)) {
            break;
        }
    }
    assert_eq!(began.elapsed(), 5 * 60 * SECOND);
    assert!(monitor.flush(SECOND).await);
    let phases: Vec<_> = sink.tries().iter().map(|(_, alert)| alert.phase).collect();
    assert_eq!(phases, [AlertPhase::Opened, AlertPhase::Resolved]);
}

#[tokio::test(start_paused = true)]
async fn the_tasks_end_with_the_watch() {
    let sink = Scripted::default();
    let (monitor, watch) = monitor(&sink);
    drop(watch);
    trip(&monitor, "a");
    assert!(!monitor.flush(60 * SECOND).await);
    assert!(sink.tries().is_empty());
}

#[test]
fn a_watch_outlives_its_runtime_and_begins_again_in_another() {
    let sink = Scripted::default();
    let monitor = Monitor::builder().alert("test", sink.clone()).build();
    let watch = Watch::new(monitor.clone(), [], Arc::new(StandardTable));
    watch.ensure_running();
    for number in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            watch.ensure_running();
            trip(&monitor, &format!("t{number}"));
            assert!(monitor.flush(SECOND).await);
        });
    }
    assert_eq!(sink.tries().len(), 2);
}
