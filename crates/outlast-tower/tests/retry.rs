//! The same target again, where that is worth it.

mod support;

use std::sync::{Arc, Mutex};

use outlast_tower::classify::Retry as RetryVerdict;
use outlast_tower::retry::{BudgetConfig, RetryBudget, RetryCost};
use outlast_tower::{
    AttemptLayer, Classify, CommitLayer, Jitter, Observers, RetryPolicy, StackEvent, StandardTable,
    Verdict, retry_layer,
};
use outlast_types::{Error, ErrorKind, TargetId};
use support::{Act, Beat, Scripted, drain, millis, secs, stream_request, text, unary_request};
use tokio::time::Instant;
use tower::retry::Retry;
use tower::{Layer, ServiceExt};

/// The retry loop straight over the scripted target.
fn retry(policy: RetryPolicy, scripted: &Scripted) -> Retry<RetryPolicy, Scripted> {
    retry_layer(policy).layer(scripted.clone())
}

fn policy() -> RetryPolicy {
    RetryPolicy::new(TargetId::new("acme", "model"))
}

fn rate_limited(hint: Option<u64>) -> Act {
    Act::error(Error::new(ErrorKind::RateLimited).with_retry_after(hint.map(secs)))
}

fn empty_budget() -> RetryBudget {
    let mut config = BudgetConfig::default();
    config.start = 0.0;
    config.per_second = 0.0;
    RetryBudget::new(config)
}

/// Asks a target that always fails with `act`; returns how often it was asked and how long it all took.
async fn calls(policy: RetryPolicy, act: Act) -> (usize, u128) {
    let scripted = Scripted::new([act]);
    let begun = Instant::now();
    let call = retry(policy, &scripted).oneshot(unary_request());
    assert!(call.await.is_err());
    (scripted.calls().len(), begun.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn one_server_error_is_not_seen_by_the_caller() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Server), Act::say("Hi")]);
    let reply = retry(policy(), &scripted).oneshot(unary_request()).await;
    assert_eq!(reply.unwrap().text(), "Hi");
    let times = scripted.times_ms();
    assert_eq!(times.len(), 2);
    assert!(times[1] <= 251, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_is_asked_twice_and_not_more() {
    let (made, _) = calls(policy(), Act::fail(ErrorKind::Server)).await;
    assert_eq!(made, 2);
    let (made, _) = calls(policy().with_max_attempts(1), Act::fail(ErrorKind::Server)).await;
    assert_eq!(made, 1);
}

#[tokio::test(start_paused = true)]
async fn what_would_fail_again_is_not_retried() {
    for kind in [
        ErrorKind::InvalidRequest,
        ErrorKind::Unauthenticated,
        ErrorKind::QuotaExhausted,
        ErrorKind::FirstTokenTimeout,
        ErrorKind::BreakerOpen,
        ErrorKind::Connect,
        ErrorKind::SlowDown,
        ErrorKind::ContentPolicy,
    ] {
        assert_eq!(calls(policy(), Act::fail(kind)).await, (1, 0), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_retried_once_after_a_wait() {
    let (made, _) = calls(policy(), Act::fail(ErrorKind::Conflict)).await;
    assert_eq!(made, 2);
}

#[tokio::test(start_paused = true)]
async fn an_overloaded_target_is_asked_again_only_if_there_is_no_other() {
    let overloaded = || Act::fail(ErrorKind::Overloaded);
    assert_eq!(calls(policy(), overloaded()).await, (1, 0));
    let (made, took) = calls(policy().alone(), overloaded()).await;
    assert_eq!(made, 2);
    assert!(took <= 1_001);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_do_not_retry_is_believed() {
    let error = Error::new(ErrorKind::Server).with_should_retry(Some(false));
    assert_eq!(calls(policy(), Act::error(error)).await, (1, 0));
}

#[tokio::test(start_paused = true)]
async fn without_a_fallback_a_rate_limit_of_1_s_is_waited_for() {
    let scripted = Scripted::new([rate_limited(Some(1)), Act::say("Hi")]);
    let reply = retry(policy().alone(), &scripted).oneshot(unary_request());
    assert_eq!(reply.await.unwrap().text(), "Hi");
    let times = scripted.times_ms();
    assert_eq!(times.len(), 2);
    assert!((1_000..=1_101).contains(&times[1]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_fallback_a_rate_limit_of_an_hour_is_told_at_once() {
    assert_eq!(
        calls(policy().alone(), rate_limited(Some(3_600))).await,
        (1, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_the_patience_is_left_to_the_fallback() {
    assert_eq!(calls(policy(), rate_limited(Some(4))).await, (1, 0));
    let (made, took) = calls(policy(), rate_limited(Some(3))).await;
    assert_eq!(made, 2);
    assert!((3_000..=3_301).contains(&took), "{took}");

    let eager = policy().with_patience(secs(0));
    assert_eq!(calls(eager, Act::fail(ErrorKind::Server)).await, (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_without_a_hint_is_retried_after_a_short_wait() {
    let (made, took) = calls(policy(), rate_limited(None)).await;
    assert_eq!(made, 2);
    assert!(took <= 251);
}

#[tokio::test(start_paused = true)]
async fn the_hint_of_a_server_error_is_respected_too() {
    let error = Error::new(ErrorKind::Server).with_retry_after(Some(secs(2)));
    let (made, took) = calls(policy(), Act::error(error)).await;
    assert_eq!(made, 2);
    assert!((2_000..=2_201).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn no_wait_goes_past_the_deadline() {
    let call = async |policy: RetryPolicy, hint: u64, left: u64| {
        let scripted = Scripted::new([rate_limited(Some(hint))]);
        let mut request = unary_request();
        request.context.deadline = Some((Instant::now() + secs(left)).into_std());
        let begun = Instant::now();
        let call = retry(policy, &scripted).oneshot(request);
        call.await.unwrap_err();
        assert!(begun.elapsed() < secs(left));
        scripted.calls().len()
    };
    assert_eq!(call(policy(), 2, 8).await, 1);
    assert_eq!(call(policy(), 2, 9).await, 2);
    assert_eq!(call(policy().alone(), 2, 2).await, 1);
    assert_eq!(call(policy().alone(), 2, 3).await, 2);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_limits_the_calls_to_all_targets_together() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Server)]);
    let request = unary_request();
    let service = AttemptLayer::new(scripted.target()).layer(scripted.clone());
    let service = retry_layer(policy().with_max_attempts(9)).layer(service);

    let now = Instant::now().into_std();
    let ledger = request.context.ledger.clone();
    ledger.begin(TargetId::new("other", "m"), now, false);
    ledger.skip(TargetId::new("third", "m"), now, ErrorKind::BreakerOpen);
    service.oneshot(request).await.unwrap_err();

    assert_eq!(scripted.calls().len(), 3);
    assert_eq!(ledger.calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_retried_before_its_first_content_and_never_after() {
    let cut = || Beat::Fail(Error::new(ErrorKind::Server));
    let early = Act::play([cut()]);
    let late = Act::play([text("Once"), cut()]);
    let scripted = Scripted::new([early, late]);
    let service = CommitLayer::new().layer(scripted.clone());
    let service = retry_layer(policy()).layer(service);

    let stream = service.oneshot(stream_request()).await.unwrap();
    let (text, error) = drain(stream).await;
    assert_eq!(text, "Once");
    assert_eq!(error.unwrap().kind(), ErrorKind::Server);
    assert_eq!(scripted.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_budget_stops_retries_and_successes_fill_it() {
    let budget = empty_budget();
    let scripted = Scripted::new([Act::fail(ErrorKind::Server)]);
    let service = retry(policy().with_budget(budget.clone()), &scripted);
    service.clone().oneshot(unary_request()).await.unwrap_err();
    assert_eq!(scripted.calls().len(), 1);

    scripted.rewrite([Act::say("Hi")]);
    for _ in 0..10 {
        service.clone().oneshot(unary_request()).await.unwrap();
    }
    assert_eq!(budget.balance(), 1.0);

    scripted.rewrite([Act::fail(ErrorKind::Server), Act::say("Hi")]);
    service.oneshot(unary_request()).await.unwrap();
    assert_eq!(budget.balance(), 0.1);
}

#[tokio::test(start_paused = true)]
async fn unary_calls_and_streams_share_one_budget() {
    let mut config = BudgetConfig::default();
    (config.start, config.per_second) = (1.0, 0.0);
    let policy = policy().with_budget(RetryBudget::new(config));

    let unary = Scripted::new([Act::fail(ErrorKind::Server)]);
    let stream = Scripted::new([Act::fail(ErrorKind::Server)]);
    let call = retry(policy.clone(), &unary).oneshot(unary_request());
    call.await.unwrap_err();
    let call = retry(policy, &stream).oneshot(stream_request());
    call.await.unwrap_err();
    assert_eq!((unary.calls().len(), stream.calls().len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dead_target_sees_the_reserve_of_retries_and_no_more() {
    let scripted = Scripted::new([Act::fail(ErrorKind::Server)]);
    let service = retry(policy(), &scripted);
    let begun = Instant::now();
    let requests = 1_000;
    for _ in 0..requests {
        service.clone().oneshot(unary_request()).await.unwrap_err();
        tokio::time::sleep(millis(100)).await;
    }
    let retries = scripted.calls().len() - requests;
    let reserve = begun.elapsed().as_secs() as usize / 10;
    assert!(retries <= 10 + reserve, "{retries}");
    assert!(retries >= 9 + reserve, "{retries}");
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_not_asked_for_a_retry_that_will_not_be() {
    let budget = RetryBudget::default();
    let policy = policy().with_budget(budget.clone());
    calls(policy.clone(), rate_limited(Some(60))).await;
    calls(policy.with_max_attempts(1), Act::fail(ErrorKind::Server)).await;
    assert_eq!(budget.balance(), 10.0);
}

#[tokio::test(start_paused = true)]
async fn a_throttle_costs_half_a_token_and_a_timeout_two() {
    /// Retries everything at once.
    struct Stubborn;

    impl Classify for Stubborn {
        fn verdict(&self, error: &Error) -> Verdict {
            let retry = RetryVerdict::After(secs(0));
            Verdict {
                retry,
                ..StandardTable.verdict(error)
            }
        }
    }

    let spent = async |kind| {
        let budget = RetryBudget::default();
        let policy = policy()
            .with_budget(budget.clone())
            .with_classify(Arc::new(Stubborn));
        let (made, _) = calls(policy, Act::fail(kind)).await;
        assert_eq!(made, 2);
        10.0 - budget.balance()
    };
    assert_eq!(spent(ErrorKind::Server).await, 1.0);
    assert_eq!(spent(ErrorKind::RateLimited).await, 0.5);
    assert_eq!(spent(ErrorKind::FirstTokenTimeout).await, 2.0);
    assert_eq!(spent(ErrorKind::ConnectTimeout).await, 2.0);
}

#[tokio::test(start_paused = true)]
async fn a_seed_repeats_the_waits() {
    let waits = async |seed| {
        let policy = policy().with_jitter(Jitter::seeded(seed));
        let mut waits = Vec::new();
        for _ in 0..5 {
            let (_, took) = calls(policy.clone(), Act::fail(ErrorKind::Server)).await;
            waits.push(took);
        }
        waits
    };
    let first = waits(7).await;
    assert_eq!(first, waits(7).await);
    assert_ne!(first, waits(8).await);
    assert!(first.windows(2).any(|pair| pair[0] != pair[1]), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn observers_learn_of_each_retry_before_the_wait() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    let observers = Observers::default().with(move |event: &StackEvent| {
        sink.lock().unwrap().push((event.clone(), Instant::now()));
    });
    let begun = Instant::now();
    calls(policy().with_observers(observers), rate_limited(Some(1))).await;

    let events = events.lock().unwrap();
    let [(StackEvent::Retrying { target, kind, wait }, at)] = &**events else {
        panic!("{events:?}");
    };
    assert_eq!(target, &TargetId::new("acme", "model"));
    assert_eq!(*kind, ErrorKind::RateLimited);
    assert!(*wait >= secs(1));
    assert_eq!(*at, begun);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_during_the_wait_takes_the_retry_along() {
    let scripted = Scripted::new([rate_limited(Some(2))]);
    let call = retry(policy(), &scripted).oneshot(unary_request());
    tokio::time::timeout(secs(1), call).await.unwrap_err();
    tokio::time::sleep(secs(60)).await;
    assert_eq!((scripted.calls().len(), scripted.alive()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn time_fills_the_budget_slowly() {
    let budget = empty_budget();
    tokio::time::sleep(secs(3_600)).await;
    assert!(!budget.spend(RetryCost::Plain));

    let mut config = BudgetConfig::default();
    config.start = 0.0;
    let budget = RetryBudget::new(config);
    tokio::time::sleep(secs(9)).await;
    assert!(!budget.spend(RetryCost::Plain));
    tokio::time::sleep(secs(1)).await;
    assert!(budget.spend(RetryCost::Plain));
    assert!(!budget.spend(RetryCost::Plain));
    tokio::time::sleep(secs(86_400)).await;
    assert_eq!(budget.balance(), 100.0);
}
