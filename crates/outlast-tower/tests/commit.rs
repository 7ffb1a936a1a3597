//! A reply is one when its first content is there.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod support;

use outlast_tower::CommitLayer;
use outlast_types::{
    Delta, Error, ErrorKind, Phase, Protocol, ReplyStart, Sent, StreamEvent, StreamRequest,
};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tokio::time::Instant;
use tower::{Layer, ServiceExt};

fn ping() -> Beat {
    Beat::Event(StreamEvent::Ping)
}

fn start() -> Beat {
    Beat::Event(StreamEvent::Start(Box::new(ReplyStart::new(
        Protocol::new("test"),
    ))))
}

/// Calls a stream that must fail; returns the error and when it came.
async fn fails(act: Act, request: StreamRequest) -> (Error, u128, Scripted) {
    let scripted = Scripted::new([act]);
    let begun = Instant::now();
    let call = CommitLayer::new().layer(scripted.clone()).oneshot(request);
    let mut call = Box::pin(call);
    let error = call.as_mut().await.unwrap_err();
    // The call is still in our hands, but nothing of the inner one may be left.
    assert_eq!(scripted.alive(), 0);
    (error, begun.elapsed().as_millis(), scripted)
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_head_never_comes_fails_at_the_first_token_limit() {
    let (error, at, _) = fails(Act::hang(), stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!((error.phase(), error.sent()), (Phase::Head, Sent::Maybe));
    assert_eq!(error.message(), Some("no content within 20s"));
    assert_eq!(at, 20_000);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_any_event_fails_at_the_first_token_limit() {
    let (error, at, scripted) = fails(Act::play([Beat::Hang]), stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::BeforeCommit, Sent::Yes)
    );
    assert_eq!(error.target(), Some(&scripted.target()));
    assert_eq!(at, 20_000);
}

#[tokio::test(start_paused = true)]
async fn pings_do_not_count_as_the_first_content() {
    let beats = std::iter::repeat_n([Beat::Wait(secs(5)), ping()], 100).flatten();
    let (error, at, _) = fails(Act::play(beats), stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(at, 20_000);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_only_introduces_itself_fails_at_the_first_token_limit() {
    let empty = Beat::Event(StreamEvent::Text(Delta::default()));
    let act = Act::play([start(), empty, Beat::Hang]);
    let (error, at, _) = fails(act, stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(at, 20_000);
}

#[tokio::test(start_paused = true)]
async fn head_and_first_content_share_one_limit() {
    let act = Act::play([Beat::Wait(secs(10)), text("late")]).after(secs(15));
    let (error, at, _) = fails(act, stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(at, 20_000);
}

#[tokio::test(start_paused = true)]
async fn an_error_before_the_first_content_is_a_plain_error() {
    let overloaded = Beat::Fail(Error::new(ErrorKind::Overloaded));
    let act = Act::play([start(), ping(), overloaded]);
    let (error, _, _) = fails(act, stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::BeforeCommit, Sent::Yes)
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_says_nothing_is_an_error() {
    let (error, _, _) = fails(Act::play([start(), stop()]), stream_request()).await;
    assert_eq!(error.kind(), ErrorKind::EmptyReply);
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_first_content_is_replayed() {
    let act = Act::play([start(), ping(), Beat::Wait(secs(1)), text("Hi"), stop()]);
    let service = CommitLayer::new().layer(Scripted::new([act]));

    let begun = Instant::now();
    let mut stream = service.oneshot(stream_request()).await.unwrap();
    assert_eq!(begun.elapsed(), secs(1));
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event.unwrap());
    }
    assert!(
        matches!(
            &*events,
            [
                StreamEvent::Start(_),
                StreamEvent::Text(_),
                StreamEvent::Finish(_)
            ]
        ),
        "{events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_first_content_there_is_no_limit() {
    let act = Act::play([text("a"), Beat::Wait(secs(3_600)), text("b"), stop()]);
    let service = CommitLayer::new().layer(Scripted::new([act]));
    let stream = service.oneshot(stream_request()).await.unwrap();
    let (text, error) = drain(stream).await;
    assert_eq!((text.as_str(), error.is_none()), ("ab", true));
}

#[tokio::test(start_paused = true)]
async fn the_time_runs_from_the_first_poll() {
    let service = CommitLayer::new().layer(Scripted::new([Act::hang()]));
    let call = tower::Service::call(&mut service.clone(), stream_request());
    tokio::time::advance(secs(60)).await;
    let polled = Instant::now();
    let error = call.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(polled.elapsed(), secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_unary_reply_may_take_longer_as_a_whole_but_not_for_ever() {
    let slow = Act::say("done").after(secs(119));
    let service = CommitLayer::new().layer(Scripted::new([slow, Act::hang()]));
    let reply = service.clone().oneshot(unary_request()).await.unwrap();
    assert_eq!(reply.text(), "done");

    let begun = Instant::now();
    let error = service.oneshot(unary_request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(error.message(), Some("no whole reply within 120s"));
    assert_eq!(begun.elapsed(), secs(120));
}

#[tokio::test(start_paused = true)]
async fn a_unary_reply_that_says_nothing_is_an_error() {
    let service = CommitLayer::new().layer(Scripted::new([Act::play([])]));
    let error = service.oneshot(unary_request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EmptyReply);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_comes_first_is_told_apart_from_a_slow_target() {
    let mut request = stream_request();
    request.0.context.deadline = Some((Instant::now() + secs(7)).into_std());
    let (error, at, _) = fails(Act::hang(), request).await;
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(at, 7_000);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_has_no_time_is_not_begun() {
    let mut request = stream_request();
    request.0.context.deadline = Some((Instant::now() + millis(99)).into_std());
    let (error, at, scripted) = fails(Act::say("Hi"), request.clone()).await;
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!((error.phase(), error.sent()), (Phase::Encode, Sent::No));
    assert_eq!((at, scripted.calls().len()), (0, 0));

    let patient = CommitLayer::new()
        .with_least_time(millis(10))
        .layer(scripted.clone());
    assert!(patient.oneshot(request).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_at_any_point_drops_the_inner_one() {
    let act = Act::play([Beat::Wait(secs(2)), text("Hi"), Beat::Wait(secs(2)), stop()]);
    for patience in [0, 1, 3] {
        let scripted = Scripted::new([act.clone().after(secs(2))]);
        let service = CommitLayer::new().layer(scripted.clone());
        let call = service.oneshot(stream_request());
        tokio::time::timeout(secs(patience), call)
            .await
            .unwrap_err();
        assert_eq!(scripted.alive(), 0, "after {patience} s");
    }

    let scripted = Scripted::new([act]);
    let service = CommitLayer::new().layer(scripted.clone());
    let stream = service.oneshot(stream_request()).await.unwrap();
    assert_eq!(scripted.alive(), 1);
    drop(stream);
    assert_eq!(scripted.alive(), 0);
}
