//! What observers are told.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outlast_tower::breaker::Forced;
use outlast_tower::{
    AttemptLayer, Breaker, BreakerLayer, CallEnd, Cause, CommitLayer, Jitter, ObserveLayer,
    Observers, StackEvent,
};
use outlast_types::{ChatStream, Error, ErrorKind, Mode, Sent, StreamRequest};
use support::{Act, Beat, Scripted, drain, stream_request, text, unary_request};
use tower::{Service, ServiceBuilder, ServiceExt};

/// What was told so far.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<StackEvent>>>);

impl Told {
    fn observers(&self) -> Observers {
        let told = self.0.clone();
        Observers::default().with(move |event: &StackEvent| {
            told.lock().unwrap().push(event.clone());
        })
    }

    fn take(&self) -> Vec<StackEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Takes why the breaker changed, and how long it is until its next probe.
    fn changes(&self) -> Vec<(&'static str, Option<Cause>, Option<Duration>)> {
        let events = self.take().into_iter();
        let change = events.filter_map(|event| match event {
            StackEvent::BreakerChanged {
                to,
                cause,
                next_probe,
                ..
            } => Some((to, cause, next_probe)),
            _ => None,
        });
        change.collect()
    }
}

fn watched(
    scripted: &Scripted,
    told: &Told,
) -> (
    Breaker,
    impl Service<StreamRequest, Response = ChatStream, Error = Error, Future: Send>
    + Clone
    + Send
    + use<>,
) {
    let breaker = Breaker::new(scripted.target())
        .with_jitter(Jitter::seeded(7))
        .with_observers(told.observers());
    let service = ServiceBuilder::new()
        .layer(ObserveLayer::new().with_observers(told.observers()))
        .layer(BreakerLayer::new(breaker.clone()))
        .layer(AttemptLayer::new(scripted.target()))
        .layer(CommitLayer::new())
        .service(scripted.clone());
    (breaker, service)
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_opens_says_why_and_until_when() {
    let told = Told::default();
    let (_, target) = watched(&Scripted::new([Act::fail(ErrorKind::Server)]), &told);
    for _ in 0..5 {
        let _ = target.clone().oneshot(stream_request()).await;
    }
    let changes = told.changes();
    let [(to, cause, next_probe)] = changes.as_slice() else {
        unreachable!("{changes:?}")
    };
    assert_eq!(
        (*to, *cause),
        ("open", Some(Cause::Failures(ErrorKind::Server)))
    );
    assert!((4..=6).contains(&next_probe.unwrap().as_secs()));

    let (_, target) = watched(
        &Scripted::new([Act::fail(ErrorKind::Unauthenticated)]),
        &told,
    );
    let _ = target.clone().oneshot(stream_request()).await;
    let refused = Some(Cause::Refused(ErrorKind::Unauthenticated));
    assert_eq!(told.changes()[0].1, refused);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_worked_a_moment_ago_is_not_what_opened_the_breaker() {
    let told = Told::default();
    let refusal = || Act::fail(ErrorKind::Unauthenticated);
    let acts = std::iter::once(Act::say("Hi")).chain((0..5).map(|_| refusal()));
    let (_, target) = watched(&Scripted::new(acts), &told);
    drain(target.clone().oneshot(stream_request()).await.unwrap()).await;
    for _ in 0..5 {
        let _ = target.clone().oneshot(stream_request()).await;
    }
    let failures = Some(Cause::Failures(ErrorKind::Unauthenticated));
    assert_eq!(told.changes()[0].1, failures);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_hangs_and_an_order_are_causes_too() {
    let told = Told::default();
    let (breaker, target) = watched(&Scripted::new([Act::hang()]), &told);
    let calls: Vec<_> = (0..5)
        .map(|_| tokio::spawn(target.clone().oneshot(stream_request())))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Stalled);
    }
    assert_eq!(told.changes()[0].1, Some(Cause::Stalled));

    breaker.force(Forced::Closed);
    assert_eq!(
        told.changes(),
        [("forced_closed", Some(Cause::Ordered), None)]
    );
}

#[tokio::test(start_paused = true)]
async fn each_failure_that_says_something_about_the_target_is_told_once() {
    let told = Told::default();
    let failure = Error::new(ErrorKind::Overloaded)
        .with_sent(Sent::Yes)
        .with_request_id(Some("req_1".to_owned()));
    let broken = Act::play([text("Hel"), Beat::Fail(failure.clone())]);
    let acts = [
        Act::error(failure),
        broken,
        Act::fail(ErrorKind::InvalidRequest),
    ];
    let scripted = Scripted::new(acts);
    let (_, target) = watched(&scripted, &told);
    for _ in 0..3 {
        if let Ok(stream) = target.clone().oneshot(stream_request()).await {
            drain(stream).await;
        }
    }
    let failed = StackEvent::Failed {
        target: scripted.target(),
        kind: ErrorKind::Overloaded,
        sent: Sent::Yes,
        request_id: Some("req_1".into()),
    };
    let events = told.take().into_iter();
    let failures: Vec<_> = events
        .filter(|event| matches!(event, StackEvent::Failed { .. }))
        .collect();
    assert_eq!(failures, [failed.clone(), failed]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_each_call_is_told_with_what_it_took() {
    let told = Told::default();
    let broken = Act::play([text("Hel"), Beat::Fail(Error::new(ErrorKind::StreamBroken))]);
    let acts = [
        Act::say("Hi"),
        broken,
        Act::fail(ErrorKind::Server),
        Act::hang(),
    ];
    let scripted = Scripted::new(acts);
    let (_, target) = watched(&scripted, &told);
    let ask = || target.clone().oneshot(stream_request());

    drain(ask().await.unwrap()).await;
    drain(ask().await.unwrap()).await;
    assert!(ask().await.is_err());
    assert!(
        tokio::time::timeout(Duration::from_secs(1), ask())
            .await
            .is_err()
    );

    let ends = told.take().into_iter().filter_map(|event| match event {
        StackEvent::Ended {
            mode,
            served_by,
            end,
            calls,
        } => Some((mode, served_by, end, calls)),
        _ => None,
    });
    let by = Some(scripted.target());
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [
            (Mode::Stream, by.clone(), CallEnd::Complete, 1),
            (
                Mode::Stream,
                by,
                CallEnd::Failed(ErrorKind::StreamBroken),
                1
            ),
            (Mode::Stream, None, CallEnd::Failed(ErrorKind::Server), 1),
            (Mode::Stream, None, CallEnd::Abandoned, 1),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_unary_call_ends_once() {
    let told = Told::default();
    let scripted = Scripted::new([Act::say("Hi")]);
    let service = ServiceBuilder::new()
        .layer(ObserveLayer::new().with_observers(told.observers()))
        .service(scripted);
    service.oneshot(unary_request()).await.unwrap();
    let events = told.take();
    assert!(
        matches!(
            events.as_slice(),
            [StackEvent::Ended {
                mode: Mode::Unary,
                end: CallEnd::Complete,
                ..
            }]
        ),
        "{events:?}"
    );
}
