//! Rows 60 to 77: streams that hang, break, repeat themselves or lack their end.

use std::time::Duration;

use outlast::tower::ResumeMode;
use outlast::{ErrorKind, Policy, RawJson, StreamEvent, ToolChoice, ToolSpec};
use tokio::time::Instant;

use crate::seen::{chat, stream, stream_with};
use crate::support::{World, always, question};

fn cut_after(tokens: usize) -> String {
    always(&format!("cut = {{ after = {tokens}, by = \"reset\" }}"))
}

#[tokio::test(start_paused = true)]
async fn row_60_streams_that_hang_together_are_rescued_and_the_next_ones_do_not_wait() {
    let world = World::new(&always("stall = { after = 0 }"), "");
    let client = world.client();
    let five = (0..5).map(|_| stream(&client));
    for seen in futures_util::future::join_all(five).await {
        seen.is_whole_from("b", &world.text());
        seen.took_at_most(Duration::from_millis(4_100));
        seen.has_ledger("a stalled, b served");
    }
    let seen = stream(&client).await.print(60);
    seen.has_ledger("a skipped: breaker_open, b served");
}

#[tokio::test(start_paused = true)]
async fn row_60_one_stream_that_hangs_is_given_up_at_the_first_token_limit() {
    let world = World::new(&always("stall = { after = 0 }"), "");
    let seen = stream(&world.client()).await.print(60);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a first_token_timeout, b served");
    seen.took_at_most(Duration::from_millis(20_100));
}

#[tokio::test(start_paused = true)]
async fn row_62_an_introduction_that_is_followed_by_silence_is_not_seen() {
    // The other way round: the one that introduces itself (Anthropic's format) is asked first.
    let world = World::new("", &always("stall = { after = 0 }"));
    let client = outlast::Client::builder()
        .target(world.target_b())
        .target(world.target_a())
        .build()
        .unwrap();
    let start = Instant::now();
    let mut stream = client.stream(question()).await.unwrap();
    let mut ids = Vec::new();
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            StreamEvent::Text(delta) => text.push_str(&delta.text),
            StreamEvent::Start(began) => ids.push(format!("{began:?}")),
            _ => {}
        }
    }
    assert_eq!(text, world.text());
    assert!(ids.len() <= 1, "{ids:?}");
    assert!(
        !format!("{ids:?}").contains("msg_"),
        "an id of the one that hung: {ids:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(21));
    let ledger = crate::support::ledger(&stream.meta().ledger.attempts());
    assert_eq!(ledger, ["b first_token_timeout", "a served"]);
    println!(
        "row 62: the whole answer, at the end from a ({})",
        ledger.join(", ")
    );
}

#[tokio::test(start_paused = true)]
async fn row_63_an_error_before_the_first_content_fails_over() {
    for failure in ["overloaded", "server", "rate-limited"] {
        let fault = format!("error = {{ after = 0, failure = \"{failure}\" }}");
        let world = World::new(&always(&fault), "");
        let seen = stream(&world.client()).await.print(63);
        seen.is_whole_from("b", &world.text());
    }
}

#[tokio::test(start_paused = true)]
async fn row_64_an_error_after_ten_tokens_is_continued_or_said_with_what_came() {
    let fault = always("error = { after = 10, failure = \"overloaded\" }");
    let world = World::new(&fault, "");
    let seen = stream(&world.client()).await.print(64);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a broken: overloaded, b served");

    let world = World::new(&fault, "");
    let policy = Policy::default().with_resume(ResumeMode::Off);
    let client = world.builder().policy(policy).build().unwrap();
    let seen = stream(&client).await.print(64);
    assert_eq!(seen.calls(), 1);
    assert!(!seen.partial.is_empty());
    assert!(world.text().starts_with(&seen.partial), "{}", seen.partial);
}

#[tokio::test(start_paused = true)]
async fn row_65_a_stream_that_ends_without_its_last_event_is_broken() {
    let fault = always("cut = { after = 10, by = \"end\" }");
    let world = World::new(&fault, "");
    let policy = Policy::default().with_resume(ResumeMode::Off);
    let client = world.builder().policy(policy).build().unwrap();
    let seen = stream(&client).await.print(65);
    assert_eq!(seen.error().kind(), ErrorKind::StreamBroken);
    let world = World::new(&fault, "");
    let seen = stream(&world.client()).await.print(65);
    seen.is_whole_from("b", &world.text());
}

/// An event of OpenAI's with one choice.
fn event(choice: &str) -> String {
    format!(
        "data: {{\"id\": \"1\", \"object\": \"chat.completion.chunk\", \"model\": \"small\", \"choices\": [{choice}]}}\n\n"
    )
}

/// A provider that streams these events and no others.
fn streaming(events: &str) -> String {
    always(&format!(
        "status = 200\nbody = '''\n{events}'''\ncontent_type = \"text/event-stream\""
    ))
}

#[tokio::test(start_paused = true)]
async fn row_66_a_missing_last_event_after_the_finish_is_tolerated() {
    let text = event(r#"{"index": 0, "delta": {"content": "Hello."}}"#);
    let finish = event(r#"{"index": 0, "delta": {}, "finish_reason": "stop"}"#);
    let usage = r#"data: {"id": "1", "object": "chat.completion.chunk", "model": "small", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}"#;
    let world = World::new(&streaming(&format!("{text}{finish}{usage}\n\n")), "");
    let seen = stream(&world.client()).await.print(66);
    seen.is_whole_from("a", "Hello.");
    seen.has_ledger("a served");
}

#[tokio::test(start_paused = true)]
async fn row_70_what_is_said_twice_is_passed_on_twice() {
    let text = event(r#"{"index": 0, "delta": {"content": "no "}}"#).repeat(500);
    let finish = event(r#"{"index": 0, "delta": {}, "finish_reason": "length"}"#);
    let usage = r#"data: {"id": "1", "object": "chat.completion.chunk", "model": "small", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 500, "total_tokens": 509}}"#;
    let events = format!("{text}{finish}{usage}\n\ndata: [DONE]\n\n");
    let world = World::new(&streaming(&events), "");
    let seen = stream(&world.client()).await.print(70);
    seen.is_whole_from("a", &"no ".repeat(500));
}

#[tokio::test(start_paused = true)]
async fn row_69_a_tool_call_that_is_cut_is_an_error_and_never_half_a_call() {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tool = ToolSpec::new("weather", RawJson::parse(schema).unwrap());
    let request = question()
        .with_tool(tool)
        .with_tool_choice(ToolChoice::Required);
    let mut last = None;
    for after in 1..4 {
        let world = World::new(&cut_after(after), "");
        let seen = stream_with(&world.client(), request.clone()).await;
        match &seen.ending {
            Ok(_) => assert_eq!(seen.calls(), 1, "{seen}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::StreamBroken, "{seen}"),
        }
        last = Some(seen);
    }
    last.unwrap().print(69);
}

#[tokio::test(start_paused = true)]
async fn row_71_a_stream_cut_at_each_token_is_whole() {
    let tokens = World::new("", "").text().split_whitespace().count() + 5;
    let mut last = None;
    for after in 1..tokens {
        let world = World::new(&cut_after(after), "");
        let seen = stream(&world.client()).await;
        let text = world.text();
        match &seen.ending {
            Ok(whole) => assert_eq!(whole.text, text, "cut after {after}"),
            Err(error) => panic!("cut after {after}: {error}"),
        }
        last = Some(seen);
    }
    last.unwrap().print(71);
}

#[tokio::test(start_paused = true)]
async fn row_72_a_continuation_that_starts_over_is_never_doubled() {
    let cut = cut_after(10);
    for style in ["start-over", "repeat-tail"] {
        let world = World::new(&cut, &format!("[answer]\ncontinuation = \"{style}\""));
        let seen = stream(&world.client()).await.print(72);
        seen.is_whole_from("b", &world.text());
    }
    let world = World::new(&cut, "[answer]\ncontinuation = \"diverge\"");
    let seen = stream(&world.client()).await.print(72);
    if let Err(error) = &seen.ending {
        assert!(world.text().starts_with(&seen.partial), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_73_a_target_that_takes_no_prefill_is_asked_in_words() {
    let cut = cut_after(10);
    let world = World::new(&cut, "[answer]\ncontinuation = \"refuse-prefill\"");
    let seen = stream(&world.client()).await.print(73);
    seen.is_whole_from("b", &world.text());
}

#[tokio::test(start_paused = true)]
async fn row_74_a_reader_that_stops_for_five_minutes_finds_no_error() {
    let world = World::new("[answer]\ngap = \"100ms\"", "");
    let mut stream = world
        .builder()
        .policy(
            Policy::default()
                .with_timeout(outlast::Timeouts::default().with_total(Duration::from_secs(3_600))),
        )
        .build()
        .unwrap()
        .stream(question())
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    let (_, end) = crate::support::read(&mut stream).await;
    end.unwrap();
    println!("row 74: the whole answer, five minutes later");
}

#[tokio::test(start_paused = true)]
async fn row_75_a_caller_who_goes_away_ends_the_call_at_the_provider_and_counts_for_nothing() {
    for (fault, wait) in [
        ("hang = true", 1_000),
        ("stall = { after = 3 }", 1_000),
        ("status = 500", 1),
    ] {
        let world = World::new(&always(fault), &always("hang = true"));
        let client = world.client();
        let call = stream(&client);
        let gone = tokio::time::timeout(Duration::from_millis(wait), call).await;
        assert!(gone.is_err(), "{fault}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = world.calls();
        for record in world.a.log().iter().chain(&world.b.log()) {
            assert_ne!(record.end, outlast_sim::CallEnd::UnderWay, "{fault}");
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(
            world.calls(),
            before,
            "{fault}: somebody was asked for a caller who had gone"
        );
        world.a.set_script(outlast_sim::Script::default());
        chat(&client).await.is_whole_from("a", &world.text());
    }
    println!("row 75: nothing: the caller had gone; its calls had ended within 100 ms");
}

#[tokio::test(start_paused = true)]
async fn row_76_a_pause_of_29_seconds_is_none_and_one_of_31_is_a_fault() {
    let world = World::new(&always("stall = { after = 5, for = \"29s\" }"), "");
    stream(&world.client())
        .await
        .print(76)
        .has_ledger("a served");
    let world = World::new(&always("stall = { after = 5, for = \"31s\" }"), "");
    let seen = stream(&world.client()).await.print(76);
    seen.has_ledger("a broken: idle_timeout, b served");
    seen.is_whole_from("b", &world.text());
}
