//! What an account allows, and who waits where a target is full, through the client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::time::Duration;

use outlast::tower::AllowanceConfig;
use outlast::{Config, ErrorKind, Policy, TargetFacts};
use support::{World, question};
use tokio::time::Instant;

/// Two providers that are well.
fn world() -> World {
    World::new("", "")
}

fn a_minute(requests: u64) -> TargetFacts {
    TargetFacts::default()
        .with_allowance(AllowanceConfig::default().with_requests_per_minute(requests))
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_what_an_account_allows_go_to_the_next_target_at_once() {
    let world = world();
    let a = world.target_a().id().clone();
    let client = world.builder().facts(a, a_minute(3)).build().unwrap();
    let begun = Instant::now();
    for _ in 0..5 {
        client.chat(question()).await.unwrap();
    }
    assert_eq!(world.calls(), (3, 2));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(client.targets()[0].headroom, Some(0.0));
    assert_eq!(client.targets()[0].breaker.name, "closed");

    tokio::time::sleep(Duration::from_secs(65)).await;
    client.chat(question()).await.unwrap();
    assert_eq!(world.calls(), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_only_target_is_used_up_says_when_it_will_not_be() {
    let world = world();
    let a = world.target_a();
    let facts = (a.id().clone(), a_minute(1));
    let client = outlast::Client::builder().target(a);
    let client = client.facts(facts.0, facts.1).build().unwrap();
    client.chat(question()).await.unwrap();
    let error = client.chat(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let wait = error.retry_after().unwrap();
    assert!(wait <= Duration::from_secs(65), "{wait:?}");
    assert_eq!(world.calls().0, 1);

    tokio::time::sleep(wait).await;
    client.chat(question()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_in_the_queue_of_a_full_target_and_the_next_goes_elsewhere() {
    let world = World::new("[answer]\ngap = \"1s\"", "");
    let policy = Policy::default()
        .with_in_flight(1)
        .with_queue(1, Duration::from_secs(30));
    let client = world.builder().policy(policy).build().unwrap();
    let first = client.stream(question()).await.unwrap();
    let queued = {
        let client = client.clone();
        tokio::spawn(async move { client.chat(question()).await.unwrap() })
    };
    tokio::time::sleep(Duration::from_millis(10)).await;
    let third = client.chat(question()).await.unwrap();
    assert_eq!(third.meta.target, *world.target_b().id());
    drop(first);
    assert_eq!(queued.await.unwrap().meta.target, *world.target_a().id());
}

#[test]
fn the_file_sets_the_limits() {
    let file = r#"
[account.mine]
kind = "openai"
api_key = { env = "KEY" }
[route.default]
targets = ["mine/small"]
[target."mine/small"]
rpm = 500
tpm = 200000
[policy]
queue = 32
max_wait = "2s"
"#;
    let config = Config::parse(file, "outlast.toml", |_| Some("sk-0".to_owned())).unwrap();
    let allowance = AllowanceConfig::default()
        .with_requests_per_minute(500)
        .with_tokens_per_minute(200_000);
    assert_eq!(config.targets[0].facts.allowance, allowance);
    let policy = (config.policy.queue, config.policy.max_wait);
    assert_eq!(policy, (32, Duration::from_secs(2)));
}
