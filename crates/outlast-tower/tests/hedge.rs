//! A second target is asked beside one that is slow.

mod support;

use std::time::Duration;

use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::first_content::CallKind;
use outlast_tower::retry::{BudgetConfig, RetryBudget};
use outlast_tower::{AttemptLayer, CommitLayer, FirstContents, Hedge};
use outlast_types::{
    AttemptReason, ChatStream, Error, ErrorKind, Money, Price, Sent, StreamRequest,
};
use support::{Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text};
use tokio::time::Instant;
use tower::{ServiceBuilder, ServiceExt};

type Stack = Fallback<BoxTarget<StreamRequest, ChatStream>>;

/// A target whose calls are known to take 200 ms.
fn candidate(provider: &Scripted) -> Candidate<BoxTarget<StreamRequest, ChatStream>> {
    let times = FirstContents::default();
    let kind = CallKind::of(&stream_request());
    (0..100).for_each(|_| times.add(kind, millis(200)));
    let service = ServiceBuilder::new()
        .layer(AttemptLayer::new(provider.target()))
        .layer(CommitLayer::new().with_learned_first_token(times.clone()))
        .service(provider.clone());
    Candidate::new(provider.target(), BoxTarget::new(service)).with_first_contents(times)
}

fn hedges(start: f64) -> Hedge {
    let mut config = BudgetConfig::default();
    (config.start, config.per_success, config.per_second) = (start, 0.05, 0.0);
    Hedge::new().with_budget(RetryBudget::new(config))
}

fn stack(targets: [&Scripted; 2]) -> Stack {
    Fallback::new(targets.map(candidate)).with_hedge(hedges(1.0))
}

/// Makes a call and reads it to its end: what came, the ledger and how long it took.
async fn ask(
    stack: &Stack,
    request: StreamRequest,
) -> (Result<String, ErrorKind>, String, Duration) {
    let (ledger, begun) = (request.0.context.ledger.clone(), Instant::now());
    let result = match stack.clone().oneshot(request).await {
        Ok(stream) => match drain(stream).await {
            (text, None) => Ok(text),
            (_, Some(error)) => Err(error.kind()),
        },
        Err(error) => Err(error.kind()),
    };
    (result, ledger.to_string(), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_slower_than_usual_loses_against_a_second_one() {
    let slow = Scripted::named("a", [Act::say("a").after(secs(8))]);
    let fast = Scripted::named("b", [Act::say("b").after(millis(300))]);
    let (result, ledger, took) = ask(&stack([&slow, &fast]), stream_request()).await;
    assert_eq!(result.unwrap(), "b");
    assert_eq!(
        ledger,
        "a/model hedge lost 1300ms, b/model served 300ms (hedge)"
    );
    assert_eq!(took, millis(1_300));
}

#[tokio::test(start_paused = true)]
async fn the_loser_is_dropped_before_the_winner_is_read() {
    let slow = Scripted::named("a", [Act::say("a").after(secs(8))]);
    let fast = Scripted::named("b", [Act::play([text("b"), Beat::Wait(secs(1)), stop()])]);
    let stream = stack([&slow, &fast])
        .oneshot(stream_request())
        .await
        .unwrap();
    assert_eq!((slow.alive(), fast.alive()), (0, 1));
    assert_eq!(drain(stream).await.0, "b");
}

#[tokio::test(start_paused = true)]
async fn the_first_content_wins_and_not_the_first_head() {
    let slow = Scripted::named("a", [Act::say("a").after(millis(1_500))]);
    let all_talk = Scripted::named("b", [Act::play([Beat::Wait(secs(3)), text("b"), stop()])]);
    let (result, ledger, _) = ask(&stack([&slow, &all_talk]), stream_request()).await;
    assert_eq!(result.unwrap(), "a");
    assert_eq!(
        ledger,
        "a/model served 1500ms, b/model hedge lost 500ms (hedge)"
    );
    assert_eq!(all_talk.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_does_not_end_the_other() {
    let slow = Scripted::named("a", [Act::say("a").after(secs(4))]);
    let broken = Scripted::named("b", [Act::fail(ErrorKind::InvalidRequest)]);
    let (result, ledger, _) = ask(&stack([&slow, &broken]), stream_request()).await;
    assert_eq!(result.unwrap(), "a");
    assert_eq!(
        ledger,
        "a/model served 4000ms, b/model invalid_request 0ms (hedge)"
    );

    let breaks = Scripted::named("a", [Act::fail(ErrorKind::Server).after(secs(2))]);
    let later = Scripted::named("b", [Act::say("b").after(secs(3))]);
    let (result, ledger, took) = ask(&stack([&breaks, &later]), stream_request()).await;
    assert_eq!(result.unwrap(), "b");
    assert_eq!(
        ledger,
        "a/model server 2000ms, b/model served 3000ms (hedge)"
    );
    assert_eq!(took, secs(4));
}

#[tokio::test(start_paused = true)]
async fn two_failures_are_one_error_with_both_in_the_ledger() {
    let a = Scripted::named("a", [Act::fail(ErrorKind::Server).after(secs(2))]);
    let b = Scripted::named("b", [Act::fail(ErrorKind::Overloaded).after(secs(2))]);
    let (result, ledger, took) = ask(&stack([&a, &b]), stream_request()).await;
    assert_eq!(result.unwrap_err(), ErrorKind::Overloaded);
    assert_eq!(
        ledger,
        "a/model server 2000ms, b/model overloaded 2000ms (hedge)"
    );
    assert_eq!(took, secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_the_hedge_is_due_moves_on_at_once() {
    let a = Scripted::named("a", [Act::fail(ErrorKind::Server).after(millis(300))]);
    let b = Scripted::named("b", [Act::say("b")]);
    let (result, _, took) = ask(&stack([&a, &b]), stream_request()).await;
    assert_eq!((result.unwrap().as_str(), took), ("b", millis(300)));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_answers_in_time_is_not_hedged() {
    let a = Scripted::named("a", [Act::say("a").after(millis(900))]);
    let b = Scripted::named("b", [Act::say("b")]);
    let (_, ledger, _) = ask(&stack([&a, &b]), stream_request()).await;
    assert_eq!(
        (ledger.as_str(), b.calls().len()),
        ("a/model served 900ms", 0)
    );
}

#[tokio::test(start_paused = true)]
async fn hedges_are_one_call_in_twenty() {
    let slow = Scripted::named("a", [Act::say("a").after(secs(2))]);
    let fast = Scripted::named("b", [Act::say("b")]);
    let stack = Fallback::new([&slow, &fast].map(candidate)).with_hedge(Hedge::new());
    // So many slow answers make up what is usual: the memories are kept as they are by making 40 calls only.
    for _ in 0..40 {
        ask(&stack, stream_request()).await.0.unwrap();
    }
    assert!(fast.calls().len() <= 2, "{}", fast.calls().len());
    assert_eq!(slow.calls().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn another_model_of_the_same_account_is_no_hedge() {
    let a = Scripted::named("a", [Act::say("a").after(secs(3))]);
    let (_, ledger, _) = ask(&stack([&a, &a]), stream_request()).await;
    assert_eq!(ledger, "a/model served 3000ms");
}

#[tokio::test(start_paused = true)]
async fn what_must_not_happen_twice_is_neither_hedged_nor_asked_elsewhere_once_sent() {
    let effects = || {
        let mut request = stream_request();
        request.0.context.side_effects = true;
        request
    };
    let slow = Scripted::named("a", [Act::say("a").after(secs(3))]);
    let b = Scripted::named("b", [Act::say("b")]);
    assert_eq!(ask(&stack([&slow, &b]), effects()).await.0.unwrap(), "a");

    let lost = Error::new(ErrorKind::ConnectionLost).with_sent(Sent::Maybe);
    let cut = Scripted::named("a", [Act::error(lost)]);
    let result = ask(&stack([&cut, &b]), effects()).await.0;
    assert_eq!(result.unwrap_err(), ErrorKind::ConnectionLost);
    assert_eq!(b.calls().len(), 0);

    // Who was never reached has done nothing.
    let refused = Scripted::named("a", [Act::fail(ErrorKind::Connect)]);
    assert_eq!(ask(&stack([&refused, &b]), effects()).await.0.unwrap(), "b");
}

#[tokio::test(start_paused = true)]
async fn what_the_loser_may_have_cost_is_in_the_ledger() {
    let slow = Scripted::named("a", [Act::say("a").after(secs(8))]);
    let fast = Scripted::named("b", [Act::say("b")]);
    let price = Price::per_million(Money::from_usd(4), Money::from_usd(8));
    let targets = [candidate(&slow).with_price(price), candidate(&fast)];
    let stack = Fallback::new(targets).with_hedge(hedges(1.0));
    let request = stream_request();
    let (ledger, tokens) = (
        request.0.context.ledger.clone(),
        CallKind::of(&request).input_tokens(),
    );
    ask(&stack, request).await.0.unwrap();
    let attempts = ledger.attempts();
    assert_eq!(attempts[0].cost, Some(price.cost(tokens, 0)));
    assert_eq!(attempts[1].reason, AttemptReason::Hedge);
}

#[tokio::test(start_paused = true)]
async fn a_silent_target_leaves_time_for_the_next() {
    let hangs = Scripted::named("a", [Act::hang()]);
    let b = Scripted::named("b", [Act::say("b").after(millis(200))]);
    let stack = Fallback::new([&hangs, &b].map(candidate));
    let mut request = stream_request();
    request.0.context.deadline = Some((Instant::now() + secs(6)).into_std());
    let (result, ledger, took) = ask(&stack, request).await;
    assert_eq!(result.unwrap(), "b");
    assert!(
        ledger.starts_with("a/model first_token_timeout"),
        "{ledger}"
    );
    assert!(took > secs(4) && took < secs(6), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn no_second_attempt_is_begun_that_could_hardly_be_in_time() {
    let late = Scripted::named("a", [Act::fail(ErrorKind::Server).after(millis(200))]);
    let b = Scripted::named("b", [Act::say("b")]);
    let stack = Fallback::new([&late, &b].map(candidate));
    let mut request = stream_request();
    request.0.context.deadline = Some((Instant::now() + millis(1_100)).into_std());
    let (result, ledger, _) = ask(&stack, request).await;
    assert!(result.is_err());
    assert_eq!(b.calls().len(), 0, "{ledger}");
}
