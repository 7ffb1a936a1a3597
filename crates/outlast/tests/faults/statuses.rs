//! Rows 24 to 49: what a provider says instead of an answer.

use std::time::Duration;

use outlast::{Client, ErrorKind};

use crate::seen::{Seen, chat, stream};
use crate::support::{World, always, question};
use crate::wire::Server;

/// Makes the first provider fail as `fault` says, and returns what a unary call and a stream saw.
async fn both(fault: &str) -> [Seen; 2] {
    let world = World::new(&always(fault), "");
    let unary = chat(&world.client()).await;
    world
        .a
        .set_script(outlast_sim::Script::parse(&always(fault)).unwrap());
    [unary, stream(&world.client()).await]
}

/// Fails unless both forms of the call were answered by the second provider, after these attempts at the first.
async fn the_second_answers(row: u8, fault: &str, ledger: &str) {
    let text = World::new("", "").text();
    for seen in both(fault).await {
        seen.is_whole_from("b", &text);
        assert_eq!(seen.ledger(), ledger, "{fault}");
        seen.print(row);
    }
}

/// Fails unless both forms of the call end in this error after one call in all.
async fn the_first_has_the_last_word(row: u8, fault: &str, kind: ErrorKind) {
    for seen in both(fault).await {
        assert_eq!(seen.error().kind(), kind, "{fault}");
        assert_eq!(seen.calls(), 1, "{seen}");
        seen.print(row);
    }
}

/// Makes a client of the first provider alone.
fn alone(world: &World) -> Client {
    Client::builder().target(world.target_a()).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn row_24_one_server_error_is_gone_with_one_quick_retry() {
    let text = World::new("", "").text();
    for seen in both("status = 500\ntimes = 1").await {
        seen.is_whole_from("a", &text);
        seen.has_ledger("a server, a served");
        seen.took_at_most(Duration::from_millis(250));
        seen.print(24);
    }
}

#[tokio::test(start_paused = true)]
async fn row_25_a_provider_that_always_fails_is_asked_for_probes_only() {
    let world = World::new(&always("status = 500"), "");
    let client = world.client();
    let mut last = None;
    for _ in 0..2_000 {
        let seen = chat(&client).await;
        seen.is_whole_from("b", &world.text());
        last = Some(seen);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let (dead, alive) = world.calls();
    assert_eq!(alive, 2_000);
    // A thousand seconds: what opened the breaker and its retries, and 1.2 probes a minute.
    assert!(
        dead <= 16 + 20 + 8,
        "the dead provider was called {dead} times"
    );
    last.unwrap().print(25);
}

#[tokio::test(start_paused = true)]
async fn row_26_every_status_of_a_server_in_trouble_fails_over() {
    for status in [
        500, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599, 408, 425,
    ] {
        let fault = format!("status = {status}");
        the_second_answers(26, &fault, "a server, a server, b served").await;
    }
    the_second_answers(26, "status = 503", "a overloaded, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_27_an_overloaded_provider_is_not_asked_again() {
    the_second_answers(27, "status = 529", "a overloaded, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_28_a_provider_that_asks_for_less_is_given_less() {
    let slow_down = r#"status = 429
body = '{"error": {"message": "Your traffic rose too fast.", "type": "requests", "code": "slow_down"}}'
content_type = "application/json""#;
    the_second_answers(28, slow_down, "a slow_down, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_29_a_limit_of_a_second_is_waited_for_where_there_is_nobody_else() {
    let fault = "status = 429\nheaders = { retry-after = \"1\" }\ntimes = 1";
    let world = World::new(&always(fault), "");
    let seen = chat(&alone(&world)).await.print(29);
    seen.is_whole_from("a", &world.text());
    seen.has_ledger("a rate_limited, a served");
    seen.took_at_most(Duration::from_millis(1_110));
    assert!(seen.took >= Duration::from_secs(1), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn row_30_a_limit_of_an_hour_is_told_at_once_where_there_is_nobody_else() {
    let world = World::new(
        &always("status = 429\nheaders = { retry-after = \"3600\" }"),
        "",
    );
    let seen = chat(&alone(&world)).await.print(30);
    assert_eq!(seen.error().kind(), ErrorKind::RateLimited);
    assert_eq!(seen.error().retry_after(), Some(Duration::from_secs(3600)));
    seen.took_at_most(Duration::from_millis(5));
    assert_eq!(seen.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn row_31_a_limit_of_an_hour_is_of_that_model_and_others_of_the_account_are_asked() {
    let fault = "status = 429\nheaders = { retry-after = \"3600\" }\nmodel = \"small\"";
    let world = World::new(&always(fault), "");
    let other = world.target_a().account().unwrap().model("large");
    let client = world.builder().target(other).build().unwrap();
    chat(&client).await.is_whole_from("b", &world.text());
    let seen = chat(&client).await.print(31);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a skipped: rate_limited, b served");
    let request = question().with_model("a/large");
    let large = crate::seen::chat_with(&client, request).await;
    large.is_whole_from("a", &world.text());
    // An hour later it is asked again.
    world.a.set_script(outlast_sim::Script::default());
    tokio::time::sleep(Duration::from_secs(3_700)).await;
    chat(&client).await.is_whole_from("a", &world.text());
}

#[tokio::test(start_paused = true)]
async fn row_33_the_longer_of_two_waits_holds() {
    let script = "[[rule]]\nstatus = 429\nheaders = { retry-after = \"600\" }\ntimes = 1\ndelay = \"2s\"\n\
        [[rule]]\nstatus = 429\nheaders = { retry-after = \"30\" }\ntimes = 1\n";
    let world = World::new(script, "");
    let client = world.client();
    // The second call is refused first, with the shorter wait.
    let (first, second) = tokio::join!(chat(&client), chat(&client));
    first.is_whole_from("b", &world.text());
    second.is_whole_from("b", &world.text());
    tokio::time::sleep(Duration::from_secs(60)).await;
    let seen = chat(&client).await.print(33);
    seen.has_ledger("a skipped: rate_limited, b served");
    tokio::time::sleep(Duration::from_secs(600)).await;
    chat(&client).await.is_whole_from("a", &world.text());
}

#[tokio::test(start_paused = true)]
async fn row_34_an_account_without_quota_is_left_out_as_a_whole() {
    let fault = r#"status = 429
body = '{"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}}'
content_type = "application/json""#;
    the_second_answers(34, fault, "a quota_exhausted, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_35_an_unpaid_bill_is_left_out_as_a_whole() {
    the_second_answers(35, "status = 402", "a quota_exhausted, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_38_a_region_or_a_right_that_is_missing_fails_over() {
    the_second_answers(38, "status = 403", "a permission_denied, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_39_a_model_that_is_gone_fails_over_and_the_account_s_others_are_asked_as_before() {
    let fault = "failure = \"model-not-found\"\nmodel = \"small\"";
    let world = World::new(&always(fault), "");
    let other = world.target_a().account().unwrap().model("large");
    let client = world.builder().target(other).build().unwrap();
    let seen = chat(&client).await.print(39);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a model_not_found, b served");
    let request = question().with_model("a/large");
    let large = crate::seen::chat_with(&client, request).await;
    large.is_whole_from("a", &world.text());
}

#[tokio::test(start_paused = true)]
async fn row_40_a_wrong_request_is_asked_once() {
    the_first_has_the_last_word(40, "status = 400", ErrorKind::InvalidRequest).await;
    the_first_has_the_last_word(40, "status = 422", ErrorKind::InvalidRequest).await;
}

#[tokio::test(start_paused = true)]
async fn row_41_a_request_that_is_too_large_for_the_front_is_said_so() {
    let fault = "status = 413\nbody = \"<html><h1>413 Request Entity Too Large</h1></html>\"\n\
        content_type = \"text/html\"";
    the_first_has_the_last_word(41, fault, ErrorKind::RequestTooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn row_42_a_context_that_is_too_long_goes_only_where_more_fits() {
    let world = World::new(&always("failure = \"context-too-long\""), "");
    let seen = chat(&world.client()).await.print(42);
    assert_eq!(seen.error().kind(), ErrorKind::ContextTooLong);
    assert_eq!(seen.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn row_43_a_refusal_by_policy_is_passed_on_and_not_routed_around() {
    the_first_has_the_last_word(43, "failure = \"content-policy\"", ErrorKind::ContentPolicy).await;
    let world = World::new(
        "[[rule]]\nfinish = { after = 3, reason = \"content_filter\" }",
        "",
    );
    let seen = chat(&world.client()).await;
    assert_eq!(seen.calls(), 1, "{seen}");
    assert_eq!(world.calls(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn row_44_a_conflict_is_tried_once_more_at_the_same_place() {
    let text = World::new("", "").text();
    for seen in both("status = 409\ntimes = 1").await {
        seen.is_whole_from("a", &text);
        seen.has_ledger("a conflict, a served");
        seen.print(44);
    }
    let world = World::new(&always("status = 409"), "");
    let seen = chat(&world.client()).await;
    assert_eq!(seen.error().kind(), ErrorKind::Conflict);
    seen.has_ledger("a conflict, a conflict");
}

#[tokio::test]
async fn row_45_a_redirect_is_not_followed_and_the_key_stays_here() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let visited = Arc::new(AtomicBool::new(false));
    let saw = Arc::clone(&visited);
    let elsewhere = Server::new(move |_| {
        saw.store(true, Ordering::SeqCst);
        async {}
    })
    .await;
    let world = World::new("", "");
    for status in ["302 Found", "307 Temporary Redirect"] {
        let reply = format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.address()
        );
        let server = Server::saying(reply).await;
        let seen = chat(&crate::wire::client_at(&server.address(), &world))
            .await
            .print(45);
        seen.is_whole_from("b", &world.text());
    }
    assert!(!visited.load(Ordering::SeqCst), "the redirect was followed");
}

#[tokio::test(start_paused = true)]
async fn row_46_a_page_of_html_is_no_answer() {
    the_second_answers(46, "html = true", "a malformed, b served").await;
}

#[tokio::test(start_paused = true)]
async fn row_47_an_answer_that_says_nothing_fails_over_once() {
    the_second_answers(47, "empty = \"choices\"", "a empty_reply, b served").await;
    the_second_answers(47, "empty = \"content\"", "a empty_reply, b served").await;
    let world = World::new(
        &always("body = \"{}\"\ncontent_type = \"application/json\""),
        "",
    );
    let seen = chat(&world.client()).await.print(47);
    seen.is_whole_from("b", &world.text());
}

#[tokio::test(start_paused = true)]
async fn row_48_a_short_answer_is_an_answer() {
    // A refusal in words, no word but a tool, and an end at the limit before the first word.
    let bodies = [
        r#"{"id": "1", "object": "chat.completion", "model": "small", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": null, "refusal": "I will not."}}], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}"#,
        r#"{"id": "1", "object": "chat.completion", "model": "small", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]}}], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}"#,
        r#"{"id": "1", "object": "chat.completion", "model": "small", "choices": [{"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": ""}}], "usage": {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}}"#,
    ];
    for body in bodies {
        let fault = format!("status = 200\nbody = '{body}'\ncontent_type = \"application/json\"");
        let world = World::new(&always(&fault), "");
        let seen = chat(&world.client()).await.print(48);
        seen.has_ledger("a served");
        assert_eq!(world.calls(), (1, 0), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_49_an_error_with_status_200_is_judged_by_what_it_says() {
    let error = |kind: &str| {
        format!(
            "status = 200\nbody = '{{\"error\": {{\"message\": \"m\", \"type\": \"{kind}\", \"code\": \"{kind}\"}}}}'\n\
             content_type = \"application/json\""
        )
    };
    for seen in both(&error("insufficient_quota")).await {
        seen.has_ledger("a quota_exhausted, b served");
        seen.print(49);
    }
    for seen in both(&error("rate_limit_exceeded")).await {
        assert!(seen.ledger().ends_with("b served"), "{seen}");
        assert!(seen.ledger().starts_with("a rate_limited"), "{seen}");
    }
}
