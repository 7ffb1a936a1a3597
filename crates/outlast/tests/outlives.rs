//! A call outlives its provider: whatever happens to the first, the caller has the whole answer of the second.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::time::Duration;

use outlast::{AttemptReason, ChatRequest, Error, ErrorKind, Policy, Timeouts};
use tokio::time::Instant;

use self::support::{QUESTION, World, always, assert_no_key, ledger, ledger_of, question, read};

/// What can befall the first provider before its first token, and what the ledger then says of it. None is asked twice.
const FAULTS: &[(&str, &str)] = &[
    ("connection = \"refuse\"", "connect"),
    ("status = 503", "overloaded"),
    ("status = 529", "overloaded"),
    ("status = 401", "unauthenticated"),
    ("status = 403", "permission_denied"),
    ("status = 404", "model_not_found"),
    ("status = 402", "quota_exhausted"),
    ("empty = \"choices\"", "empty_reply"),
    ("empty = \"content\"", "empty_reply"),
    ("html = true", "malformed"),
    (
        "body = \"{\\\"choices\\\": [\"\ncontent_type = \"application/json\"",
        "malformed",
    ),
    (
        "status = 429\nheaders = { retry-after = \"3600\" }",
        "rate_limited",
    ),
    ("hang = true", "first_token_timeout"),
];

/// The same, for what is worth one quick retry.
const RETRIED: &[(&str, &str)] = &[
    ("status = 500", "server"),
    ("status = 502", "server"),
    ("connection = \"lose\"", "connection_lost"),
];

#[tokio::test(start_paused = true)]
async fn a_healthy_provider_is_asked_once_and_the_other_not_at_all() {
    let world = World::new("", "");
    let reply = world.client().chat(question()).await.unwrap();
    assert_eq!(reply.text(), world.text());
    assert_eq!(ledger_of(&reply), ["a served"]);
    assert_eq!(world.calls(), (1, 0));
    let attempt = &reply.meta().ledger.attempts()[0];
    assert_eq!(attempt.reason, AttemptReason::First);
    assert!(attempt.usage.unwrap().output > 0);
}

#[tokio::test(start_paused = true)]
async fn whatever_befalls_the_first_provider_the_second_answers() {
    for (fault, kind) in FAULTS {
        let world = World::new(&always(fault), "");
        let reply = world.client().chat(question()).await.unwrap();
        assert_eq!(reply.text(), world.text(), "{fault}");
        assert_eq!(
            ledger_of(&reply),
            [format!("a {kind}"), "b served".to_owned()],
            "{fault}"
        );
        assert_eq!(reply.meta().target().account(), "b", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_befalls_the_first_provider_the_second_streams() {
    for (fault, kind) in FAULTS {
        let world = World::new(&always(fault), "");
        let mut stream = world.client().stream(question()).await.unwrap();
        let (text, end) = read(&mut stream).await;
        end.unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert_eq!(text, world.text(), "{fault}");
        assert_eq!(
            ledger(&stream.meta().ledger.attempts()),
            [format!("a {kind}"), "b served".to_owned()],
            "{fault}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_retried_once_before_the_second_provider_is_asked() {
    for (fault, kind) in RETRIED {
        let world = World::new(&always(fault), "");
        let reply = world.client().chat(question()).await.unwrap();
        let failed = format!("a {kind}");
        assert_eq!(
            ledger_of(&reply),
            [&*failed, &*failed, "b served"],
            "{fault}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_is_gone_with_the_retry() {
    let world = World::new("[[rule]]\nstatus = 500\ntimes = 1", "");
    let reply = world.client().chat(question()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a server", "a served"]);
    assert_eq!(world.calls(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_short_rate_limit_is_waited_for_and_no_shorter_than_it_says() {
    let limited = "[[rule]]\nstatus = 429\nheaders = { retry-after = \"2\" }\ntimes = 1";
    let world = World::new(limited, "");
    let start = Instant::now();
    let reply = world.client().chat(question()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a rate_limited", "a served"]);
    let waited = start.elapsed();
    assert!(
        (Duration::from_secs(2)..Duration::from_millis(2300)).contains(&waited),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_request_is_wrong_everywhere_and_is_asked_once() {
    let refused = always("status = 400\nmessage = \"messages: too few\"");
    let world = World::new(&refused, "");
    let error = world.client().chat(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(ledger(&error.attempts()), ["a invalid_request"]);
    assert_eq!(world.calls(), (1, 0));

    let error = world.client().stream(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test(start_paused = true)]
async fn when_both_are_down_the_error_is_honest_and_tells_what_was_tried() {
    let down = always("status = 503");
    let world = World::new(&down, &down);
    let error = world.client().chat(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!(ledger(&error.attempts()), ["a overloaded", "b overloaded"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_its_total_time_whatever_hangs() {
    let hang = always("hang = true");
    let world = World::new(&hang, &hang);
    let timeout = Timeouts::default().with_total(Duration::from_secs(30));
    let client = world
        .builder()
        .policy(Policy::default().with_timeout(timeout))
        .build()
        .unwrap();
    let start = Instant::now();
    let error = client.chat(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert!(start.elapsed() <= Duration::from_millis(30_010));
    assert!(!error.attempts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_deadline_is_kept_if_it_is_shorter() {
    let hang = always("hang = true");
    let world = World::new(&hang, &hang);
    let mut request = question();
    let start = Instant::now();
    request.context.deadline = Some((start + Duration::from_secs(2)).into_std());
    let error = world.client().stream(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert!(start.elapsed() <= Duration::from_millis(2_010));
}

#[tokio::test(start_paused = true)]
async fn a_dead_provider_is_soon_left_alone() {
    let world = World::new(&always("status = 500"), "");
    let client = world.client();
    for _ in 0..100 {
        let reply = client.chat(question()).await.unwrap();
        assert_eq!(reply.text(), world.text());
    }
    let (dead, alive) = world.calls();
    assert!(dead <= 16, "the dead provider was called {dead} times");
    assert_eq!(alive, 100);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_recovers_gets_its_traffic_back() {
    let world = World::new("[[rule]]\nstatus = 500\nuntil = \"60s\"", "");
    let client = world.client();
    let mut served = Vec::new();
    for second in 0..400 {
        let reply = client.chat(question()).await.unwrap();
        assert_eq!(reply.text(), world.text(), "second {second}");
        served.push(reply.meta().target().account().to_owned());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(served[59], "b");
    let last_minute = &served[340..];
    assert!(last_minute.iter().all(|account| account == "a"));
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_ends_it_at_the_provider_and_asks_nobody_else() {
    let world = World::new(&always("hang = true"), "");
    let client = world.client();
    let call = client.chat(question());
    let limited = tokio::time::timeout(Duration::from_secs(1), call).await;
    assert!(limited.is_err());
    let log = world.a.log();
    assert_eq!(log[0].end, outlast_sim::CallEnd::ClientGone);
    assert_eq!(world.calls(), (1, 0));

    // That is no fault of the provider's: it is asked first again.
    world.a.set_script(outlast_sim::Script::default());
    let reply = client.chat(question()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a served"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_stream_ends_it_at_the_provider() {
    let world = World::new("[answer]\ngap = \"1s\"", "");
    let mut stream = world.client().stream(question()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    tokio::task::yield_now().await;
    assert_eq!(world.a.log()[0].end, outlast_sim::CallEnd::ClientGone);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_used_again_begins_with_an_empty_ledger() {
    let world = World::new("", "");
    let client = world.client();
    let request = question();
    client.chat(request.clone()).await.unwrap();
    let reply = client.chat(request).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a served"]);
}

#[tokio::test(start_paused = true)]
async fn no_key_and_no_prompt_shows_in_what_is_printed() {
    let secret = "my secret prompt";
    for fault in [
        "status = 400",
        "status = 401",
        "status = 500",
        "html = true",
    ] {
        let world = World::new(&always(fault), &always(fault));
        let client = world.client();
        let error: Error = client.chat(ChatRequest::user(secret)).await.unwrap_err();
        let printed = format!("{client:?} {error} {error:?} {:?}", error.ledger());
        assert_no_key(&printed);
        assert!(!printed.contains(secret), "{printed}");
    }
    assert_ne!(secret, QUESTION);
}
