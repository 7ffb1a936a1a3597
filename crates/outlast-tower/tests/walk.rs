//! The layers that choose between targets, together with the one that asks a target again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::{
    AttemptLayer, Breaker, BreakerLayer, CommitLayer, ContinuationLayer, Jitter, ObserveLayer,
    ResumeLayer, RetryPolicy, Route, retry_layer,
};
use outlast_types::{Capabilities, ChatStream, Error, ErrorKind, StreamRequest};
use support::{Act, Beat, Scripted, drain, millis, secs, stop, stream_request, text};
use tokio::time::{Instant, advance};
use tower::{Layer, ServiceBuilder, ServiceExt};

type Target = BoxTarget<StreamRequest, ChatStream>;

/// The whole stack of a target.
fn candidate(provider: &Scripted, breaker: &Breaker) -> Candidate<Target> {
    let id = provider.target();
    let service = ServiceBuilder::new()
        .layer(retry_layer(RetryPolicy::new(id.clone())))
        .layer(BreakerLayer::new(breaker.clone()))
        .layer(ContinuationLayer::new(Capabilities::default()))
        .layer(AttemptLayer::new(id.clone()))
        .layer(CommitLayer::new())
        .service(provider.clone());
    Candidate::new(id, BoxTarget::new(service))
}

fn breaker_of(provider: &Scripted) -> Breaker {
    Breaker::new(provider.target()).with_jitter(Jitter::seeded(7))
}

/// The whole stack of a call.
fn stack(candidates: impl IntoIterator<Item = Candidate<Target>>) -> Target {
    let route = ResumeLayer::new().layer(Fallback::new(candidates));
    let routes = Route::new([("default".to_owned(), route)]).with_default("default");
    BoxTarget::new(ObserveLayer::new().layer(routes))
}

async fn ask(stack: &Target) -> (Result<String, ErrorKind>, String) {
    let request = stream_request();
    let ledger = request.0.context.ledger.clone();
    let result = match stack.clone().oneshot(request).await {
        Ok(stream) => match drain(stream).await {
            (text, None) => Ok(text),
            (_, Some(error)) => Err(error.kind()),
        },
        Err(error) => Err(error.kind()),
    };
    (result, ledger.to_string())
}

#[tokio::test(start_paused = true)]
async fn leave_to_ask_anyway_is_for_one_call_and_not_for_its_retry() {
    let a = Scripted::named("a", [Act::fail(ErrorKind::Server)]);
    let breaker = breaker_of(&a);
    let stack = stack([candidate(&a, &breaker)]);
    while breaker.state().name == "closed" {
        assert_eq!(ask(&stack).await.0, Err(ErrorKind::Server));
    }
    let before = a.calls().len();
    let (result, ledger) = ask(&stack).await;
    assert_eq!(result, Err(ErrorKind::Server));
    assert_eq!(a.calls().len() - before, 1, "{ledger}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_meets_the_breaker_that_its_own_first_attempt_opened() {
    let a = Scripted::named("a", [Act::fail(ErrorKind::Server)]);
    let b = Scripted::named("b", [Act::say("b")]);
    let breaker = breaker_of(&a);
    let stack = stack([candidate(&a, &breaker), candidate(&b, &breaker_of(&b))]);
    for _ in 0..2 {
        assert_eq!(ask(&stack).await.0.as_deref(), Ok("b"));
    }
    // Two calls with a retry each are four faults; the first attempt of the third call is the fifth.
    let (result, ledger) = ask(&stack).await;
    assert_eq!(result.as_deref(), Ok("b"));
    assert!(ledger.contains("a/model skipped: breaker_open"), "{ledger}");
    assert_eq!(a.calls().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_short_rate_limit_is_waited_for_by_the_request_that_met_it_and_passed_over_by_others() {
    let limited = Error::new(ErrorKind::RateLimited).with_retry_after(Some(secs(1)));
    let a = Scripted::named("a", [Act::error(limited), Act::say("a")]);
    let b = Scripted::named("b", [Act::say("b")]);
    let stack = stack([
        candidate(&a, &breaker_of(&a)),
        candidate(&b, &breaker_of(&b)),
    ]);
    let begun = Instant::now();
    let first = ask(&stack);
    let second = async {
        tokio::time::sleep(millis(500)).await;
        let result = ask(&stack).await;
        (result, begun.elapsed())
    };
    let ((first, ledger), (second, at)) = tokio::join!(first, second);
    assert_eq!(first.as_deref(), Ok("a"), "{ledger}");
    assert!((secs(1)..=millis(1_200)).contains(&begun.elapsed()));
    assert_eq!((second.0.as_deref(), at), (Ok("b"), millis(500)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_is_resumed_through_the_whole_stack() {
    let broken = Beat::Fail(Error::new(ErrorKind::StreamBroken));
    let a = Scripted::named("a", [Act::play([text("Hello, "), broken])]);
    let b = Scripted::named("b", [Act::play([text("world!"), stop()])]);
    let (one, other) = (breaker_of(&a), breaker_of(&b));
    let stack = stack([candidate(&a, &one), candidate(&b, &other)]);
    for _ in 0..5 {
        let (result, ledger) = ask(&stack).await;
        assert_eq!(result.as_deref(), Ok("Hello, world!"), "{ledger}");
    }
    assert_eq!(one.state().name, "open", "a broken stream is a fault");
    assert_eq!(other.state().name, "closed");
}

#[tokio::test(start_paused = true)]
async fn the_first_outage_costs_each_request_one_hop_and_the_later_ones_nothing() {
    let a = Scripted::named("a", [Act::fail(ErrorKind::Overloaded).after(millis(50))]);
    let b = Scripted::named("b", [Act::say("b").after(millis(600))]);
    let stack = stack([
        candidate(&a, &breaker_of(&a)),
        candidate(&b, &breaker_of(&b)),
    ]);
    let mut took = Vec::new();
    for _ in 0..7 {
        let begun = Instant::now();
        assert_eq!(ask(&stack).await.0.as_deref(), Ok("b"));
        took.push(begun.elapsed().as_millis());
        advance(millis(1)).await;
    }
    assert_eq!(took, [650, 650, 650, 650, 650, 600, 600]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_retry_leaves_the_failure_before_it() {
    let a = Scripted::named("a", [Act::fail(ErrorKind::Server)]);
    let stack = stack([candidate(&a, &breaker_of(&a))]);
    // The fifth fault opens the breaker, and the retry of it meets it.
    for _ in 0..3 {
        assert_eq!(ask(&stack).await.0, Err(ErrorKind::Server));
    }
    assert_eq!(a.calls().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_only_target_is_waited_for_until_its_reset_by_every_request_that_can() {
    let limited = |secs| Error::new(ErrorKind::RateLimited).with_retry_after(Some(secs));
    let alone = |provider: &Scripted| {
        let id = provider.target();
        let service = ServiceBuilder::new()
            .layer(retry_layer(RetryPolicy::new(id.clone()).alone()))
            .layer(BreakerLayer::new(breaker_of(provider)))
            .layer(AttemptLayer::new(id.clone()))
            .layer(CommitLayer::new())
            .service(provider.clone());
        stack([Candidate::new(id, BoxTarget::new(service))])
    };
    let a = Scripted::named("a", [Act::error(limited(secs(2))), Act::say("a")]);
    let short = alone(&a);
    let later = async {
        tokio::time::sleep(secs(1)).await;
        ask(&short).await
    };
    let (first, second) = tokio::join!(ask(&short), later);
    assert_eq!(first.0.as_deref(), Ok("a"), "{}", first.1);
    assert_eq!(second.0.as_deref(), Ok("a"), "{}", second.1);
    assert_eq!(a.calls().len(), 3);

    let b = Scripted::named("b", [Act::error(limited(secs(3_600)))]);
    let long = alone(&b);
    let begun = Instant::now();
    for _ in 0..2 {
        assert_eq!(ask(&long).await.0, Err(ErrorKind::RateLimited));
    }
    assert_eq!((b.calls().len(), begun.elapsed()), (1, secs(0)));
}
