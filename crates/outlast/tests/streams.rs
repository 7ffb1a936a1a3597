//! A stream that breaks after its beginning has reached the caller is continued, or ends in an honest error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::{AttemptReason, ErrorKind, Policy, RawJson, ToolChoice, ToolSpec};

use self::support::{World, always, ledger, question, read};

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_anywhere_is_whole_to_its_caller() {
    for by in ["reset", "close", "end"] {
        for after in (0..40).step_by(3) {
            let cut = format!("cut = {{ after = {after}, by = \"{by}\" }}");
            let world = World::new(&always(&cut), "");
            let mut stream = world.client().stream(question()).await.unwrap();
            let (text, end) = read(&mut stream).await;
            end.unwrap_or_else(|error| panic!("{cut}: {error}"));
            assert_eq!(text, world.text(), "{cut}");
            assert_eq!(world.calls(), (1, 1), "{cut}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_in_any_other_way_is_whole_to_its_caller() {
    for fault in [
        "stall = { after = 7 }",
        "error = { after = 7 }",
        "error = { after = 7, status = 529 }",
        "gap = \"40s\"",
    ] {
        let world = World::new(&always(fault), "");
        let mut stream = world.client().stream(question()).await.unwrap();
        let (text, end) = read(&mut stream).await;
        end.unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert_eq!(text, world.text(), "{fault}");
        let attempts = stream.meta().ledger.attempts();
        let last = attempts.last().unwrap();
        assert_eq!(last.reason, AttemptReason::Resume, "{fault}");
        assert!(ledger(&attempts)[0].starts_with("a broken: "), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn however_the_second_provider_continues_nothing_is_doubled_or_lost() {
    let cut = always("cut = { after = 15, by = \"reset\" }");
    for style in ["exact", "refuse-prefill", "repeat-tail", "start-over"] {
        let second = format!("[answer]\ncontinuation = \"{style}\"");
        let world = World::new(&cut, &second);
        let mut stream = world.client().stream(question()).await.unwrap();
        let (text, end) = read(&mut stream).await;
        end.unwrap_or_else(|error| panic!("{style}: {error}"));
        assert_eq!(text, world.text(), "{style}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_tool_call_is_an_honest_error_and_never_half_a_call() {
    let world = World::new(&always("cut = { after = 2, by = \"reset\" }"), "");
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let request = question()
        .with_tool(ToolSpec::new("weather", RawJson::parse(schema).unwrap()))
        .with_tool_choice(ToolChoice::Required);
    let mut stream = world.client().stream(request).await.unwrap();
    let (_, end) = read(&mut stream).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::StreamBroken);
    assert_eq!(world.calls(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_an_error_where_resuming_is_off() {
    let world = World::new(&always("cut = { after = 5, by = \"reset\" }"), "");
    let off = Policy::default().with_resume(outlast::tower::ResumeMode::Off);
    let client = world.builder().policy(off).build().unwrap();
    let mut stream = client.stream(question()).await.unwrap();
    let (text, end) = read(&mut stream).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::StreamBroken);
    assert!(world.text().starts_with(&text) && !text.is_empty());
    assert_eq!(world.calls(), (1, 0));
}
