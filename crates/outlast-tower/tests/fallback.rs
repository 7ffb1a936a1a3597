//! Several targets behind their breakers, asked in order.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outlast_tower::breaker::Forced;
use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::{
    AttemptLayer, Breaker, BreakerLayer, CommitLayer, Jitter, Observers, StackEvent,
};
use outlast_types::{
    AttemptOutcome, ChatStream, Error, ErrorKind, FinishReason, StreamEvent, StreamRequest,
    TargetId,
};
use support::{Act, Beat, Scripted, drain, millis, secs, stream_request, text};
use tokio::time::{Instant, advance, sleep};
use tower::{ServiceBuilder, ServiceExt};

type Stack = Fallback<BoxTarget<StreamRequest, ChatStream>>;

/// A target with its provider and its breaker.
#[derive(Clone)]
struct Target {
    id: TargetId,
    provider: Scripted,
    breaker: Breaker,
}

impl Target {
    fn new(name: &str, acts: impl IntoIterator<Item = Act>) -> Self {
        let id = TargetId::parse(name).unwrap();
        Self {
            provider: Scripted::named(id.account(), acts),
            breaker: Breaker::new(id.clone()).with_jitter(Jitter::seeded(7)),
            id,
        }
    }

    fn candidate(&self) -> Candidate<BoxTarget<StreamRequest, ChatStream>> {
        let service = ServiceBuilder::new()
            .layer(BreakerLayer::new(self.breaker.clone()))
            .layer(AttemptLayer::new(self.id.clone()))
            .layer(CommitLayer::new())
            .service(self.provider.clone());
        Candidate::new(self.id.clone(), BoxTarget::new(service))
    }

    fn calls(&self) -> usize {
        self.provider.calls().len()
    }
}

fn stack<'a>(targets: impl IntoIterator<Item = &'a Target>) -> Stack {
    Fallback::new(targets.into_iter().map(Target::candidate))
}

/// Makes a call and reads it to its end: who answered, or the kind of the error.
async fn ask(stack: &Stack) -> Result<String, ErrorKind> {
    ask_with(stack, stream_request()).await.0
}

/// The same, with what the ledger says.
async fn ask_with(stack: &Stack, request: StreamRequest) -> (Result<String, ErrorKind>, String) {
    let ledger = request.0.context.ledger.clone();
    let result = match stack.clone().oneshot(request).await {
        Ok(stream) => match drain(stream).await {
            (text, None) => Ok(text),
            (_, Some(error)) => Err(error.kind()),
        },
        Err(error) => {
            assert!(error.ledger().is_some(), "an error carries the ledger");
            Err(error.kind())
        }
    };
    (result, ledger.to_string())
}

fn answered(by: &str) -> Result<String, ErrorKind> {
    Ok(by.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_first_is_answered_by_the_second_at_once() {
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::Server)]),
        Target::new("b/m", [Act::say("b")]),
    );
    let begun = Instant::now();
    let (result, ledger) = ask_with(&stack([&a, &b]), stream_request()).await;
    assert_eq!(result, answered("b"));
    assert_eq!(ledger, "a/m server 0ms, b/m served 0ms (failover)");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(a.breaker.state().name, "closed");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_everywhere_is_asked_once() {
    for kind in [
        ErrorKind::InvalidRequest,
        ErrorKind::RequestTooLarge,
        ErrorKind::ContentPolicy,
    ] {
        let (a, b) = (
            Target::new("a/m", [Act::fail(kind)]),
            Target::new("b/m", [Act::say("b")]),
        );
        assert_eq!(ask(&stack([&a, &b])).await, Err(kind));
        assert_eq!((a.calls(), b.calls()), (1, 0));
        assert_eq!(a.breaker.state().changes, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_words_is_an_answer_and_is_passed_on() {
    let refusal = StreamEvent::finish(FinishReason::Refusal);
    let a = Target::new(
        "a/m",
        [Act::play([
            text("I would rather not."),
            Beat::Event(refusal),
        ])],
    );
    let b = Target::new("b/m", [Act::say("b")]);
    assert_eq!(ask(&stack([&a, &b])).await, answered("I would rather not."));
    assert_eq!(b.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_gone_fails_over_and_leaves_the_account_s_other_models_alone() {
    let gone = Target::new("a/old", [Act::fail(ErrorKind::ModelNotFound)]);
    let other = Target::new("a/new", [Act::say("a/new")]);
    let stack = stack([&gone, &other]);
    for _ in 0..30 {
        assert_eq!(ask(&stack).await, answered("a/new"));
    }
    assert_eq!(
        gone.breaker.state().changes + other.breaker.state().changes,
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_too_long_goes_to_a_larger_context_or_nowhere() {
    let small = Target::new("a/m", [Act::fail(ErrorKind::ContextTooLong)]);
    let same = Target::new("b/m", [Act::say("b")]);
    let large = Target::new("c/m", [Act::say("c")]);
    let candidates = [
        small.candidate().with_context_tokens(8_000),
        same.candidate().with_context_tokens(8_000),
        large.candidate().with_context_tokens(200_000),
    ];
    let (result, ledger) = ask_with(&Fallback::new(candidates.clone()), stream_request()).await;
    assert_eq!(result, answered("c"));
    let expected =
        "a/m context_too_long 0ms, b/m skipped: context_too_long, c/m served 0ms (failover)";
    assert_eq!(ledger, expected);

    let [first, second, _] = candidates;
    let stack = Fallback::new([first, second]);
    assert_eq!(ask(&stack).await, Err(ErrorKind::ContextTooLong));
    assert_eq!(same.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_without_money_is_left_out_and_its_target_is_asked_again_after_ten_minutes() {
    let (a1, a2, b) = (
        Target::new(
            "a/m1",
            [Act::fail(ErrorKind::QuotaExhausted), Act::say("a1")],
        ),
        Target::new("a/m2", [Act::say("a2")]),
        Target::new("b/m", [Act::say("b")]),
    );
    let stack = stack([&a1, &a2, &b]);
    assert_eq!(ask(&stack).await, answered("b"));
    assert_eq!((a1.calls(), a2.calls()), (1, 0));
    assert_eq!(a1.breaker.state().next_probe, Some(secs(600)));
    advance(secs(600)).await;
    assert_eq!(ask(&stack).await, answered("a1"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_fails_over_to_another_account_and_is_tried_again_later() {
    let (key1, key2) = (
        Target::new(
            "key1/m",
            [Act::fail(ErrorKind::Unauthenticated), Act::say("key1")],
        ),
        Target::new("key2/m", [Act::say("key2")]),
    );
    let stack = stack([&key1, &key2]);
    for _ in 0..20 {
        assert_eq!(ask(&stack).await, answered("key2"));
    }
    assert_eq!(key1.calls(), 1);
    advance(secs(600)).await;
    assert_eq!(ask(&stack).await, answered("key1"));
}

#[tokio::test(start_paused = true)]
async fn keys_that_all_worked_a_minute_ago_are_not_given_up_when_the_provider_refuses_them() {
    let keys = ["key1/m", "key2/m"].map(|name| {
        let acts = [Act::say("key"), Act::fail(ErrorKind::Unauthenticated)];
        Target::new(name, acts)
    });
    let other = Target::new("b/m", [Act::say("b")]);
    for key in &keys {
        assert_eq!(ask(&stack([key])).await, answered("key"));
    }
    advance(secs(60)).await;
    let both = stack(keys.iter().chain([&other]));
    for _ in 0..4 {
        assert_eq!(ask(&both).await, answered("b"));
    }
    for key in &keys {
        assert_eq!((key.calls(), key.breaker.state().name), (5, "closed"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_not_allowed_fails_over() {
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::PermissionDenied)]),
        Target::new("b/m", [Act::say("b")]),
    );
    assert_eq!(ask(&stack([&a, &b])).await, answered("b"));
}

#[tokio::test(start_paused = true)]
async fn one_request_makes_at_most_four_calls() {
    let targets = ["a/m", "b/m", "c/m", "d/m", "e/m", "f/m"];
    let targets = targets.map(|name| Target::new(name, [Act::fail(ErrorKind::Server)]));
    assert_eq!(ask(&stack(&targets)).await, Err(ErrorKind::Server));
    assert_eq!(targets.each_ref().map(Target::calls), [1, 1, 1, 1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_after_the_deadline() {
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::Server).after(secs(2))]),
        Target::new("b/m", [Act::say("b")]),
    );
    let mut request = stream_request();
    request.0.context.deadline = Some((Instant::now() + secs(1)).into_std());
    let (result, _) = ask_with(&stack([&a, &b]), request.clone()).await;
    assert_eq!((result, b.calls()), (Err(ErrorKind::DeadlineExceeded), 0));
    let (result, ledger) = ask_with(&stack([&b]), request).await;
    assert_eq!((result, b.calls()), (Err(ErrorKind::DeadlineExceeded), 0));
    assert_eq!(ledger, "a/m deadline_exceeded 1000ms");
}

#[tokio::test(start_paused = true)]
async fn a_dead_primary_is_asked_for_a_sign_of_life_and_no_more() {
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::Server)]),
        Target::new("b/m", [Act::say("b")]),
    );
    let stack = stack([&a, &b]);
    // A quarter of an hour at 10 requests a second.
    for _ in 0..9_000 {
        assert_eq!(ask(&stack).await, answered("b"));
        advance(millis(100)).await;
    }
    let calls = a.calls();
    assert!(calls < 9_000 / 200, "{calls} calls to the dead primary");
    // It is never given up either.
    let begun = a.calls();
    for _ in 0..750 {
        let _ = ask(&stack).await;
        advance(millis(100)).await;
    }
    assert!(a.calls() > begun);
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_has_healed_carries_its_traffic_again_within_three_minutes() {
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::Server)]),
        Target::new("b/m", [Act::say("b")]),
    );
    let stack = stack([&a, &b]);
    let minutes = async |minutes: usize| {
        for _ in 0..minutes * 600 {
            assert!(ask(&stack).await.is_ok());
            advance(millis(100)).await;
        }
    };
    minutes(20).await;
    a.provider.rewrite([Act::say("a")]);
    minutes(3).await;
    let before = (a.calls(), b.calls());
    minutes(1).await;
    let carried = (a.calls() - before.0, b.calls() - before.1);
    assert!(
        carried.0 * 100 >= 95 * (carried.0 + carried.1),
        "{carried:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn both_down_costs_one_call_a_request_and_an_honest_error() {
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::Server)]),
        Target::new("b/m", [Act::fail(ErrorKind::Overloaded)]),
    );
    let stack = stack([&a, &b]);
    for _ in 0..10 {
        let _ = ask(&stack).await;
    }
    let before = a.calls() + b.calls();
    for _ in 0..3_000 {
        let kind = ask(&stack).await.unwrap_err();
        assert!(
            matches!(kind, ErrorKind::Server | ErrorKind::Overloaded),
            "{kind}"
        );
        advance(millis(100)).await;
    }
    let calls = a.calls() + b.calls() - before;
    assert!(
        (3_000..=3_300).contains(&calls),
        "{calls} calls for 3000 requests"
    );
}

#[tokio::test(start_paused = true)]
async fn a_single_target_is_asked_however_open_its_breaker_is_and_comes_back_by_it() {
    let a = Target::new("a/m", [Act::fail(ErrorKind::Server)]);
    let stack = stack([&a]);
    for _ in 0..20 {
        assert_eq!(ask(&stack).await, Err(ErrorKind::Server));
    }
    assert_eq!((a.calls(), a.breaker.state().name), (20, "open"));
    a.provider.rewrite([Act::say("a")]);
    for _ in 0..3 {
        assert_eq!(ask(&stack).await, answered("a"));
    }
    assert_eq!(a.breaker.state().name, "ramp");
    for _ in 0..20 {
        assert_eq!(ask(&stack).await, answered("a"));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_anyway_against_an_operator_s_order() {
    let a = Target::new("a/m", [Act::say("a")]);
    a.breaker.force(Forced::Open);
    assert_eq!(ask(&stack([&a])).await, Err(ErrorKind::BreakerOpen));
    assert_eq!(a.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_asked_to_be_left_alone_is_left_alone_and_its_own_word_is_passed_on() {
    let limited = Error::new(ErrorKind::RateLimited).with_retry_after(Some(secs(3_600)));
    let a = Target::new("a/m", [Act::error(limited)]);
    let b = Target::new("b/m", [Act::say("b")]);
    let alone = stack([&a]);
    assert_eq!(ask(&alone).await, Err(ErrorKind::RateLimited));
    advance(secs(600)).await;
    let error = alone.clone().oneshot(stream_request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(secs(3_000)))
    );

    let (result, ledger) = ask_with(&stack([&a, &b]), stream_request()).await;
    assert_eq!(result, answered("b"));
    assert_eq!(ledger, "a/m skipped: rate_limited, b/m served 0ms");
    assert_eq!((a.calls(), a.breaker.state().name), (1, "closed"));
}

#[tokio::test(start_paused = true)]
async fn streams_that_hang_together_are_answered_by_the_next_target_after_three_seconds() {
    let a = Target::new("a/m", [Act::play([Beat::Hang])]);
    let b = Target::new("b/m", [Act::say("b")]);
    let stack = stack([&a, &b]);
    let begun = Instant::now();
    let calls = (0..5).map(|_| ask_with(&stack, stream_request()));
    for (result, ledger) in futures_util::future::join_all(calls).await {
        assert_eq!(result, answered("b"));
        assert_eq!(ledger, "a/m stalled 3000ms, b/m served 0ms (failover)");
    }
    assert_eq!(begun.elapsed(), secs(3));
    assert_eq!(ask(&stack).await, answered("b"));
    assert_eq!((a.calls(), a.provider.alive()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn a_hang_is_noticed_within_five_seconds_and_costs_only_probes_more() {
    let a = Target::new("a/m", [Act::say("a").after(millis(600))]);
    let b = Target::new("b/m", [Act::say("b").after(millis(600))]);
    let stack = stack([&a, &b]);
    let request = |stack: Stack| async move {
        let begun = Instant::now();
        let result = ask(&stack).await;
        (result, begun.elapsed())
    };
    let mut calls = Vec::new();
    for n in 0..600 {
        if n == 300 {
            a.provider.rewrite([Act::hang()]);
        }
        calls.push(tokio::spawn(request(stack.clone())));
        sleep(millis(100)).await;
    }
    let mut slow = 0;
    for call in calls {
        let (result, took) = call.await.unwrap();
        assert!(result.is_ok());
        slow += usize::from(took > secs(5));
    }
    let waited = a
        .provider
        .calls()
        .iter()
        .filter(|seen| seen.at >= secs(30))
        .count();
    assert!(waited < 45, "{waited} calls met the hang");
    // A probe waits for the target's own limit on the first token.
    assert!(slow <= 3, "{slow} calls took longer");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_ends_the_walk() {
    let (a, b) = (
        Target::new("a/m", [Act::hang()]),
        Target::new("b/m", [Act::say("b")]),
    );
    let call = stack([&a, &b]).oneshot(stream_request());
    assert!(tokio::time::timeout(secs(1), call).await.is_err());
    assert_eq!((a.provider.alive(), b.calls()), (0, 0));
    assert_eq!(a.breaker.state().changes, 0);
}

#[tokio::test(start_paused = true)]
async fn observers_learn_who_took_over_from_whom() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observers = Observers::default().with({
        let seen = seen.clone();
        move |event: &StackEvent| seen.lock().unwrap().push(event.clone())
    });
    let (a, b) = (
        Target::new("a/m", [Act::fail(ErrorKind::Connect)]),
        Target::new("b/m", [Act::say("b")]),
    );
    let stack = stack([&a, &b]).with_observers(observers);
    assert_eq!(ask(&stack).await, answered("b"));
    let expected = StackEvent::FailedOver {
        from: a.id.clone(),
        to: b.id.clone(),
        kind: ErrorKind::Connect,
    };
    assert_eq!(*seen.lock().unwrap(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_route_without_targets_says_so() {
    let none: [&Target; 0] = [];
    assert_eq!(ask(&stack(none)).await, Err(ErrorKind::Internal));
}

#[tokio::test(start_paused = true)]
async fn every_attempt_says_how_it_ended() {
    let broken = Act::play([text("Hel"), Beat::Fail(Error::new(ErrorKind::StreamBroken))]);
    let a = Target::new("a/m", [broken]);
    let request = stream_request();
    let ledger = request.0.context.ledger.clone();
    let (result, _) = ask_with(&stack([&a]), request).await;
    assert_eq!(result, Err(ErrorKind::StreamBroken));
    assert_eq!(
        ledger.attempts()[0].outcome,
        AttemptOutcome::Broken(ErrorKind::StreamBroken)
    );
}

#[tokio::test(start_paused = true)]
async fn a_brown_out_of_a_quarter_opens_nothing_on_a_busy_target() {
    let a = Target::new("a/m", [Act::say("a")]);
    let b = Target::new("b/m", [Act::say("b")]);
    let stack = stack([&a, &b]);
    let mut chance = fastrand::Rng::with_seed(11);
    // A quarter of an hour at 10 requests a second.
    for _ in 0..9_000 {
        let act = if chance.f64() < 0.25 {
            Act::fail(ErrorKind::Server)
        } else {
            Act::say("a")
        };
        a.provider.rewrite([act]);
        assert!(ask(&stack).await.is_ok());
        advance(millis(100)).await;
    }
    assert_eq!(a.breaker.state().changes, 0);
}
