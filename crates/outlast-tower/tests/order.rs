//! A route's order by its strategy, who is passed over for what it lacks, and lists for kinds of failures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use outlast_tower::breaker::Forced;
use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::{
    AttemptLayer, Breaker, BreakerLayer, CommitLayer, Jitter, Pace, PaceLayer, StickTo, Sticky,
    Strategy,
};
use outlast_types::{
    Capabilities, ChatRequest, ChatStream, ErrorKind, Money, Need, Price, StreamRequest, TargetId,
    ToolSpec,
};
use support::{Act, Scripted, drain, stream_request};
use tokio::time::advance;
use tower::{ServiceBuilder, ServiceExt};

type Boxed = BoxTarget<StreamRequest, ChatStream>;
type Stack = Fallback<Boxed>;

/// A target with its provider, its breaker and its pace.
struct Target {
    id: TargetId,
    breaker: Breaker,
    pace: Pace,
    act: Act,
}

impl Target {
    fn new(account: &str, act: Act) -> Self {
        let id = TargetId::new(account, "m");
        Self {
            breaker: Breaker::new(id.clone()).with_jitter(Jitter::seeded(7)),
            pace: Pace::default(),
            act,
            id,
        }
    }

    /// Says its name.
    fn well(account: &str) -> Self {
        Self::new(account, Act::say(account))
    }

    fn candidate(&self) -> Candidate<Boxed> {
        let service = ServiceBuilder::new()
            .layer(BreakerLayer::new(self.breaker.clone()))
            .layer(PaceLayer::new(self.pace.clone()))
            .layer(AttemptLayer::new(self.id.clone()))
            .layer(CommitLayer::new())
            .service(Scripted::named(self.id.account(), [self.act.clone()]));
        let vitals = Arc::new(self.pace.clone());
        Candidate::new(self.id.clone(), BoxTarget::new(service)).with_vitals(vitals)
    }
}

fn candidate(account: &str) -> Candidate<Boxed> {
    Target::well(account).candidate()
}

fn failing(account: &str, kind: ErrorKind) -> Candidate<Boxed> {
    Target::new(account, Act::fail(kind)).candidate()
}

fn price(cents: i128) -> Price {
    let money = Money::from_pico_usd(cents * 10_000_000_000);
    Price::per_million(money, money)
}

/// Who answered, or what it failed with; and the ledger.
async fn ask(stack: &Stack, request: StreamRequest) -> (Result<String, ErrorKind>, String) {
    let ledger = request.0.context.ledger.clone();
    let result = match stack.clone().oneshot(request).await {
        Ok(stream) => Ok(drain(stream).await.0),
        Err(error) => Err(error.kind()),
    };
    (result, ledger.to_string())
}

/// Counts who answered `count` calls.
async fn shares(
    stack: &Stack,
    count: usize,
    request: impl Fn(usize) -> StreamRequest,
) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for number in 0..count {
        let by = ask(stack, request(number)).await.0.unwrap();
        *shares.entry(by).or_default() += 1;
    }
    shares
}

fn of_session(session: &str) -> StreamRequest {
    let mut request = stream_request();
    request.0.context.extensions.insert(StickTo::new(session));
    request
}

fn with_tool() -> StreamRequest {
    let tool = ToolSpec::without_parameters("clock");
    StreamRequest(ChatRequest::user("What time is it?").with_tool(tool))
}

#[tokio::test(start_paused = true)]
async fn calls_are_shared_out_by_weight() {
    let stack = Fallback::new([candidate("a").with_weight(3), candidate("b")])
        .with_strategy(Strategy::Weighted)
        .with_jitter(Jitter::seeded(7));
    let shares = shares(&stack, 1_000, |_| stream_request()).await;
    assert!((700..800).contains(&shares["a"]), "{shares:?}");
}

#[tokio::test(start_paused = true)]
async fn the_cheapest_is_asked_first_and_the_next_cheapest_after_it() {
    let down = Target::new("cheap", Act::fail(ErrorKind::Server));
    let stack = Fallback::new([
        candidate("unknown"),
        candidate("dear").with_price(price(300)),
        candidate("fair").with_price(price(30)),
        down.candidate().with_price(price(3)),
    ])
    .with_strategy(Strategy::Cheapest);
    let (answer, ledger) = ask(&stack, stream_request()).await;
    assert_eq!(answer.unwrap(), "fair");
    assert_eq!(ledger, "cheap/m server 0ms, fair/m served 0ms (failover)");
}

#[tokio::test(start_paused = true)]
async fn the_faster_gets_the_calls_and_the_slower_is_tried_again_now_and_then() {
    let slow = Target::new("slow", Act::say("slow").after(Duration::from_secs(2)));
    let fast = Target::new("fast", Act::say("fast").after(Duration::from_millis(300)));
    let stack = Fallback::new([slow.candidate(), fast.candidate()])
        .with_strategy(Strategy::Fastest)
        .with_jitter(Jitter::seeded(7));
    let mut shares = BTreeMap::<String, usize>::new();
    for _ in 0..1_000 {
        let by = ask(&stack, stream_request()).await.0.unwrap();
        *shares.entry(by).or_default() += 1;
        advance(Duration::from_secs(1)).await;
    }
    // It takes almost three half-lives of a minute until 2 s have faded to less than 300 ms.
    assert!((5..=9).contains(&shares["slow"]), "{shares:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_stays_with_its_target_and_sessions_are_spread() {
    let stack = Fallback::new(["a", "b", "c"].map(candidate))
        .with_strategy(Strategy::Weighted)
        .with_sticky(Sticky::Key)
        .with_jitter(Jitter::seeded(7));
    let one = shares(&stack, 50, |_| of_session("s-1")).await;
    assert_eq!(one.len(), 1, "{one:?}");
    let many = shares(&stack, 300, |number| of_session(&format!("s-{number}"))).await;
    assert!(many.values().all(|count| *count > 60), "{many:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_leaves_a_target_that_is_down_and_comes_back_to_it() {
    let targets = ["a", "b", "c"].map(Target::well);
    let stack = Fallback::new(targets.iter().map(Target::candidate))
        .with_strategy(Strategy::LeastBusy)
        .with_sticky(Sticky::Key)
        .with_jitter(Jitter::seeded(7));
    let home = ask(&stack, of_session("s-1")).await.0.unwrap();
    let target = targets.iter().find(|it| it.id.account() == home).unwrap();

    target.breaker.force(Forced::Open);
    for _ in 0..20 {
        let (answer, ledger) = ask(&stack, of_session("s-1")).await;
        assert_ne!(answer.unwrap(), home, "{ledger}");
    }
    target.breaker.force(Forced::Closed);
    assert_eq!(ask(&stack, of_session("s-1")).await.0.unwrap(), home);
}

#[tokio::test(start_paused = true)]
async fn who_lacks_what_is_needed_is_passed_over_with_the_reason() {
    let no_tools = Capabilities::default().without(Need::Tools);
    let stack = Fallback::new([candidate("a").with_capabilities(no_tools), candidate("b")]);
    let (answer, ledger) = ask(&stack, with_tool()).await;
    assert_eq!(answer.unwrap(), "b");
    assert_eq!(ledger, "a/m skipped: unsupported (tools), b/m served 0ms");
    assert_eq!(ask(&stack, stream_request()).await.0.unwrap(), "a");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_do_is_an_error_that_names_it_and_costs_no_call() {
    let no_tools = Capabilities::default().without(Need::Tools);
    let stack = Fallback::new([candidate("a").with_capabilities(no_tools)]);
    let error = stack.oneshot(with_tool()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().unwrap().contains("`tools`"), "{error}");
    assert_eq!(error.ledger().unwrap().calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_cannot_fit_is_not_sent_there() {
    let stack = Fallback::new([
        candidate("small").with_context_tokens(1_000),
        candidate("large").with_context_tokens(100_000),
    ]);
    let long = StreamRequest(ChatRequest::user("word ".repeat(2_000)));
    let (answer, ledger) = ask(&stack, long).await;
    assert_eq!(answer.unwrap(), "large");
    assert_eq!(
        ledger,
        "small/m skipped: context_too_long (context_window), large/m served 0ms"
    );
    // 5,000 bytes may be less than 1,000 tokens or more: the provider knows.
    let perhaps = StreamRequest(ChatRequest::user("word ".repeat(1_000)));
    assert_eq!(ask(&stack, perhaps).await.0.unwrap(), "small");
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_is_too_long_goes_to_the_list_for_it() {
    let stack = Fallback::new([failing("a", ErrorKind::ContextTooLong), candidate("b")])
        .with_detour(ErrorKind::ContextTooLong, [candidate("long")]);
    let (answer, ledger) = ask(&stack, stream_request()).await;
    assert_eq!(answer.unwrap(), "long");
    assert_eq!(
        ledger,
        "a/m context_too_long 0ms, long/m served 0ms (failover)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_target_of_a_list_is_not_asked_after_other_failures() {
    let stack = Fallback::new([failing("a", ErrorKind::Server)])
        .with_detour(ErrorKind::ContextTooLong, [candidate("long")]);
    assert_eq!(
        ask(&stack, stream_request()).await.0,
        Err(ErrorKind::Server)
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_goes_to_its_list_if_there_is_one_and_nowhere_else() {
    let refused = || failing("a", ErrorKind::ContentPolicy);
    let stack = Fallback::new([refused(), candidate("b")]);
    let by_default = ask(&stack, stream_request()).await.0;
    assert_eq!(by_default, Err(ErrorKind::ContentPolicy));

    let stack = stack.with_detour(ErrorKind::ContentPolicy, [candidate("other")]);
    assert_eq!(ask(&stack, stream_request()).await.0.unwrap(), "other");

    let stack = Fallback::new([refused(), candidate("b")])
        .with_detour(
            ErrorKind::ContentPolicy,
            [failing("other", ErrorKind::Server)],
        )
        .with_detour(ErrorKind::Server, [failing("third", ErrorKind::Server)]);
    let (answer, ledger) = ask(&stack, stream_request()).await;
    assert_eq!(answer, Err(ErrorKind::Server));
    assert_eq!(
        ledger,
        "a/m content_policy 0ms, other/m server 0ms (failover), third/m server 0ms (failover)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_may_name_targets_of_the_route_and_asks_each_once() {
    let stack = Fallback::new([
        failing("a", ErrorKind::RateLimited),
        failing("b", ErrorKind::Server),
        failing("c", ErrorKind::Server),
    ])
    .with_detour(ErrorKind::RateLimited, [candidate("c"), candidate("a")]);
    let (_, ledger) = ask(&stack, stream_request()).await;
    assert_eq!(
        ledger,
        "a/m rate_limited 0ms, c/m server 0ms (failover), b/m server 0ms (failover)"
    );
}
