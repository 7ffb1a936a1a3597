//! What becomes of what a target cannot carry: the seed, which Anthropic's format does not have.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::{ChatRequest, Client, ErrorKind, OnUnsupported, Policy};

use self::support::{World, ledger, ledger_of, question};

/// The provider with Anthropic's format first.
fn client(world: &World, policy: Policy) -> Client {
    Client::builder()
        .target(world.target_b())
        .target(world.target_a())
        .policy(policy)
        .build()
        .unwrap()
}

fn question_with_seed() -> ChatRequest {
    let mut request = question().with_max_output_tokens(500);
    request.body_mut().seed = Some(7);
    request
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_in_the_ledger() {
    let world = World::new("", "");
    let client = client(&world, Policy::default());
    let reply = client.chat(question_with_seed()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["b served"]);

    let attempt = &reply.meta().ledger.attempts()[0];
    let losses: Vec<_> = attempt
        .adaptations
        .iter()
        .filter(|it| it.is_loss())
        .collect();
    assert_eq!(losses.len(), 1);
    assert!(losses[0].what.starts_with("seed is left out"));
}

#[tokio::test(start_paused = true)]
async fn an_error_sends_nothing_and_a_target_that_can_carry_it_answers() {
    let world = World::new("", "");
    let strict = Policy::default().with_on_unsupported(OnUnsupported::Error);
    let client = client(&world, strict);
    let reply = client.chat(question_with_seed()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["b skipped: unsupported", "a served"]);
    assert_eq!(world.calls(), (1, 0));

    let stream = client.stream(question_with_seed()).await.unwrap();
    assert_eq!(stream.meta().target().account(), "a");
}

#[tokio::test(start_paused = true)]
async fn a_request_s_word_goes_before_the_policy_s() {
    let world = World::new("", "");
    let client = client(&world, Policy::default());

    let strict = question_with_seed().with_on_unsupported(OnUnsupported::Error);
    let reply = client.chat(strict.clone()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["b skipped: unsupported", "a served"]);

    let error = client
        .chat(strict.with_model("b/claude-sonnet-4-5"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().unwrap().contains("seed"));
    assert_eq!(ledger(&error.attempts()), ["b skipped: unsupported"]);

    let careless = question_with_seed().with_on_unsupported(OnUnsupported::Ignore);
    let reply = client.chat(careless).await.unwrap();
    assert_eq!(ledger_of(&reply), ["b served"]);
    let attempt = &reply.meta().ledger.attempts()[0];
    assert!(!attempt.adaptations.iter().any(|it| it.is_loss()));
}
