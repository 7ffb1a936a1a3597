//! What an account allows is reserved before a call and settled after it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_util::StreamExt;
use outlast_tower::allowance::AllowanceService;
use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::{
    Allowance, AllowanceConfig, AllowanceLayer, Breaker, BreakerLayer, InFlight, InFlightLayer,
    RetryPolicy, retry_layer,
};
use outlast_types::{
    ChatStream, Error, ErrorKind, RateLimit, ReplyMeta, StreamEvent, StreamRequest, Usage,
};
use support::{Act, Scripted, drain, secs, stop, stream_request, text, unary_request};
use tokio::time::Instant;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

fn a_minute(requests: u64) -> Allowance {
    Allowance::new(AllowanceConfig::default().with_requests_per_minute(requests))
}

fn limited(allowance: &Allowance, scripted: &Scripted) -> AllowanceService<Scripted> {
    AllowanceLayer::new(allowance.clone(), scripted.target()).layer(scripted.clone())
}

type Target = BoxTarget<StreamRequest, ChatStream>;

/// A candidate with its limits below the retry and above the breaker, as in a whole stack.
fn candidate(provider: &Scripted, allowance: &Allowance, retry: RetryPolicy) -> Candidate<Target> {
    let id = provider.target();
    let service = ServiceBuilder::new()
        .layer(retry_layer(retry))
        .layer(AllowanceLayer::new(allowance.clone(), id.clone()))
        .layer(BreakerLayer::new(Breaker::new(id.clone())))
        .service(provider.clone());
    Candidate::new(id, BoxTarget::new(service)).with_vitals(Arc::new(allowance.clone()))
}

#[tokio::test(start_paused = true)]
async fn a_call_over_the_limit_is_not_made_and_says_when_it_could_be() {
    let (allowance, a) = (a_minute(1), Scripted::new([Act::say("a")]));
    let mut service = limited(&allowance, &a);
    service.call(unary_request()).await.unwrap();
    let request = unary_request();
    let ledger = request.context.ledger.clone();
    let error = service.call(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().is_some_and(|wait| wait <= secs(65)));
    assert_eq!((a.calls().len(), ledger.calls()), (1, 0));
    assert!(ledger.to_string().contains("skipped: rate_limited"));

    tokio::time::sleep(error.retry_after().unwrap()).await;
    service.call(unary_request()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_over_the_limit_goes_to_the_next_target_at_once() {
    let a = Scripted::named("a", [Act::say("a")]);
    let b = Scripted::named("b", [Act::say("b")]);
    let first = candidate(&a, &a_minute(10), RetryPolicy::new(a.target()));
    let second = candidate(&b, &Allowance::default(), RetryPolicy::new(b.target()));
    let service = Fallback::new([first, second]);
    let begun = Instant::now();
    let mut texts = Vec::new();
    for _ in 0..12 {
        let stream = service.clone().oneshot(stream_request()).await.unwrap();
        texts.push(drain(stream).await.0);
    }
    assert_eq!(texts, [["a"; 10].as_slice(), &["b"; 2]].concat());
    assert_eq!(begun.elapsed(), secs(0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_no_other_target_waits_for_its_turn() {
    let (allowance, a) = (a_minute(1), Scripted::new([Act::say("a")]));
    let retry = RetryPolicy::new(a.target()).alone();
    let service = Fallback::new([candidate(&a, &allowance, retry)]);
    service.clone().oneshot(stream_request()).await.unwrap();
    tokio::time::sleep(secs(57)).await;
    let begun = Instant::now();
    service.clone().oneshot(stream_request()).await.unwrap();
    let waited = begun.elapsed();
    assert!((secs(8)..=secs(9)).contains(&waited), "{waited:?}");
    assert_eq!(a.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_is_given_back_and_what_was_stands() {
    let (allowance, a) = (a_minute(10), Scripted::new([Act::fail(ErrorKind::Connect)]));
    limited(&allowance, &a)
        .call(unary_request())
        .await
        .unwrap_err();
    assert_eq!(allowance.headroom(), Some(1.0));

    let lost = Error::new(ErrorKind::ConnectionLost).with_sent(outlast_types::Sent::Maybe);
    a.rewrite([Act::error(lost)]);
    limited(&allowance, &a)
        .call(unary_request())
        .await
        .unwrap_err();
    assert_eq!(allowance.headroom(), Some(0.9));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_our_own_limit_refuses_below_takes_nothing() {
    let allowance = a_minute(10);
    let a = Scripted::new([Act::hang()]);
    let in_flight = InFlightLayer::new(InFlight::new(NonZeroUsize::MIN), a.target());
    let layer = AllowanceLayer::new(allowance.clone(), a.target());
    let mut service = layer.layer(in_flight.layer(a.clone()));
    let hanging = tokio::spawn(service.call(unary_request()));
    let error = service.call(unary_request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LocalOverload);
    assert_eq!(allowance.headroom(), Some(0.9));
    hanging.abort();
}

/// A provider that tells its limits and its count of tokens.
fn telling(
    remaining: u64,
) -> impl FnMut(StreamRequest) -> std::future::Ready<Result<ChatStream, Error>> + Clone {
    move |_| {
        let mut limit = RateLimit::default();
        (limit.limit, limit.remaining) = (Some(1_000), Some(remaining));
        limit.reset = Some(secs(30));
        let mut meta = ReplyMeta::new(outlast_types::TargetId::new("a", "model"));
        meta.rate_limits.tokens = Some(limit);
        let events = [
            StreamEvent::text("a"),
            StreamEvent::usage(Usage::new(70, 30)),
            StreamEvent::finish(outlast_types::FinishReason::Stop),
        ];
        let events = futures_util::stream::iter(events.map(Ok)).boxed();
        std::future::ready(Ok(ChatStream::new(events, meta)))
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_reserved_by_a_guess_and_settled_at_the_end_of_the_stream() {
    let config = AllowanceConfig::default().with_tokens_per_minute(1_000);
    let allowance = Allowance::new(config).with_estimate(|_: &outlast_types::ChatRequest| 400);
    let layer = AllowanceLayer::new(
        allowance.clone(),
        outlast_types::TargetId::new("a", "model"),
    );
    let mut service = layer.layer(tower::service_fn(telling(900)));
    let stream = service.call(stream_request()).await.unwrap();
    assert_eq!(allowance.headroom(), Some(0.6));
    drain(stream).await;
    assert_eq!(allowance.headroom(), Some(0.9));
}

#[tokio::test(start_paused = true)]
async fn a_target_with_less_than_a_twentieth_left_is_asked_after_the_others() {
    let allowance = Allowance::default();
    let id = outlast_types::TargetId::new("a", "model");
    let layer = AllowanceLayer::new(allowance.clone(), id.clone());
    let a = BoxTarget::new(layer.layer(tower::service_fn(telling(40))));
    let b = Scripted::named("b", [Act::play([text("b"), stop()])]);
    let service = Fallback::new([
        Candidate::new(id, a).with_vitals(Arc::new(allowance.clone())),
        candidate(&b, &Allowance::default(), RetryPolicy::new(b.target())),
    ]);
    let ask = || async {
        let stream = service.clone().oneshot(stream_request()).await.unwrap();
        stream.meta().target.account().to_owned()
    };
    assert_eq!(ask().await, "a");
    assert_eq!(ask().await, "b");
    tokio::time::sleep(secs(30)).await;
    assert_eq!(ask().await, "a");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_wants_fewer_calls_gets_fewer_and_its_breaker_stays_closed() {
    let slow = Act::fail(ErrorKind::SlowDown);
    let a = Scripted::named("a", [slow, Act::say("a")]);
    let b = Scripted::named("b", [Act::say("b")]);
    let allowance = Allowance::default();
    let service = Fallback::new([
        candidate(&a, &allowance, RetryPolicy::new(a.target())),
        candidate(&b, &Allowance::default(), RetryPolicy::new(b.target())),
    ]);
    let mut served = Vec::new();
    for _ in 0..50 {
        let stream = service.clone().oneshot(stream_request()).await.unwrap();
        served.push(drain(stream).await.0);
        tokio::time::sleep(secs(1)).await;
    }
    assert_eq!(served.first().map(String::as_str), Some("b"));
    let at_a = served.iter().filter(|text| *text == "a").count();
    assert!((30..=40).contains(&at_a), "{at_a}");
    tokio::time::sleep(secs(30)).await;
    assert_eq!(allowance.slowed_to(), None);
}
