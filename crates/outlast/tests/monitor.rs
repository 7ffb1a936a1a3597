//! Incidents, alerts, events and orders, on the whole stack with simulated providers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use outlast::monitor::{Alert, AlertPhase, Event, IncidentKind, MonitorConfig, Sink, Undelivered};
use outlast::providers::{HttpService, OpenAiCompatible, http_service};
use outlast::{Client, Config, ErrorKind, TargetId};
use outlast_sim::{Api, Script, Sim};
use support::{KEYS, QUESTION, World, assert_no_key, question};
use tokio::time::{Instant, sleep};
use tower::{ServiceExt, service_fn};

const SECOND: Duration = Duration::from_secs(1);

/// Keeps the alerts.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(Instant, Alert)>>>);

impl Kept {
    fn told(&self) -> Vec<(IncidentKind, AlertPhase)> {
        let alerts = self.0.lock().unwrap();
        let told = alerts
            .iter()
            .map(|(_, alert)| (alert.incident.kind, alert.phase));
        told.collect()
    }
}

impl Sink for Kept {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        self.0.lock().unwrap().push((Instant::now(), alert.clone()));
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Asks once a second for so long.
async fn ask_for(client: &Client, time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        client.chat(question()).await.unwrap();
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_of_once_within_seconds_and_once_when_it_is_over() {
    let world = World::new("[[rule]]\nuntil = \"5m\"\nstatus = 503", "");
    let kept = Kept::default();
    let client = world
        .builder()
        .alert("oncall", kept.clone())
        .build()
        .unwrap();
    let began = Instant::now();
    ask_for(&client, 17 * 60 * SECOND).await;

    let told = kept.told();
    let of_target: Vec<_> = told
        .iter()
        .filter(|(kind, _)| *kind == IncidentKind::TargetDown)
        .map(|(_, phase)| *phase)
        .collect();
    assert_eq!(
        of_target,
        [AlertPhase::Opened, AlertPhase::Resolved],
        "{told:?}"
    );
    let redundancy = told
        .iter()
        .filter(|(kind, _)| *kind == IncidentKind::NoRedundancyLeft);
    assert_eq!(redundancy.count(), 2, "{told:?}");
    assert_eq!(told.len(), 4, "{told:?}");

    let alerts = kept.0.lock().unwrap();
    let first = alerts[0].0 - began;
    assert!(first <= 30 * SECOND, "{first:?}");
    let resolved = &alerts.last().unwrap().1.incident;
    assert!(resolved.kind == IncidentKind::TargetDown && resolved.failures.total() > 5);
    let share = resolved.share_moved().unwrap();
    assert!(share > 0.8, "{share}");
    assert!(
        client
            .incidents()
            .iter()
            .all(|incident| !incident.is_open())
    );
}

#[tokio::test(start_paused = true)]
async fn neither_a_prompt_nor_a_key_is_in_what_people_and_programs_are_told() {
    let echo = format!(
        "[[rule]]\nstatus = 401\nbody = '{{\"error\":{{\"message\":\"{QUESTION} {} \"}}}}'",
        KEYS[0]
    );
    let world = World::new(&echo, "");
    let kept = Kept::default();
    let client = world
        .builder()
        .alert("oncall", kept.clone())
        .build()
        .unwrap();
    let mut events = client.events();
    client.chat(question()).await.unwrap();
    assert!(client.flush_alerts(SECOND).await);
    assert_eq!(kept.told()[0].0, IncidentKind::KeyDisabled);

    let alerts = kept.0.lock().unwrap().clone();
    for (_, alert) in alerts {
        let shown = format!("{alert:?} {} {:?}", alert.title(), alert.facts());
        assert_no_key(&shown);
        assert!(!shown.contains(QUESTION));
    }
    drop((client, world));
    while let Some(event) = events.next().await {
        let shown = format!("{event:?}");
        assert_no_key(&shown);
        assert!(!shown.contains(QUESTION));
    }
}

#[tokio::test(start_paused = true)]
async fn programs_learn_of_breakers_and_incidents_in_order() {
    let world = World::new("[[rule]]\nstatus = 503", "");
    let client = world.client();
    let mut events = client.events();
    ask_for(&client, 10 * SECOND).await;
    let first = [events.next().await.unwrap(), events.next().await.unwrap()];
    let [
        Event::BreakerChanged {
            target, to: "open", ..
        },
        Event::Opened(incident),
    ] = &first
    else {
        panic!("{first:?}")
    };
    assert_eq!(incident.subject.to_string(), target.to_string());
}

#[tokio::test(start_paused = true)]
async fn an_operator_drains_a_target_and_gives_it_back() {
    let world = World::new("[answer]\ngap = \"1s\"", "");
    let client = world.client();
    let target = world.target_a().id().clone();
    let mut stream = client.stream(question()).await.unwrap();
    let operator = client.operate(&target).unwrap();
    let drained = tokio::spawn({
        let operator = operator.clone();
        async move { operator.drain().await }
    });
    sleep(SECOND / 2).await;
    assert!(!drained.is_finished());
    let reply = client.chat(question()).await.unwrap();
    assert_eq!(reply.meta().target().account(), "b");

    while stream.next().await.is_some() {}
    drained.await.unwrap();
    assert_eq!(client.targets()[0].in_flight, 0);
    operator.release();
    let reply = client.chat(question()).await.unwrap();
    assert_eq!(reply.meta().target().account(), "a");
    assert!(client.operate(&TargetId::new("no", "one")).is_none());
    assert!(
        client
            .incidents()
            .iter()
            .all(|incident| !incident.kind.is_of_target()),
        "an order is no outage"
    );
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_down_is_asked_for_its_model_and_one_that_is_up_is_not() {
    let down = Sim::new(Api::OpenAi).with_script(Script::parse("[[rule]]\nstatus = 503").unwrap());
    let asked = Arc::new(Mutex::new(0));
    let http = {
        let (wire, asked) = (http_service(down.service()), asked.clone());
        http_service(service_fn(move |request: http::Request<Bytes>| {
            if request.method() == "GET" {
                *asked.lock().unwrap() += 1;
            }
            wire.clone().oneshot(request)
        }))
    };
    let account = OpenAiCompatible::at("down", "https://down.example/v1").unwrap();
    let account = account.with_http(http);
    let world = World::new("", "");
    let client = Client::builder()
        .target(account.model("m"))
        .target(world.target_b())
        .monitor(MonitorConfig::default())
        .build()
        .unwrap();
    let mut events = client.events();
    ask_for(&client, 5 * 60 * SECOND).await;
    let count = *asked.lock().unwrap();
    assert!((8..=10).contains(&count), "every thirty seconds: {count}");
    let mut probed = 0;
    drop(client);
    while let Some(event) = events.next().await {
        if let Event::Probed { target, .. } = event {
            assert_eq!(target.account(), "down");
            probed += 1;
        }
    }
    assert_eq!(probed, count);
}

#[tokio::test(start_paused = true)]
async fn a_file_says_who_is_told() {
    let text = r#"
        [account.a]
        kind = "openai-compatible"
        base_url = "https://a.example/v1"
        [route.default]
        targets = ["a/m"]
        [monitor]
        probe_every = "never"
        [alert.own]
        kind = "webhook"
        url = "https://ops.example/hook"
        secret = { env = "HOOK_SECRET" }
        [alert.pagerduty]
        routing_key = { env = "PAGERDUTY_KEY" }
        [alert.slack]
        webhook_url = { env = "SLACK_WEBHOOK" }
    "#;
    let env = |name: &str| {
        Some(match name {
            "SLACK_WEBHOOK" => "https://hooks.slack.example/services/canary".to_owned(),
            _ => "canary-secret".to_owned(),
        })
    };
    let config = Config::parse(text, "outlast.toml", env).unwrap();
    assert_no_key(&format!("{config:?}"));
    let hosts = Arc::new(Mutex::new(Vec::new()));
    let client = Client::from_config_with_http(&config, receiver(&hosts)).unwrap();
    let error = client.chat(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);

    assert!(client.flush_alerts(SECOND).await);
    let mut hosts = hosts.lock().unwrap().clone();
    hosts.sort();
    assert_eq!(
        hosts,
        [
            "a.example",
            "events.pagerduty.com",
            "hooks.slack.example",
            "ops.example"
        ]
    );
    let delivered: Vec<_> = client
        .alerts()
        .into_iter()
        .map(|sink| (sink.name, sink.delivered))
        .collect();
    let expected = [("own", 1), ("pagerduty", 1), ("slack", 1)];
    assert_eq!(
        delivered,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
}

/// Answers providers' calls with "no money", and takes every alert.
fn receiver(hosts: &Arc<Mutex<Vec<String>>>) -> HttpService {
    let hosts = hosts.clone();
    http_service(service_fn(move |request: http::Request<Bytes>| {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let (status, body) = match host.as_str() {
            "a.example" => (402, r#"{"error":{"code":"insufficient_quota"}}"#),
            _ => (200, "ok"),
        };
        hosts.lock().unwrap().push(host);
        let answer = http::Response::builder().status(status);
        std::future::ready(answer.body(Full::new(Bytes::from_static(body.as_bytes()))))
    }))
}
