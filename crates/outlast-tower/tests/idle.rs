//! A stream that stands still is ended, one that is only slow is not.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod support;

use std::iter::repeat_n;

use outlast_tower::IdleLayer;
use outlast_tower::idle::IdleService;
use outlast_types::{
    ChatRequest, Error, ErrorKind, Finish, FinishReason, Phase, Reply, Sent, StreamEvent,
    StreamRequest,
};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tokio::time::Instant;
use tower::{Layer, ServiceExt};

fn ping() -> Beat {
    Beat::Event(StreamEvent::Ping)
}

fn idle(scripted: &Scripted) -> IdleService<Scripted> {
    IdleLayer::new().layer(scripted.clone())
}

/// Plays `beats` to a reader that does nothing but read; returns the text, the error and when it was over.
async fn read(beats: impl IntoIterator<Item = Beat>) -> (String, Option<Error>, u128) {
    let scripted = Scripted::new([Act::play(beats)]);
    let stream = idle(&scripted).oneshot(stream_request()).await.unwrap();
    let begun = Instant::now();
    let (text, error) = drain(stream).await;
    (text, error, begun.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_29_s_between_tokens_is_no_timeout() {
    let (text, error, _) = read([text("a"), Beat::Wait(secs(29)), text("b"), stop()]).await;
    assert_eq!((text.as_str(), error.is_none()), ("ab", true));
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_31_s_between_tokens_is_an_idle_timeout() {
    let (text, error, at) = read([text("a"), Beat::Wait(secs(31)), text("b"), stop()]).await;
    let error = error.unwrap();
    assert_eq!(text, "a");
    assert_eq!(error.kind(), ErrorKind::IdleTimeout);
    assert_eq!(error.message(), Some("no event for 30s"));
    assert_eq!(error.target().unwrap().to_string(), "acme/model");
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::AfterCommit, Sent::Yes)
    );
    assert_eq!(at, 30_000);
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_first_content_is_an_idle_timeout_too() {
    let scripted = Scripted::new([Act::play([Beat::Hang])]);
    let stream = idle(&scripted).oneshot(stream_request()).await.unwrap();
    let error = stream.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IdleTimeout);
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::BeforeCommit, Sent::Yes)
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_stream_that_gets_on_may_take_for_ever() {
    let beats = repeat_n([Beat::Wait(secs(20)), text("a")], 1_000).flatten();
    let (text, error, at) = read(beats.chain([stop()])).await;
    assert_eq!((text.len(), error.is_none()), (1_000, true));
    assert_eq!(at, 20_000_000);
}

#[tokio::test(start_paused = true)]
async fn pings_keep_a_stream_alive_only_up_to_the_progress_limit() {
    let drip = repeat_n([Beat::Wait(secs(5)), ping()], 1_000).flatten();
    let (text, error, at) = read([text("a")].into_iter().chain(drip)).await;
    let error = error.unwrap();
    assert_eq!(text, "a");
    assert_eq!(error.kind(), ErrorKind::IdleTimeout);
    assert_eq!(error.message(), Some("no content for 90s"));
    assert_eq!(at, 90_000);
}

#[tokio::test(start_paused = true)]
async fn content_begins_the_progress_limit_anew() {
    let thinking = repeat_n([Beat::Wait(secs(20)), ping()], 4).flatten();
    let beats = thinking.clone().chain([text("a")]).chain(thinking);
    let (text, error, at) = read(beats.chain([text("b"), stop()])).await;
    assert_eq!((text.as_str(), error.is_none()), ("ab", true));
    assert_eq!(at, 160_000);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_stops_reading_for_5_min_finds_no_error() {
    let beats = repeat_n([Beat::Wait(secs(1)), text("a")], 10).flatten();
    let scripted = Scripted::new([Act::play(beats.chain([stop()]))]);
    let mut stream = idle(&scripted).oneshot(stream_request()).await.unwrap();

    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(secs(300)).await;
    let (text, error) = drain(stream).await;
    assert_eq!((text.as_str(), error.is_none()), ("aaaaaaaaa", true));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_turns_away_while_it_waits_finds_what_came_meanwhile() {
    let beats = [text("a"), Beat::Wait(secs(1)), text("b"), stop()];
    let scripted = Scripted::new([Act::play(beats)]);
    let mut stream = idle(&scripted).oneshot(stream_request()).await.unwrap();

    stream.next().await.unwrap().unwrap();
    // It has begun to wait when it turns away.
    let waiting = tokio::time::timeout(millis(1), stream.next()).await;
    assert!(waiting.is_err());
    tokio::time::sleep(secs(300)).await;
    let (text, error) = drain(stream).await;
    assert_eq!((text.as_str(), error.is_none()), ("b", true));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_turns_away_again_and_again_is_not_taken_for_missing_progress() {
    let beats = repeat_n([Beat::Wait(secs(1)), ping()], 5).flatten();
    let scripted = Scripted::new([Act::play(beats.chain([text("a"), stop()]))]);
    let mut stream = idle(&scripted).oneshot(stream_request()).await.unwrap();

    for _ in 0..5 {
        let waiting = tokio::time::timeout(millis(1), stream.next()).await;
        assert!(waiting.is_err());
        tokio::time::sleep(secs(300)).await;
        assert_eq!(stream.next().await.unwrap().unwrap(), StreamEvent::Ping);
    }
    let (text, error) = drain(stream).await;
    assert_eq!((text.as_str(), error.is_none()), ("a", true));
}

#[tokio::test(start_paused = true)]
async fn the_time_a_reader_was_away_does_not_count_as_missing_progress() {
    let beats = repeat_n([Beat::Wait(secs(1)), ping()], 5).flatten();
    let scripted = Scripted::new([Act::play(beats.chain([text("a"), stop()]))]);
    let mut stream = idle(&scripted).oneshot(stream_request()).await.unwrap();

    for _ in 0..5 {
        assert_eq!(stream.next().await.unwrap().unwrap(), StreamEvent::Ping);
        tokio::time::sleep(secs(300)).await;
    }
    let (text, error) = drain(stream).await;
    assert_eq!((text.as_str(), error.is_none()), ("a", true));
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_finish_ends_a_whole_stream_without_an_error() {
    let (text, error, at) = read([text("a"), stop(), Beat::Hang]).await;
    assert_eq!((text.as_str(), error.is_none()), ("a", true));
    assert_eq!(at, 30_000);
}

#[tokio::test(start_paused = true)]
async fn silence_after_one_of_two_answers_has_finished_is_an_error() {
    let scripted = Scripted::new([Act::play([text("a"), stop(), Beat::Hang])]);
    let mut request = ChatRequest::user("Hi");
    request.body_mut().n = Some(2);
    let stream = idle(&scripted)
        .oneshot(StreamRequest(request.clone()))
        .await
        .unwrap();
    let (_, error) = drain(stream).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::IdleTimeout);

    let second = Beat::Event(StreamEvent::Finish(Finish {
        choice: 1,
        reason: FinishReason::Stop,
        extra: None,
    }));
    scripted.rewrite([Act::play([text("a"), stop(), second, Beat::Hang])]);
    let stream = idle(&scripted)
        .oneshot(StreamRequest(request))
        .await
        .unwrap();
    assert!(drain(stream).await.1.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_limits_can_be_set() {
    let layer = IdleLayer::new()
        .with_idle(secs(2))
        .with_progress_idle(secs(3));
    let wait = async |beats: Vec<Beat>| {
        let scripted = Scripted::new([Act::play(beats)]);
        let stream = layer.layer(scripted).oneshot(stream_request());
        let begun = Instant::now();
        drain(stream.await.unwrap()).await.1.unwrap();
        begun.elapsed()
    };
    assert_eq!(wait(vec![text("a"), Beat::Hang]).await, secs(2));
    let drip = repeat_n([Beat::Wait(millis(1_500)), ping()], 9).flatten();
    assert_eq!(wait(drip.collect()).await, secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_unary_reply_passes_through_however_long_it_takes() {
    let scripted = Scripted::new([Act::say("done").after(secs(600))]);
    let reply = idle(&scripted).oneshot(unary_request()).await.unwrap();
    assert_eq!(reply.text(), "done");
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_dropped_when_the_stream_stands_still_and_not_when_the_reader_lets_go() {
    let scripted = Scripted::new([Act::play([text("a"), Beat::Hang])]);
    let mut stream = idle(&scripted).oneshot(stream_request()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(scripted.alive(), 1);
    stream.next().await.unwrap().unwrap_err();
    assert_eq!(scripted.alive(), 0);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_or_the_stream_drops_the_inner_one() {
    let scripted = Scripted::new([Act::play([text("a"), Beat::Hang]).after(secs(2))]);
    let call = idle(&scripted).oneshot(stream_request());
    tokio::time::timeout(secs(1), call).await.unwrap_err();
    assert_eq!(scripted.alive(), 0);

    let stream = idle(&scripted).oneshot(stream_request()).await.unwrap();
    assert_eq!(scripted.alive(), 1);
    drop(stream);
    assert_eq!(scripted.alive(), 0);
}
