//! The layers together, and among those of tower itself.

mod support;

use std::time::Duration;

use outlast_tower::{
    AttemptLayer, CommitLayer, DeadlineLayer, IdleLayer, InFlight, InFlightLayer, RetryPolicy,
    retry_layer,
};
use outlast_types::{Call, ChatResponse, Error, ErrorKind, Reply, Sent};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::timeout::TimeoutLayer;
use tower::{Service, ServiceBuilder, ServiceExt};

/// A target as the facade builds it, as far as it is of these layers, under a deadline of its own.
fn stack<R, T>(
    scripted: &Scripted,
    in_flight: &InFlight,
) -> impl Service<R, Response = T, Error = Error, Future: Send> + use<R, T>
where
    R: Call,
    T: Reply,
    Scripted: Service<R, Response = T, Error = Error, Future: Send>,
{
    ServiceBuilder::new()
        .layer(DeadlineLayer::default())
        .layer(retry_layer(RetryPolicy::new(scripted.target())))
        .layer(InFlightLayer::new(in_flight.clone(), scripted.target()))
        .layer(AttemptLayer::new(scripted.target()))
        .layer(CommitLayer::new())
        .layer(IdleLayer::new())
        .service(scripted.clone())
}

#[tokio::test(start_paused = true)]
async fn the_whole_target_stack_serves_both_kinds_of_calls() {
    let scripted = Scripted::new([
        Act::fail(ErrorKind::Server),
        Act::say("unary"),
        Act::play([Beat::Fail(Error::new(ErrorKind::Server))]),
        Act::play([text("str"), Beat::Wait(secs(20)), text("eam"), stop()]),
    ]);
    let in_flight = InFlight::default();

    let call = stack(&scripted, &in_flight).oneshot(unary_request());
    let reply: ChatResponse = tokio::spawn(call).await.unwrap().unwrap();
    assert_eq!(reply.text(), "unary");
    assert_eq!(reply.meta().ledger.calls(), 2);

    let call = stack(&scripted, &in_flight).oneshot(stream_request());
    let stream: outlast_types::ChatStream = tokio::spawn(call).await.unwrap().unwrap();
    assert_eq!(stream.meta().ledger.calls(), 2);
    assert_eq!(in_flight.under_way(), 1);
    assert_eq!(drain(stream).await.0, "stream");
    assert_eq!((in_flight.under_way(), scripted.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_hanging_target_is_one_attempt_and_no_retry() {
    let scripted = Scripted::new([Act::hang()]);
    let service = stack(&scripted, &InFlight::default());
    let error = service.oneshot(stream_request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    assert_eq!(
        error.ledger().unwrap().to_string(),
        "acme/model first_token_timeout 20000ms"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_the_middle_of_an_attempt_is_noted_as_such() {
    let scripted = Scripted::new([Act::hang()]);
    let service = stack(&scripted, &InFlight::default());
    let mut request = unary_request();
    request.context.deadline = Some((tokio::time::Instant::now() + secs(3)).into_std());
    let error = service.oneshot(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(error.target(), Some(&scripted.target()));
    assert_eq!(
        error.ledger().unwrap().to_string(),
        "acme/model deadline_exceeded 3000ms"
    );
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_at_any_time_leaves_nothing_behind() {
    let act = Act::play([Beat::Wait(millis(300)), text("a"), Beat::Hang]).after(millis(300));
    for wait in (0..1_000).step_by(50) {
        let scripted =
            Scripted::new([Act::fail(ErrorKind::Server).after(millis(100)), act.clone()]);
        let in_flight = InFlight::default();
        let call = stack(&scripted, &in_flight).oneshot(stream_request());
        let stream = tokio::time::timeout(millis(wait), call).await;
        drop(stream);
        assert_eq!(
            (scripted.alive(), in_flight.under_way()),
            (0, 0),
            "{wait} ms"
        );
        let made = scripted.calls().len();
        tokio::time::sleep(secs(60)).await;
        assert_eq!(scripted.calls().len(), made, "{wait} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn stock_layers_stand_inside_ours() {
    let scripted = Scripted::new([Act::hang()]);
    let service = ServiceBuilder::new()
        .layer(AttemptLayer::new(scripted.target()))
        .map_err(Error::from)
        .layer(TimeoutLayer::new(secs(1)))
        .layer(ConcurrencyLimitLayer::new(4))
        .service(scripted.clone());
    let error = service.oneshot(unary_request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(error.target(), Some(&scripted.target()));
    assert_eq!(error.sent(), Sent::No);
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<tower::timeout::error::Elapsed>());
    assert_eq!(scripted.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn our_errors_come_out_of_stock_layers_as_they_went_in() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Overloaded)]);
    let service = ServiceBuilder::new()
        .map_err(Error::from)
        .layer(LoadShedLayer::new())
        .layer(TimeoutLayer::new(secs(60)))
        .layer(ConcurrencyLimitLayer::new(4))
        .layer(AttemptLayer::new(scripted.target()))
        .service(scripted.clone());
    let error = service.oneshot(stream_request()).await.unwrap_err();
    assert_eq!(error.to_string(), "acme/model: provider overloaded");
}

#[tokio::test(start_paused = true)]
async fn a_stock_concurrency_limit_frees_its_slot_at_the_head_and_ours_does_not() {
    let hang = || Scripted::new([Act::play([text("a"), Beat::Hang])]);
    let stock = ServiceBuilder::new()
        .layer(ConcurrencyLimitLayer::new(1))
        .service(hang());
    let _first = stock.clone().oneshot(stream_request()).await.unwrap();
    assert!(stock.oneshot(stream_request()).await.is_ok());

    let one = InFlight::new(std::num::NonZeroUsize::MIN);
    let target = hang();
    let ours = ServiceBuilder::new()
        .layer(InFlightLayer::new(one, target.target()))
        .service(target);
    let _first = ours.clone().oneshot(stream_request()).await.unwrap();
    assert!(ours.oneshot(stream_request()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn times_without_end_are_allowed() {
    let scripted = Scripted::new([Act::say("Hi").after(secs(3_600))]);
    let service = ServiceBuilder::new()
        .layer(DeadlineLayer::new(Duration::MAX))
        .layer(
            CommitLayer::new()
                .with_first_token(Duration::MAX)
                .with_whole_reply(Duration::MAX),
        )
        .layer(
            IdleLayer::new()
                .with_idle(Duration::MAX)
                .with_progress_idle(Duration::MAX),
        )
        .service(scripted);
    assert!(service.clone().oneshot(unary_request()).await.is_ok());
    let stream = service.oneshot(stream_request()).await.unwrap();
    assert_eq!(drain(stream).await.0, "Hi");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_called_for_want_of_time_is_skipped_in_the_ledger() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let service = stack(&scripted, &InFlight::default());
    let mut request = stream_request();
    request.0.context.deadline = Some((tokio::time::Instant::now() + millis(50)).into_std());
    let error = service.oneshot(request).await.unwrap_err();
    assert_eq!(
        error.ledger().unwrap().to_string(),
        "acme/model skipped: deadline_exceeded"
    );
    assert_eq!(scripted.calls().len(), 0);
}
