//! A target behind its breaker, seen from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use outlast_tower::breaker::{BreakerService, Forced, Kin};
use outlast_tower::{
    AttemptLayer, Breaker, BreakerConfig, BreakerLayer, CommitLayer, Jitter, Observers, StackEvent,
};
use outlast_types::{
    ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, StreamRequest, TargetId,
};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tokio::time::{Instant, advance, sleep};
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

/// A target with its breaker, its ledger entries and its commit.
fn target<S>(
    breaker: &Breaker,
    provider: S,
) -> impl Service<StreamRequest, Response = ChatStream, Error = Error, Future: Send> + Clone
where
    S: Service<StreamRequest, Response = ChatStream, Error = Error> + Clone + Send,
    S::Future: Send,
{
    ServiceBuilder::new()
        .layer(BreakerLayer::new(breaker.clone()))
        .layer(AttemptLayer::new(breaker.target().clone()))
        .layer(CommitLayer::new())
        .service(provider)
}

fn breaker_of(scripted: &Scripted) -> Breaker {
    Breaker::new(scripted.target()).with_jitter(Jitter::seeded(7))
}

fn broken_after(words: &str) -> Act {
    let error = Error::new(ErrorKind::StreamBroken);
    Act::play([text(words), Beat::Fail(error)])
}

/// Opens the breaker by five faults.
async fn open(breaker: &Breaker) {
    let broken = Scripted::new([Act::fail(ErrorKind::Server)]);
    for _ in 0..5 {
        let _ = target(breaker, broken.clone())
            .oneshot(stream_request())
            .await;
    }
    assert_eq!(breaker.state().name, "open");
}

/// Opens the breaker and lets its time go by.
async fn half_open(breaker: &Breaker) {
    open(breaker).await;
    advance(breaker.state().next_probe.unwrap()).await;
    assert_eq!(breaker.state().name, "half_open");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_turned_away_says_when_to_come_back_and_is_noted_as_skipped() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let breaker = breaker_of(&scripted);
    open(&breaker).await;

    let request = stream_request();
    let ledger = request.0.context.ledger.clone();
    let error = target(&breaker, scripted.clone())
        .oneshot(request)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BreakerOpen);
    assert_eq!(error.target(), Some(&scripted.target()));
    assert_eq!(error.retry_after(), breaker.state().next_probe);
    assert_eq!(ledger.to_string(), "acme/model skipped: breaker_open");
    assert!(scripted.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_half_way_is_a_fault() {
    let scripted = Scripted::new([broken_after("Hel")]);
    let breaker = breaker_of(&scripted);
    for _ in 0..5 {
        assert_eq!(breaker.state().name, "closed");
        let stream = target(&breaker, scripted.clone())
            .oneshot(stream_request())
            .await
            .unwrap();
        let (words, error) = drain(stream).await;
        assert_eq!(
            (words.as_str(), error.unwrap().kind()),
            ("Hel", ErrorKind::StreamBroken)
        );
    }
    assert_eq!(breaker.state().name, "open");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_no_success_before_its_end() {
    let long = Act::play([text("Hel"), Beat::Wait(secs(10)), text("lo"), stop()]);
    let scripted = Scripted::new([long]);
    let breaker = breaker_of(&scripted);
    half_open(&breaker).await;

    let probe = target(&breaker, scripted.clone())
        .oneshot(stream_request())
        .await
        .unwrap();
    let refused = target(&breaker, scripted.clone())
        .oneshot(stream_request())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BreakerOpen);
    drain(probe).await;
    assert!(
        target(&breaker, scripted)
            .oneshot(stream_request())
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn callers_who_go_away_leave_the_breaker_as_it_is() {
    let slow = Act::say("Hi").after(secs(1));
    let long = Act::play([text("Hel"), Beat::Hang]);
    let breaker = Breaker::new(TargetId::new("acme", "model"));
    for act in [slow, long] {
        let scripted = Scripted::new([act]);
        for _ in 0..20 {
            let mut call = Box::pin(target(&breaker, scripted.clone()).oneshot(stream_request()));
            let early = tokio::time::timeout(millis(500), &mut call).await;
            drop(early);
            drop(call);
            assert_eq!(scripted.alive(), 0);
        }
    }
    assert_eq!(
        (breaker.state().name, breaker.state().changes),
        ("closed", 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_caller_goes_away_makes_room_for_the_next() {
    let scripted = Scripted::new([
        Act::hang(),
        Act::play([text("Hel"), Beat::Hang]),
        Act::say("Hi"),
    ]);
    let breaker = breaker_of(&scripted);
    half_open(&breaker).await;

    let unanswered = target(&breaker, scripted.clone()).oneshot(stream_request());
    assert!(tokio::time::timeout(secs(1), unanswered).await.is_err());
    let unread = target(&breaker, scripted.clone())
        .oneshot(stream_request())
        .await;
    drop(unread.unwrap());
    assert!(
        target(&breaker, scripted)
            .oneshot(stream_request())
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn one_lone_success_does_not_close_it() {
    let scripted = Scripted::new([Act::say("Hi"), Act::fail(ErrorKind::Server)]);
    let breaker = breaker_of(&scripted);
    half_open(&breaker).await;

    let stream = target(&breaker, scripted.clone())
        .oneshot(stream_request())
        .await
        .unwrap();
    drain(stream).await;
    assert_eq!(breaker.state().name, "half_open");
    assert!(
        target(&breaker, scripted)
            .oneshot(stream_request())
            .await
            .is_err()
    );
    assert_eq!(breaker.state().name, "open");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_request_never_counts() {
    let kinds = [
        ErrorKind::InvalidRequest,
        ErrorKind::ContextTooLong,
        ErrorKind::ContentPolicy,
        ErrorKind::ModelNotFound,
        ErrorKind::RateLimited,
        ErrorKind::Cancelled,
        ErrorKind::LocalOverload,
        ErrorKind::DeadlineExceeded,
    ];
    let scripted = Scripted::new([Act::say("never")]);
    let breaker = breaker_of(&scripted);
    for kind in kinds {
        let failing = Scripted::new([Act::fail(kind)]);
        for _ in 0..30 {
            let result = target(&breaker, failing.clone())
                .oneshot(stream_request())
                .await;
            assert!(result.is_err());
            // A rate limit without a hint is waited for, but is no fault either.
            advance(breaker.state().saturated.unwrap_or_default()).await;
        }
        assert_eq!(breaker.state().name, "closed", "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn five_streams_that_hang_together_are_called_back_after_three_seconds() {
    let scripted = Scripted::new([Act::play([Beat::Hang])]);
    let breaker = breaker_of(&scripted);
    let begun = Instant::now();
    let calls = (0..5).map(|n| {
        let (breaker, scripted) = (breaker.clone(), scripted.clone());
        tokio::spawn(async move {
            sleep(millis(100) * n).await;
            let request = stream_request();
            let ledger = request.0.context.ledger.clone();
            let error = target(&breaker, scripted)
                .oneshot(request)
                .await
                .unwrap_err();
            (error, ledger.to_string(), begun.elapsed())
        })
    });
    for (n, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        let (error, ledger, at) = call.await.unwrap();
        assert_eq!(error.kind(), ErrorKind::Stalled);
        assert_eq!(at, millis(3_400));
        let waited = 3_400 - 100 * n;
        assert_eq!(ledger, format!("acme/model stalled {waited}ms"));
    }
    assert_eq!(scripted.alive(), 0);
    assert_eq!(breaker.state().name, "open");
}

#[tokio::test(start_paused = true)]
async fn four_streams_that_hang_wait_for_their_own_limit() {
    let scripted = Scripted::new([Act::hang()]);
    let breaker = breaker_of(&scripted);
    let calls = (0..4).map(|_| target(&breaker, scripted.clone()).oneshot(stream_request()));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::FirstTokenTimeout);
    }
    assert_eq!(breaker.state().name, "closed");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_hears_nothing_is_given_up_after_three_seconds_and_opens_the_breaker_again() {
    let scripted = Scripted::new([Act::hang()]);
    let breaker = breaker_of(&scripted);
    half_open(&breaker).await;
    let begun = Instant::now();
    let request = stream_request();
    let ledger = request.0.context.ledger.clone();
    let probe = target(&breaker, scripted.clone()).oneshot(request).await;
    assert_eq!(probe.unwrap_err().kind(), ErrorKind::Stalled);
    // Timers round up to the next millisecond.
    assert!((secs(3)..=millis(3_001)).contains(&begun.elapsed()));
    assert!(ledger.to_string().starts_with("acme/model stalled"));
    assert_eq!((breaker.state().name, scripted.alive()), ("open", 0));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_nobody_can_take_over_from_is_waited_for() {
    let scripted = Scripted::new([Act::hang()]);
    let breaker = breaker_of(&scripted);
    half_open(&breaker).await;
    let alone = ServiceBuilder::new()
        .layer(BreakerLayer::new(breaker.clone()).alone())
        .layer(CommitLayer::new())
        .service(scripted);
    let probe = alone.oneshot(stream_request()).await;
    assert_eq!(probe.unwrap_err().kind(), ErrorKind::FirstTokenTimeout);
}

#[tokio::test(start_paused = true)]
async fn streams_that_have_begun_are_not_called_back() {
    let begun = Act::play([text("Hel"), Beat::Wait(secs(10)), text("lo"), stop()]);
    let scripted = Scripted::new([begun, Act::hang()]);
    let breaker = breaker_of(&scripted);
    let stream = target(&breaker, scripted.clone())
        .oneshot(stream_request())
        .await
        .unwrap();
    let hanging = (0..5).map(|_| target(&breaker, scripted.clone()).oneshot(stream_request()));
    let (read, failed) = tokio::join!(drain(stream), futures_util::future::join_all(hanging));
    assert_eq!(read.0, "Hello");
    assert!(
        failed
            .into_iter()
            .all(|result| result.unwrap_err().kind() == ErrorKind::Stalled)
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_in_line_is_not_taken_for_a_target_that_hangs() {
    /// Is never ready.
    #[derive(Clone)]
    struct Full;

    impl Service<StreamRequest> for Full {
        type Response = ChatStream;
        type Error = Error;
        type Future = std::future::Ready<Result<ChatStream, Error>>;

        fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
            Poll::Pending
        }

        fn call(&mut self, _request: StreamRequest) -> Self::Future {
            unreachable!("it is never ready")
        }
    }

    let breaker = Breaker::new(TargetId::new("acme", "model"));
    let calls = (0..9).map(|_| target(&breaker, Full).oneshot(stream_request()));
    let calls = futures_util::future::join_all(calls);
    assert!(tokio::time::timeout(secs(60), calls).await.is_err());
    assert_eq!(breaker.state().name, "closed");

    open(&breaker).await;
    let refused = target(&breaker, Full).oneshot(stream_request()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BreakerOpen);
}

#[tokio::test(start_paused = true)]
async fn unary_calls_and_streams_share_one_breaker() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Overloaded)]);
    let breaker = breaker_of(&scripted);
    let service: BreakerService<Scripted> = BreakerLayer::new(breaker.clone()).layer(scripted);
    for _ in 0..5 {
        let call = Service::<ChatRequest>::call(&mut service.clone(), unary_request());
        let result: Result<ChatResponse, Error> = call.await;
        assert!(result.is_err());
    }
    let refused: Result<ChatStream, Error> = service.oneshot(stream_request()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BreakerOpen);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_with_a_reset_is_handed_on_until_then() {
    let limited = Error::new(ErrorKind::RateLimited).with_retry_after(Some(secs(60)));
    let scripted = Scripted::new([Act::error(limited), Act::say("Hi")]);
    let breaker = breaker_of(&scripted);
    let call = || target(&breaker, scripted.clone()).oneshot(stream_request());

    assert_eq!(call().await.unwrap_err().retry_after(), Some(secs(60)));
    advance(secs(20)).await;
    let error = call().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(secs(40)))
    );
    assert_eq!(error.should_retry(), Some(false));
    assert_eq!(breaker.state().name, "closed");
    assert_eq!(scripted.calls().len(), 1);
    advance(secs(40)).await;
    assert!(call().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn observers_learn_of_each_change_of_state() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observers = Observers::default().with({
        let seen = seen.clone();
        move |event: &StackEvent| {
            if let StackEvent::BreakerChanged { from, to, .. } = event {
                seen.lock().unwrap().push((*from, *to));
            }
        }
    });
    let mut config = BreakerConfig::default();
    config.probes = 1;
    config.ramp = vec![1.0];
    let scripted = Scripted::new([Act::say("Hi")]);
    let breaker = breaker_of(&scripted)
        .with_config(config)
        .with_observers(observers);

    half_open(&breaker).await;
    let stream = target(&breaker, scripted)
        .oneshot(stream_request())
        .await
        .unwrap();
    drain(stream).await;
    advance(secs(30)).await;
    assert_eq!(breaker.state().name, "closed");
    breaker.force(Forced::Open);
    let changes = [
        ("closed", "open"),
        ("open", "half_open"),
        ("half_open", "ramp"),
        ("ramp", "closed"),
        ("closed", "forced_open"),
    ];
    assert_eq!(*seen.lock().unwrap(), changes);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_says_what_a_status_page_shows() {
    let breaker = Breaker::new(TargetId::new("acme", "model")).with_jitter(Jitter::seeded(7));
    advance(secs(5)).await;
    let state = breaker.state();
    assert_eq!(
        (state.name, state.share, state.since),
        ("closed", 1.0, secs(5))
    );
    assert_eq!((state.next_probe, state.saturated), (None, None));

    open(&breaker).await;
    advance(secs(1)).await;
    let state = breaker.state();
    assert_eq!(
        (state.name, state.share, state.since),
        ("open", 0.0, secs(1))
    );
    assert!((secs(3)..=secs(5)).contains(&state.next_probe.unwrap()));
}

fn kindred(kin: &Kin, models: [&str; 3]) -> [Breaker; 3] {
    models.map(|model| {
        Breaker::new(TargetId::new("acme", model))
            .with_jitter(Jitter::seeded(7))
            .with_kin([kin.clone()])
    })
}

#[tokio::test(start_paused = true)]
async fn two_targets_of_a_host_that_trip_within_a_minute_have_the_third_looked_at() {
    let kin = Kin::new();
    let [one, two, three] = kindred(&kin, ["m1", "m2", "m3"]);
    open(&one).await;
    assert_eq!(three.state().name, "closed");
    sleep(secs(30)).await;
    open(&two).await;
    assert_eq!(three.state().name, "half_open");

    let healthy = Scripted::new([Act::play([text("Hello"), stop()])]);
    let stream = target(&three, healthy).oneshot(stream_request()).await;
    drain(stream.unwrap()).await;
    assert_eq!(three.state().name, "closed", "it was the models' outage");
}

#[tokio::test(start_paused = true)]
async fn two_trips_that_are_far_apart_concern_nobody_else() {
    let kin = Kin::new();
    let [one, two, three] = kindred(&kin, ["m1", "m2", "m3"]);
    open(&one).await;
    sleep(secs(61)).await;
    open(&two).await;
    assert_eq!(three.state().name, "closed");
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_has_the_other_targets_of_the_account_looked_at_at_once() {
    let kin = Kin::new();
    let [one, two, three] = kindred(&kin, ["m1", "m2", "m3"]);
    let refused = Scripted::new([Act::fail(ErrorKind::Unauthenticated)]);
    let _ = target(&one, refused).oneshot(stream_request()).await;
    assert_eq!(one.state().name, "open");
    assert_eq!([two.state().name, three.state().name], ["half_open"; 2]);
}
