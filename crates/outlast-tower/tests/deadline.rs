//! No call outlives its deadline.

mod support;

use std::iter::repeat_n;

use outlast_tower::DeadlineLayer;
use outlast_tower::deadline::DeadlineService;
use outlast_types::{Call, ErrorKind, Phase, Sent, TargetId};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tokio::time::Instant;
use tower::{Layer, ServiceExt};

fn deadline(scripted: &Scripted) -> DeadlineService<Scripted> {
    DeadlineLayer::new(secs(60)).layer(scripted.clone())
}

#[tokio::test(start_paused = true)]
async fn the_layers_below_are_told_when_the_time_is_over() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let now = Instant::now().into_std();
    let call = async |own: Option<u64>| {
        let mut request = unary_request();
        request.context.deadline = own.map(|own| now + secs(own));
        deadline(&scripted).oneshot(request).await.unwrap();
        let seen = scripted.calls().pop().unwrap();
        seen.context().deadline.unwrap() - now
    };
    assert_eq!(call(None).await, secs(60));
    assert_eq!(call(Some(10)).await, secs(10));
    assert_eq!(call(Some(600)).await, secs(60));
}

#[tokio::test(start_paused = true)]
async fn by_default_a_call_has_5_min() {
    let scripted = Scripted::new([Act::hang()]);
    let service = DeadlineLayer::default().layer(scripted);
    let begun = Instant::now();
    service.oneshot(unary_request()).await.unwrap_err();
    assert_eq!(begun.elapsed(), secs(300));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_ends_at_the_deadline_with_its_ledger() {
    let scripted = Scripted::new([Act::hang()]);
    let request = stream_request();
    let ledger = request.context().ledger.clone();
    let target = TargetId::new("acme", "model");
    ledger.skip(target, Instant::now().into_std(), ErrorKind::BreakerOpen);

    let mut call = Box::pin(deadline(&scripted).oneshot(request));
    let begun = Instant::now();
    let error = call.as_mut().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!((error.phase(), error.sent()), (Phase::Head, Sent::Maybe));
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(begun.elapsed(), secs(60));
    // The call is still in our hands, but nothing of the inner one may be left.
    assert_eq!(scripted.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_in_the_middle_at_the_deadline() {
    let beats = repeat_n([text("a"), Beat::Wait(secs(1))], 100).flatten();
    let scripted = Scripted::new([Act::play(beats)]);
    let mut stream = deadline(&scripted).oneshot(stream_request()).await.unwrap();

    let begun = Instant::now();
    let mut read = 0;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(_) => read += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(read, 60);
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(error.phase(), Phase::AfterCommit);
    assert!(error.ledger().is_some());
    assert_eq!(begun.elapsed(), secs(60));
    assert_eq!(scripted.alive(), 0);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_time_to_the_head_counts_for_the_stream() {
    let beats = repeat_n([text("a"), Beat::Wait(secs(1))], 100).flatten();
    let scripted = Scripted::new([Act::play(beats).after(secs(50))]);
    let stream = deadline(&scripted).oneshot(stream_request()).await.unwrap();
    let (text, error) = drain(stream).await;
    assert_eq!(text.len(), 10);
    assert_eq!(error.unwrap().kind(), ErrorKind::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_always_has_an_event_ready_ends_too() {
    let beats = repeat_n(text("a"), 10_000);
    let scripted = Scripted::new([Act::play(beats)]);
    let mut stream = deadline(&scripted).oneshot(stream_request()).await.unwrap();

    let mut read = 0;
    while let Some(Ok(_)) = stream.next().await {
        read += 1;
        tokio::time::sleep(secs(1)).await;
    }
    assert_eq!(read, 60);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_deadline_has_passed_is_not_made() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let mut request = unary_request();
    request.context.deadline = Some(Instant::now().into_std());
    tokio::time::advance(millis(1)).await;

    let error = deadline(&scripted).oneshot(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!((error.phase(), error.sent()), (Phase::Encode, Sent::No));
    assert!(error.ledger().is_some());
    assert_eq!(scripted.calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn any_error_that_leaves_carries_the_ledger() {
    let cut = Beat::Fail(outlast_types::Error::new(ErrorKind::StreamBroken));
    let scripted = Scripted::new([Act::fail(ErrorKind::Server), Act::play([text("a"), cut])]);
    let error = deadline(&scripted)
        .oneshot(unary_request())
        .await
        .unwrap_err();
    assert!(error.ledger().is_some());

    let stream = deadline(&scripted).oneshot(stream_request()).await.unwrap();
    let (_, error) = drain(stream).await;
    assert!(error.unwrap().ledger().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_call_in_time_is_left_alone() {
    let scripted = Scripted::new([Act::play([text("a"), Beat::Wait(secs(59)), stop()])]);
    let reply = deadline(&scripted).oneshot(unary_request()).await.unwrap();
    assert_eq!(reply.text(), "a");
    let stream = deadline(&scripted).oneshot(stream_request()).await.unwrap();
    assert!(drain(stream).await.1.is_none());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_or_the_stream_drops_the_inner_one() {
    let scripted = Scripted::new([Act::play([text("a"), Beat::Hang]).after(secs(2))]);
    let call = deadline(&scripted).oneshot(stream_request());
    tokio::time::timeout(secs(1), call).await.unwrap_err();
    assert_eq!(scripted.alive(), 0);

    let stream = deadline(&scripted).oneshot(stream_request()).await.unwrap();
    assert_eq!(scripted.alive(), 1);
    drop(stream);
    assert_eq!(scripted.alive(), 0);
}
