//! One entry in the ledger for every call.

mod support;

use outlast_tower::attempt::AttemptService;
use outlast_tower::commit::CommitService;
use outlast_tower::{AttemptLayer, CommitLayer};
use outlast_types::{
    AttemptOutcome, AttemptReason, Continuation, Error, ErrorKind, Ledger, Phase, StreamEvent,
    TargetId, Usage,
};
use support::{
    Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text, unary_request,
};
use tower::{Layer, ServiceBuilder, ServiceExt};

/// The attempt layer as it stands in the stack: over commit.
fn attempt(scripted: &Scripted) -> AttemptService<CommitService<Scripted>> {
    ServiceBuilder::new()
        .layer(AttemptLayer::new(scripted.target()))
        .layer(CommitLayer::new())
        .service(scripted.clone())
}

fn outcomes(ledger: &Ledger) -> Vec<AttemptOutcome> {
    ledger
        .attempts()
        .iter()
        .map(|attempt| attempt.outcome)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_attempt_takes_as_long_as_its_first_content() {
    let beats = [
        Beat::Event(StreamEvent::Ping),
        Beat::Wait(millis(250)),
        text("Hi"),
        Beat::Wait(secs(10)),
        stop(),
    ];
    let scripted = Scripted::new([Act::play(beats).after(millis(500))]);
    let request = stream_request();
    let ledger = request.0.context.ledger.clone();

    let stream = attempt(&scripted).oneshot(request).await.unwrap();
    assert_eq!(ledger.to_string(), "acme/model served 750ms");
    drain(stream).await;
    assert_eq!(ledger.to_string(), "acme/model served 750ms");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_noted_with_its_kind_and_its_time() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Server).after(millis(40))]);
    let request = unary_request();
    let ledger = request.context.ledger.clone();

    attempt(&scripted).oneshot(request).await.unwrap_err();
    assert_eq!(ledger.to_string(), "acme/model server 40ms");
}

#[tokio::test(start_paused = true)]
async fn an_error_is_given_the_target_unless_it_names_one() {
    let call = async |error: Error| {
        let scripted = Scripted::new([Act::error(error)]);
        let error = attempt(&scripted)
            .oneshot(unary_request())
            .await
            .unwrap_err();
        error.target().unwrap().to_string()
    };
    let error = Error::new(ErrorKind::Server);
    assert_eq!(call(error.clone()).await, "acme/model");
    let other = TargetId::new("reseller", "m");
    assert_eq!(call(error.with_target(other)).await, "reseller/m");
}

#[tokio::test(start_paused = true)]
async fn the_reply_shares_the_ledger_of_the_call() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let request = unary_request();
    let ledger = request.context.ledger.clone();

    let reply = attempt(&scripted).oneshot(request).await.unwrap();
    ledger.skip(
        TargetId::new("late", "m"),
        tokio::time::Instant::now().into_std(),
        ErrorKind::BreakerOpen,
    );
    assert_eq!(reply.meta().ledger.attempts().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_tokens_of_a_reply_are_noted_when_it_is_whole() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let usage = Some(Usage::new(3, 4));

    let unary = attempt(&scripted).oneshot(unary_request()).await.unwrap();
    assert_eq!(unary.meta().ledger.attempts()[0].usage, usage);

    let stream = attempt(&scripted).oneshot(stream_request()).await.unwrap();
    let ledger = stream.meta().ledger.clone();
    assert_eq!(ledger.attempts()[0].usage, None);
    drain(stream).await;
    assert_eq!(ledger.attempts()[0].usage, usage);
}

#[tokio::test(start_paused = true)]
async fn tokens_the_provider_did_not_count_are_unknown_and_not_zero() {
    let scripted = Scripted::new([Act::play([text("Hi"), stop()])]);
    let reply = attempt(&scripted).oneshot(unary_request()).await.unwrap();
    assert_eq!(reply.meta().ledger.attempts()[0].usage, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_without_its_last_event_was_broken() {
    let cut = Beat::Fail(Error::new(ErrorKind::StreamBroken));
    let scripted = Scripted::new([Act::play([text("Once"), cut])]);

    let stream = attempt(&scripted).oneshot(stream_request()).await.unwrap();
    let ledger = stream.meta().ledger.clone();
    let (text, error) = drain(stream).await;

    assert_eq!(text, "Once");
    assert_eq!(error.unwrap().kind(), ErrorKind::StreamBroken);
    let broken = AttemptOutcome::Broken(ErrorKind::StreamBroken);
    assert_eq!(outcomes(&ledger), [broken]);
}

#[tokio::test(start_paused = true)]
async fn without_a_commit_layer_a_stream_that_breaks_before_anything_came_out_has_failed() {
    let cut = Beat::Fail(Error::new(ErrorKind::Overloaded));
    let scripted = Scripted::new([Act::play([cut])]);
    let service = AttemptLayer::new(scripted.target()).layer(scripted.clone());

    let stream = service.oneshot(stream_request()).await.unwrap();
    let ledger = stream.meta().ledger.clone();
    assert_eq!(outcomes(&ledger), [AttemptOutcome::Served]);
    drain(stream).await;
    let failed = AttemptOutcome::Failed(ErrorKind::Overloaded);
    assert_eq!(outcomes(&ledger), [failed]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_drops_the_stream_abandons_the_attempt() {
    let beats = [text("Once"), Beat::Wait(secs(1)), text(" upon"), stop()];
    let scripted = Scripted::new([Act::play(beats)]);

    let mut stream = attempt(&scripted).oneshot(stream_request()).await.unwrap();
    let ledger = stream.meta().ledger.clone();
    stream.next().await.unwrap().unwrap();
    drop(stream);

    assert_eq!(outcomes(&ledger), [AttemptOutcome::Abandoned]);
    assert_eq!(scripted.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_stops_at_the_finish_has_the_whole_reply() {
    let scripted = Scripted::new([Act::play([text("Hi"), stop(), Beat::Hang])]);

    let mut stream = attempt(&scripted).oneshot(stream_request()).await.unwrap();
    let ledger = stream.meta().ledger.clone();
    stream.next().await.unwrap().unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);

    assert_eq!(outcomes(&ledger), [AttemptOutcome::Served]);
    assert_eq!(scripted.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_drops_the_call_abandons_the_attempt() {
    let scripted = Scripted::new([Act::hang()]);
    let request = unary_request();
    let ledger = request.context.ledger.clone();

    let call = attempt(&scripted).oneshot(request);
    tokio::time::timeout(secs(5), call).await.unwrap_err();

    assert_eq!(ledger.to_string(), "acme/model abandoned 5000ms");
    assert_eq!(scripted.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_its_deadline_ran_out_of_time_and_was_not_abandoned() {
    let scripted = Scripted::new([Act::hang()]);
    let mut request = unary_request();
    let ledger = request.context.ledger.clone();
    request.context.deadline = Some((tokio::time::Instant::now() + secs(5)).into_std());

    // Without a commit layer below nothing but the drop ends it.
    let call = AttemptLayer::new(scripted.target())
        .layer(scripted.clone())
        .oneshot(request);
    tokio::time::timeout(secs(5), call).await.unwrap_err();

    let failed = AttemptOutcome::Failed(ErrorKind::DeadlineExceeded);
    assert_eq!(outcomes(&ledger), [failed]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_to_continue_a_broken_stream_is_a_resume() {
    let scripted = Scripted::new([Act::say(" upon a time")]);
    let mut request = stream_request();
    request.0.context.continuation = Some(Continuation::after("Once"));

    let stream = attempt(&scripted).oneshot(request).await.unwrap();
    assert_eq!(
        stream.meta().ledger.attempts()[0].reason,
        AttemptReason::Resume
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_before_the_provider_saw_it_is_no_call() {
    let unsupported = Error::new(ErrorKind::Unsupported).with_phase(Phase::Encode);
    let scripted = Scripted::new([Act::error(unsupported)]);
    let request = unary_request();
    let ledger = request.context.ledger.clone();

    attempt(&scripted).oneshot(request).await.unwrap_err();
    let skipped = AttemptOutcome::Skipped(ErrorKind::Unsupported);
    assert_eq!(outcomes(&ledger), [skipped]);
    assert_eq!(ledger.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_provider_is_told_which_entry_is_its_own() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Server), Act::say("Hi")]);
    let request = unary_request();
    let first = attempt(&scripted).oneshot(request.clone()).await;
    let second = attempt(&scripted).oneshot(request).await;

    assert!(first.is_err() && second.is_ok());
    let numbers: Vec<_> = scripted
        .calls()
        .iter()
        .map(|call| call.context().attempt)
        .collect();
    assert_eq!(numbers, [Some(0), Some(1)]);
}
