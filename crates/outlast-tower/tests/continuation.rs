//! How a target is asked to go on after the beginning of an answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use outlast_tower::{AttemptLayer, CommitLayer, ContinuationLayer};
use outlast_types::{
    AttemptOutcome, Capabilities, ChatRequest, ChatStream, Continuation, Error, ErrorKind, Message,
    PrefillSupport, Role, StreamRequest,
};
use support::{Act, Scripted, stream_request};
use tower::{ServiceBuilder, ServiceExt};

async fn ask(
    scripted: &Scripted,
    prefill: PrefillSupport,
    request: StreamRequest,
) -> Result<ChatStream, Error> {
    let capabilities = Capabilities::default().with_prefill(prefill);
    ServiceBuilder::new()
        .layer(ContinuationLayer::new(capabilities))
        .layer(AttemptLayer::new(scripted.target()))
        .layer(CommitLayer::new())
        .service(scripted.clone())
        .oneshot(request)
        .await
}

fn after(text: &str) -> StreamRequest {
    let mut request = stream_request();
    request.0.context.continuation = Some(Continuation::after(text));
    request
}

fn turns(request: &ChatRequest) -> Vec<(Role, String)> {
    let turn = |message: &Message| (message.role.clone(), message.text());
    request.messages.iter().map(turn).collect()
}

#[tokio::test(start_paused = true)]
async fn a_request_for_a_whole_answer_is_left_as_it_is() {
    let scripted = Scripted::new([Act::say("Hi")]);
    let request = stream_request();
    ask(&scripted, PrefillSupport::Yes, request.clone())
        .await
        .unwrap();
    assert_eq!(scripted.calls()[0].request.body(), request.0.body());
}

#[tokio::test(start_paused = true)]
async fn a_target_that_can_is_given_the_text_as_its_own_last_message() {
    let scripted = Scripted::new([Act::say("world")]);
    ask(&scripted, PrefillSupport::Yes, after("Hello, \n"))
        .await
        .unwrap();
    let turns = turns(&scripted.calls()[0].request);
    assert_eq!(turns.len(), 2);
    assert_eq!(turns[1], (Role::Assistant, "Hello,".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn any_other_is_asked_in_words_with_the_end_of_the_text_quoted() {
    let scripted = Scripted::new([Act::say("world")]);
    ask(&scripted, PrefillSupport::No, after("Hello, "))
        .await
        .unwrap();
    let turns = turns(&scripted.calls()[0].request);
    assert_eq!(turns[1], (Role::Assistant, "Hello,".to_owned()));
    assert_eq!(turns[2].0, Role::User);
    assert!(turns[2].1.starts_with("Continue exactly after"));
    assert!(turns[2].1.ends_with("\n```\nHello,\n```"));
}

#[tokio::test(start_paused = true)]
async fn a_beginning_of_nothing_but_white_space_asks_for_the_whole_answer() {
    let scripted = Scripted::new([Act::say("Hello")]);
    for prefill in [PrefillSupport::Yes, PrefillSupport::No] {
        ask(&scripted, prefill, after(" \n")).await.unwrap();
    }
    for seen in scripted.calls() {
        assert_eq!(turns(&seen.request).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_prefill_is_followed_by_one_call_in_words() {
    let refuses = Scripted::new([Act::fail(ErrorKind::InvalidRequest)]);
    let error = ask(&refuses, PrefillSupport::Yes, after("Hello"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(refuses.calls().len(), 2);

    let refuses = Scripted::new([Act::fail(ErrorKind::InvalidRequest)]);
    let _ = ask(&refuses, PrefillSupport::No, after("Hello")).await;
    assert_eq!(refuses.calls().len(), 1, "words are not repeated");

    let fails = Scripted::new([Act::fail(ErrorKind::Server)]);
    let _ = ask(&fails, PrefillSupport::Yes, after("Hello")).await;
    assert_eq!(
        fails.calls().len(),
        1,
        "another failure is not the prefill's"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_prefill_is_the_end_where_no_call_is_left() {
    let refuses = Scripted::new([Act::fail(ErrorKind::InvalidRequest)]);
    let request = after("Hello");
    let ledger = request.0.context.ledger.clone();
    let now = tokio::time::Instant::now().into_std();
    for _ in 0..3 {
        let number = ledger.begin(refuses.target(), now, false);
        ledger.end(number, now, AttemptOutcome::Failed(ErrorKind::Server));
    }
    let _ = ask(&refuses, PrefillSupport::Yes, request).await;
    assert_eq!(refuses.calls().len(), 1);
    assert_eq!(ledger.calls(), 4);
}
