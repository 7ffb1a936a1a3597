//! What a target remembers of its calls holds for every route and for both kinds of calls.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::Policy;
use outlast::tower::StackEvent;

use self::support::{World, ledger, ledger_of, question};

#[tokio::test(start_paused = true)]
async fn a_breaker_that_unary_calls_opened_holds_for_streams_and_other_routes() {
    let world = World::new("[[rule]]\nstatus = 503", "");
    let client = world
        .builder()
        .route("other", [world.target_a(), world.target_b()])
        .build()
        .unwrap();
    for _ in 0..5 {
        client.chat(question()).await.unwrap();
    }
    assert_eq!(client.targets()[0].breaker.name, "open");
    let before = world.a.log().len();

    let stream = client.stream(question()).await.unwrap();
    assert_eq!(
        ledger(&stream.meta().ledger.attempts()),
        ["a skipped: breaker_open", "b served"]
    );
    let reply = client.chat(question().with_model("other")).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a skipped: breaker_open", "b served"]);
    assert_eq!(world.a.log().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_stream_holds_its_place_at_the_target_to_its_end() {
    let world = World::new("[answer]\ngap = \"1s\"", "");
    let one = Policy::default().with_in_flight(1);
    let client = world.builder().policy(one).build().unwrap();
    let mut stream = client.stream(question()).await.unwrap();
    assert_eq!(client.targets()[0].in_flight, 1);

    let reply = client.chat(question()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a skipped: local_overload", "b served"]);

    while stream.next().await.is_some() {}
    assert_eq!(client.targets()[0].in_flight, 0);
    let reply = client.chat(question()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a served"]);
}

#[tokio::test(start_paused = true)]
async fn an_observer_learns_of_retries_failovers_and_breakers() {
    let world = World::new("[[rule]]\nstatus = 500", "");
    let (sender, events) = std::sync::mpsc::channel();
    let client = world
        .builder()
        .observer(move |event: &StackEvent| {
            let _ = sender.send(event.clone());
        })
        .build()
        .unwrap();
    for _ in 0..5 {
        client.chat(question()).await.unwrap();
    }
    let seen: Vec<StackEvent> = events.try_iter().collect();
    let count = |is: fn(&StackEvent) -> bool| seen.iter().filter(|event| is(event)).count();
    assert!(count(|event| matches!(event, StackEvent::Retrying { .. })) >= 2);
    assert_eq!(
        count(|event| matches!(event, StackEvent::FailedOver { .. })),
        5
    );
    assert_eq!(
        count(|event| matches!(event, StackEvent::BreakerChanged { to: "open", .. })),
        1
    );
}
