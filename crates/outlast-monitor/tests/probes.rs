//! Signs of life and operators' orders, on the paused clock.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outlast_monitor::{Monitor, MonitorConfig, PaidProbe, Probe, Watch, Watched};
use outlast_tower::{Breaker, BreakerLayer, InFlight, InFlightLayer, StandardTable};
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, Money, TargetId};
use support::{MINUTE, SECOND};
use tokio::time::{Instant, sleep};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

/// When a probe was made.
#[derive(Clone, Default)]
struct Probes(Arc<Mutex<Vec<Instant>>>);

impl Probes {
    fn answering(&self, answer: Result<(), ErrorKind>) -> Probe {
        let made = self.0.clone();
        Probe::new(service_fn(move |()| {
            made.lock().unwrap().push(Instant::now());
            std::future::ready(answer.map_err(Error::new))
        }))
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn gaps(&self) -> Vec<Duration> {
        let made = self.0.lock().unwrap();
        made.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

fn breaker() -> Breaker {
    Breaker::new(TargetId::new("a", "m"))
}

fn failing(
    breaker: &Breaker,
) -> impl Service<ChatRequest, Response = ChatResponse, Error = Error> + Clone + use<> {
    ServiceBuilder::new()
        .layer(BreakerLayer::new(breaker.clone()))
        .service_fn(|_: ChatRequest| async {
            Err::<ChatResponse, _>(Error::new(ErrorKind::Server))
        })
}

async fn open(breaker: &Breaker) {
    for _ in 0..5 {
        let _ = failing(breaker).oneshot(ChatRequest::user("Hello?")).await;
    }
    assert_eq!(breaker.state().name, "open");
}

fn watch(config: MonitorConfig, watched: Watched) -> Watch {
    let monitor = Monitor::builder().config(config).build();
    let watch = Watch::new(monitor, [watched], Arc::new(StandardTable));
    watch.ensure_running();
    watch
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_closed_is_never_probed_and_an_open_one_every_thirty_seconds() {
    let (breaker, probes) = (breaker(), Probes::default());
    let probe = probes.answering(Ok(()));
    let watched = Watched::new(breaker.clone(), InFlight::default()).with_probe(probe);
    let _watch = watch(MonitorConfig::default(), watched);
    sleep(60 * MINUTE).await;
    assert_eq!(probes.count(), 0);

    open(&breaker).await;
    sleep(10 * MINUTE + SECOND).await;
    assert!((19..=20).contains(&probes.count()), "{}", probes.count());
    assert!(probes.gaps().iter().all(|gap| *gap >= 30 * SECOND));
    assert_eq!(breaker.state().name, "half_open", "success closes nothing");
}

#[tokio::test(start_paused = true)]
async fn a_missing_sign_of_life_keeps_it_open_for_ten_minutes_at_most() {
    let (breaker, probes) = (breaker(), Probes::default());
    let mut config = outlast_tower::BreakerConfig::default();
    config.open_time = 40 * SECOND;
    let breaker = breaker.with_config(config);
    let probe = probes.answering(Err(ErrorKind::Connect));
    let watched = Watched::new(breaker.clone(), InFlight::default()).with_probe(probe);
    let _watch = watch(MonitorConfig::default(), watched);
    open(&breaker).await;
    let opened = Instant::now();
    sleep(9 * MINUTE).await;
    assert_eq!(breaker.state().name, "open");
    sleep(2 * MINUTE).await;
    assert_eq!(breaker.state().name, "half_open");
    assert!(opened.elapsed() >= 10 * MINUTE);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_the_key_may_not_read_says_nothing_about_the_target() {
    let (breaker, probes) = (breaker(), Probes::default());
    let probe = probes.answering(Err(ErrorKind::PermissionDenied));
    let mut config = outlast_tower::BreakerConfig::default();
    config.open_time = 40 * SECOND;
    let breaker = breaker.with_config(config);
    let watched = Watched::new(breaker.clone(), InFlight::default()).with_probe(probe);
    let _watch = watch(MonitorConfig::default(), watched);
    open(&breaker).await;
    sleep(55 * SECOND).await;
    assert_eq!(breaker.state().name, "half_open");
    assert_eq!(probes.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn probes_that_cost_money_are_off_by_default_and_capped_when_on() {
    let cost = Money::from_pico_usd(1_000_000_000);
    for (limit, expected) in [(Money::ZERO, 0), (cost.times(3), 3)] {
        let (breaker, probes) = (breaker(), Probes::default());
        let probe = PaidProbe::new(probes.answering(Ok(())), cost);
        let watched = Watched::new(breaker.clone(), InFlight::default()).with_paid_probe(probe);
        let config = MonitorConfig::default().with_paid_per_day(limit);
        let _watch = watch(config, watched);
        open(&breaker).await;
        sleep(23 * 60 * MINUTE).await;
        assert_eq!(probes.count(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_target_comes_back_by_probes_through_its_own_breaker() {
    let breaker = breaker();
    let through = ServiceBuilder::new()
        .layer(BreakerLayer::new(breaker.clone()))
        .service_fn(|_: ChatRequest| async {
            let collector = outlast_types::Collector::default();
            let meta = outlast_types::ReplyMeta::new(TargetId::new("a", "m"));
            Ok::<ChatResponse, Error>(collector.finish(meta))
        });
    let probe = Probe::new(service_fn(move |()| {
        let call = through.clone().oneshot(ChatRequest::user("Hi"));
        async move { call.await.map(drop) }
    }));
    let cost = Money::from_pico_usd(1);
    let watched = Watched::new(breaker.clone(), InFlight::default())
        .with_paid_probe(PaidProbe::new(probe, cost));
    let config = MonitorConfig::default().with_paid_per_day(Money::from_usd(1));
    let _watch = watch(config, watched);
    open(&breaker).await;
    sleep(5 * MINUTE).await;
    assert_eq!(breaker.state().name, "closed");
}

#[tokio::test(start_paused = true)]
async fn an_order_holds_until_the_next_and_draining_waits_for_the_calls_under_way() {
    let (breaker, in_flight) = (breaker(), InFlight::default());
    let slow = ServiceBuilder::new()
        .layer(BreakerLayer::new(breaker.clone()))
        .layer(InFlightLayer::new(
            in_flight.clone(),
            breaker.target().clone(),
        ))
        .service_fn(|_: ChatRequest| async {
            sleep(20 * SECOND).await;
            Err::<ChatResponse, _>(Error::new(ErrorKind::Server))
        });
    let watch = watch(
        MonitorConfig::default(),
        Watched::new(breaker.clone(), in_flight),
    );
    let operator = watch.operate(breaker.target()).unwrap();
    assert!(watch.operate(&TargetId::new("no", "one")).is_none());

    let call = tokio::spawn(slow.clone().oneshot(ChatRequest::user("Hello?")));
    sleep(SECOND).await;
    let began = Instant::now();
    operator.drain().await;
    assert_eq!(operator.under_way(), 0);
    assert!((19..=20).contains(&began.elapsed().as_secs()));
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Server);
    let refused = slow.clone().oneshot(ChatRequest::user("Hello?")).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BreakerOpen);

    operator.release();
    open(&breaker).await;
    operator.force_closed();
    let asked = failing(&breaker).oneshot(ChatRequest::user("Hello?")).await;
    assert_eq!(
        asked.unwrap_err().kind(),
        ErrorKind::Server,
        "every call is let through"
    );
    operator.release();
    assert_eq!(operator.state().name, "open");
}
