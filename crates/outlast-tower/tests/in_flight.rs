//! A permit is held as long as the reply lives.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod support;

use std::num::NonZeroUsize;

use outlast_tower::in_flight::InFlightService;
use outlast_tower::{InFlight, InFlightLayer};
use outlast_types::{Call, ErrorKind, Phase, Sent};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tokio::time::Instant;
use tower::{Layer, Service, ServiceExt};

fn limit(calls: usize) -> InFlight {
    InFlight::new(NonZeroUsize::new(calls).unwrap())
}

fn limited(in_flight: &InFlight, scripted: &Scripted) -> InFlightService<Scripted> {
    InFlightLayer::new(in_flight.clone(), scripted.target()).layer(scripted.clone())
}

/// A stream whose text takes 10 s.
fn ten_seconds() -> Act {
    Act::play([text("a"), Beat::Wait(secs(10)), text("b"), stop()])
}

#[tokio::test(start_paused = true)]
async fn the_permit_is_held_to_the_end_of_the_stream_and_not_to_its_head() {
    let (in_flight, scripted) = (limit(2), Scripted::new([ten_seconds()]));
    let service = limited(&in_flight, &scripted);

    let stream = service.oneshot(stream_request()).await.unwrap();
    assert_eq!(in_flight.under_way(), 1);
    let reader = tokio::spawn(drain(stream));
    tokio::time::sleep(secs(9)).await;
    assert_eq!(in_flight.under_way(), 1);
    tokio::time::sleep(secs(2)).await;
    assert_eq!(in_flight.under_way(), 0);
    assert_eq!(reader.await.unwrap().0, "ab");
}

#[tokio::test(start_paused = true)]
async fn the_permit_is_free_when_the_stream_breaks_although_the_reader_still_holds_it() {
    let cut = Beat::Fail(outlast_types::Error::new(ErrorKind::StreamBroken));
    let (in_flight, scripted) = (limit(1), Scripted::new([Act::play([text("a"), cut])]));
    let mut stream = limited(&in_flight, &scripted)
        .oneshot(stream_request())
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(in_flight.under_way(), 1);
    stream.next().await.unwrap().unwrap_err();
    assert_eq!(in_flight.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_permit_is_free_when_the_call_or_the_stream_is_dropped() {
    let (in_flight, scripted) = (limit(1), Scripted::new([ten_seconds().after(secs(2))]));
    let service = limited(&in_flight, &scripted);

    let call = service.clone().oneshot(stream_request());
    tokio::time::timeout(secs(1), call).await.unwrap_err();
    assert_eq!((in_flight.under_way(), scripted.alive()), (0, 0));

    let stream = service.oneshot(stream_request()).await.unwrap();
    assert_eq!(in_flight.under_way(), 1);
    drop(stream);
    assert_eq!((in_flight.under_way(), scripted.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_permit_of_a_unary_call_is_free_when_it_is_answered_or_fails() {
    let acts = [
        Act::say("Hi").after(secs(1)),
        Act::fail(ErrorKind::Server).after(secs(1)),
    ];
    let (in_flight, scripted) = (limit(1), Scripted::new(acts));
    for _ in 0..2 {
        let mut call = Box::pin(limited(&in_flight, &scripted).oneshot(unary_request()));
        tokio::time::timeout(millis(1), call.as_mut())
            .await
            .unwrap_err();
        assert_eq!(in_flight.under_way(), 1);
        let _ = call.as_mut().await;
        assert_eq!(in_flight.under_way(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_over_the_limit_is_refused_at_once_with_the_target_s_name() {
    let (in_flight, scripted) = (limit(1), Scripted::new([ten_seconds()]));
    let service = limited(&in_flight, &scripted);
    let _first = service.clone().oneshot(stream_request()).await.unwrap();

    let request = unary_request();
    let ledger = request.context().ledger.clone();
    let begun = Instant::now();
    let error = service.oneshot(request).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::LocalOverload);
    assert_eq!(error.target(), Some(&scripted.target()));
    assert_eq!((error.phase(), error.sent()), (Phase::Encode, Sent::No));
    assert_eq!(begun.elapsed(), secs(0));
    assert_eq!(ledger.to_string(), "acme/model skipped: local_overload");
    assert_eq!(scripted.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_stacks_of_a_target_count_against_one_limit() {
    let in_flight = limit(2);
    let (one, other) = (
        Scripted::new([ten_seconds()]),
        Scripted::new([ten_seconds()]),
    );
    let stream = limited(&in_flight, &one).oneshot(stream_request()).await;
    let unary = tokio::spawn(limited(&in_flight, &other).oneshot(unary_request()));
    tokio::time::sleep(millis(1)).await;
    assert_eq!(in_flight.under_way(), 2);
    let third = limited(&in_flight, &other).oneshot(unary_request()).await;
    assert_eq!(third.unwrap_err().kind(), ErrorKind::LocalOverload);
    assert!(stream.is_ok() && unary.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn by_default_256_calls_may_be_under_way() {
    let in_flight = InFlight::default();
    let scripted = Scripted::new([Act::hang()]);
    let mut calls = Vec::new();
    for _ in 0..256 {
        let mut service = limited(&in_flight, &scripted);
        calls.push(service.call(stream_request()));
    }
    assert_eq!((in_flight.limit(), in_flight.under_way()), (256, 256));
    let one_more = limited(&in_flight, &scripted).oneshot(stream_request());
    assert!(one_more.await.is_err());
    drop(calls);
    assert_eq!(in_flight.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn with_a_queue_a_call_waits_its_turn() {
    let in_flight = limit(1).with_queue(2, secs(30));
    let scripted = Scripted::new([Act::say("Hi").after(secs(10))]);
    let service = limited(&in_flight, &scripted);
    let calls: Vec<_> = (0..3)
        .map(|_| tokio::spawn(service.clone().oneshot(unary_request())))
        .collect();
    tokio::time::sleep(secs(1)).await;
    assert_eq!((in_flight.under_way(), in_flight.waiting()), (1, 2));

    let too_many = service.oneshot(unary_request()).await.unwrap_err();
    assert_eq!(too_many.kind(), ErrorKind::LocalOverload);

    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(scripted.times_ms(), [0, 10_000, 20_000]);
    assert_eq!((in_flight.under_way(), in_flight.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_only_so_long_and_never_past_its_deadline() {
    let in_flight = limit(1).with_queue(2, secs(5));
    let scripted = Scripted::new([Act::hang()]);
    let service = limited(&in_flight, &scripted);
    let _first = tokio::spawn(service.clone().oneshot(unary_request()));
    tokio::time::sleep(millis(1)).await;

    let wait = async |deadline: Option<u64>| {
        let begun = Instant::now();
        let mut request = unary_request();
        request.context.deadline = deadline.map(|left| (begun + secs(left)).into_std());
        let ledger = request.context.ledger.clone();
        let error = service.clone().oneshot(request).await.unwrap_err();
        assert_eq!(ledger.calls(), 0);
        (error.kind(), begun.elapsed())
    };
    assert_eq!(wait(None).await, (ErrorKind::LocalOverload, secs(5)));
    assert_eq!(wait(Some(60)).await, (ErrorKind::LocalOverload, secs(5)));
    assert_eq!(wait(Some(2)).await, (ErrorKind::DeadlineExceeded, secs(2)));
    assert_eq!(in_flight.waiting(), 0);
    assert_eq!(scripted.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_the_queue_makes_room() {
    let in_flight = limit(1).with_queue(1, secs(60));
    let scripted = Scripted::new([ten_seconds()]);
    let service = limited(&in_flight, &scripted);
    let first = service.clone().oneshot(stream_request()).await.unwrap();

    let impatient = service.clone().oneshot(stream_request());
    tokio::time::timeout(secs(1), impatient).await.unwrap_err();
    assert_eq!(in_flight.waiting(), 0);

    let patient = tokio::spawn(service.oneshot(stream_request()));
    tokio::time::sleep(secs(1)).await;
    assert_eq!(in_flight.waiting(), 1);
    drop(first);
    assert!(patient.await.unwrap().is_ok());
}
