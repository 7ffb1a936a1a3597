//! Streams that break after their beginning has reached the caller.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::sync::{Arc, Mutex};

use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::{
    AttemptLayer, CommitLayer, ContinuationLayer, Observers, ResumeLayer, ResumeMode, StackEvent,
};
use outlast_types::{
    Capabilities, ChatRequest, ChatStream, Delta, Error, ErrorKind, Extra, FinishReason, Opaque,
    Phase, PrefillSupport, Protocol, RawJson, ReasoningDelta, ReplyStart, ResponseFormat,
    StreamEvent, StreamRequest, ToolCallDelta, Usage,
};
use support::{Act, Beat, Scripted, drain, secs, stop, stream_request, text};
use tokio::time::Instant;
use tower::{Layer, ServiceBuilder, ServiceExt};

type Target = Candidate<BoxTarget<StreamRequest, ChatStream>>;

const PROTOCOL: Protocol = Protocol::new("test");

fn candidate(scripted: &Scripted) -> Target {
    let service = ServiceBuilder::new()
        .layer(AttemptLayer::new(scripted.target()))
        .layer(CommitLayer::new())
        .service(scripted.clone());
    Candidate::new(scripted.target(), BoxTarget::new(service))
}

fn stack(targets: impl IntoIterator<Item = Target>) -> BoxTarget<StreamRequest, ChatStream> {
    BoxTarget::new(ResumeLayer::new().layer(Fallback::new(targets)))
}

fn breaks() -> Beat {
    Beat::Fail(Error::new(ErrorKind::StreamBroken))
}

fn start() -> Beat {
    Beat::Event(StreamEvent::Start(Box::new(ReplyStart::new(PROTOCOL))))
}

fn broken_after(words: &str) -> Act {
    Act::play([start(), text(words), breaks()])
}

#[tokio::test(start_paused = true)]
async fn the_ledger_shows_who_broke_and_who_went_on() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observers = Observers::default().with({
        let seen = seen.clone();
        move |event: &StackEvent| seen.lock().unwrap().push(event.clone())
    });
    let a = Scripted::named("a", [broken_after("Hello, ")]);
    let b = Scripted::named("b", [Act::say("world!")]);
    let service = ResumeLayer::new()
        .with_observers(observers)
        .layer(Fallback::new([candidate(&a), candidate(&b)]));
    let stream = service.oneshot(stream_request()).await.unwrap();
    let meta = stream.meta().clone();
    assert_eq!(drain(stream).await.0, "Hello, world!");

    assert_eq!(meta.target(), &a.target());
    let ledger = "a/model broken: stream_broken 0ms, b/model served 0ms (resume)";
    assert_eq!(meta.ledger.to_string(), ledger);
    let context = b.calls()[0].context().clone();
    assert_eq!(&*context.continuation.unwrap().text, "Hello, ");
    let resumed = StackEvent::Resumed {
        from: a.target(),
        to: b.target(),
        kind: ErrorKind::StreamBroken,
        offset: 7,
    };
    assert_eq!(*seen.lock().unwrap(), [resumed]);
}

#[tokio::test(start_paused = true)]
async fn the_tokens_of_all_streams_are_added_up() {
    let usage = |input, output| Beat::Event(StreamEvent::usage(Usage::new(input, output)));
    let a = Scripted::named(
        "a",
        [Act::play([
            usage(100, 1),
            text("Hel"),
            usage(100, 5),
            breaks(),
        ])],
    );
    let b = Scripted::named(
        "b",
        [Act::play([
            usage(110, 1),
            text("lo, "),
            usage(110, 7),
            breaks(),
        ])],
    );
    let c = Scripted::named("c", [Act::play([text("world!"), usage(120, 9), stop()])]);
    let service = stack([&a, &b, &c].map(candidate));
    let reply = service
        .oneshot(stream_request())
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(reply.text(), "Hello, world!");
    assert_eq!(reply.usage, Usage::new(330, 21));
}

#[tokio::test(start_paused = true)]
async fn an_error_event_after_ten_tokens_releases_each_of_them_once() {
    let ten = || (0..10).map(|n| text(["a ", "b "][n % 2]));
    let a = Scripted::named("a", [Act::play(ten().chain([breaks()]))]);
    let off = ResumeLayer::new()
        .with_mode(ResumeMode::Off)
        .layer(Fallback::new([candidate(&a)]));
    let mut stream = off.oneshot(stream_request()).await.unwrap();
    let mut words = Vec::new();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(StreamEvent::Text(delta)) => words.push(delta.text),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(words.len(), 10);
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::StreamBroken, Phase::AfterCommit)
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_request_decides_for_itself_whether_it_is_resumed() {
    let a = Scripted::named("a", [broken_after("Hello, ")]);
    let b = Scripted::named("b", [Act::say("world!")]);
    let call = async |layer: ResumeMode, own: Option<ResumeMode>| {
        let service = ResumeLayer::new()
            .with_mode(layer)
            .layer(Fallback::new([candidate(&a), candidate(&b)]));
        let mut request = stream_request();
        if let Some(own) = own {
            request.0.context.extensions.insert(own);
        }
        drain(service.oneshot(request).await.unwrap()).await.0
    };
    assert_eq!(call(ResumeMode::Off, None).await, "Hello, ");
    assert_eq!(
        call(ResumeMode::Off, Some(ResumeMode::Text)).await,
        "Hello, world!"
    );
    assert_eq!(
        call(ResumeMode::Text, Some(ResumeMode::Off)).await,
        "Hello, "
    );
}

/// What the caller reads if the first target shows `shown` and then breaks, and whether the second was asked.
async fn after(request: StreamRequest, shown: Vec<StreamEvent>) -> (Option<ErrorKind>, bool) {
    let beats = shown.into_iter().map(Beat::Event).chain([breaks()]);
    let a = Scripted::named("a", [Act::play(beats)]);
    let b = Scripted::named("b", [Act::say("and so on")]);
    let service = stack([&a, &b].map(candidate));
    let (_, error) = drain(service.oneshot(request).await.unwrap()).await;
    (error.map(|error| error.kind()), !b.calls().is_empty())
}

const HONEST: (Option<ErrorKind>, bool) = (Some(ErrorKind::StreamBroken), false);

#[tokio::test(start_paused = true)]
async fn what_only_its_own_target_can_go_on_with_ends_in_an_honest_error() {
    let shown = |event: StreamEvent| vec![StreamEvent::text("Looking. "), event];
    let call = |name: Option<&str>, arguments: &str| {
        StreamEvent::ToolCall(ToolCallDelta {
            name: name.map(str::to_owned),
            arguments: arguments.to_owned(),
            ..ToolCallDelta::default()
        })
    };
    let reasoning = StreamEvent::Reasoning(ReasoningDelta {
        text: "Hm.".to_owned(),
        ..ReasoningDelta::default()
    });
    let refusal = StreamEvent::Refusal(Delta {
        choice: 0,
        text: "No.".to_owned(),
    });
    let opaque = StreamEvent::Opaque(Box::new(Opaque {
        origin: PROTOCOL,
        raw: RawJson::parse("{}").unwrap(),
    }));
    let second = StreamEvent::Text(Delta {
        choice: 1,
        text: "Or.".to_owned(),
    });
    let own = [
        call(Some("search"), ""),
        call(None, "{\"query\": \"ha"),
        reasoning,
        refusal,
        opaque,
        second,
    ];
    for event in own {
        let what = format!("{event:?}");
        assert_eq!(
            after(stream_request(), shown(event)).await,
            HONEST,
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn requests_for_more_than_one_free_text_end_in_an_honest_error() {
    let request = |change: fn(&mut ChatRequest)| {
        let mut request = stream_request();
        change(&mut request.0);
        request
    };
    let json = request(|request| {
        request.body_mut().response_format = Some(ResponseFormat::JsonObject);
    });
    let two = request(|request| request.body_mut().n = Some(2));
    let logprobs = request(|request| {
        let fields = [("logprobs".to_owned(), RawJson::parse("true").unwrap())];
        request.body_mut().extra = Extra::from_fields(PROTOCOL, fields.into());
    });
    let told = request(|request| request.body_mut().logprobs = Some(true));
    for request in [json, two, logprobs, told] {
        assert_eq!(
            after(request, vec![StreamEvent::text("{\"a\"")]).await,
            HONEST
        );
    }
    let text = request(|request| {
        request.body_mut().response_format = Some(ResponseFormat::Text);
        request.body_mut().n = Some(1);
    });
    assert_eq!(
        after(text, vec![StreamEvent::text("Well, ")]).await,
        (None, true)
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_continued_after_the_end() {
    let shown = vec![
        StreamEvent::text("All."),
        StreamEvent::finish(FinishReason::Stop),
    ];
    assert_eq!(after(stream_request(), shown).await, HONEST);
}

#[tokio::test(start_paused = true)]
async fn a_text_of_more_than_a_mebibyte_is_not_continued() {
    let long = "x".repeat(1024 * 1024 + 1);
    assert_eq!(
        after(stream_request(), vec![StreamEvent::text(long)]).await,
        HONEST
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_nobody_else_could_mend_ends_in_itself() {
    let filtered = Beat::Fail(Error::new(ErrorKind::ContentPolicy));
    let a = Scripted::named("a", [Act::play([text("Once "), filtered])]);
    let b = Scripted::named("b", [Act::say("upon a time")]);
    let service = stack([&a, &b].map(candidate));
    let (words, error) = drain(service.oneshot(stream_request()).await.unwrap()).await;
    assert_eq!(
        (words.as_str(), error.unwrap().kind()),
        ("Once ", ErrorKind::ContentPolicy)
    );
    assert!(b.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_continued_twice_at_most() {
    let targets = ["a", "b", "c", "d"];
    let pieces = ["one ", "two ", "three ", "four "];
    let targets: Vec<_> = targets
        .iter()
        .zip(pieces)
        .map(|(name, piece)| Scripted::named(name, [broken_after(piece)]))
        .collect();
    let service = stack(targets.iter().map(candidate));
    let (words, error) = drain(service.oneshot(stream_request()).await.unwrap()).await;
    assert_eq!(words, "one two three ");
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    assert_eq!(error.ledger().unwrap().calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_only_target_continues_its_own_stream() {
    let a = Scripted::named("a", [broken_after("Hello, "), Act::say("world!")]);
    let service = stack([candidate(&a)]);
    let (words, error) = drain(service.oneshot(stream_request()).await.unwrap()).await;
    assert_eq!((words.as_str(), error.is_none()), ("Hello, world!", true));
}

#[tokio::test(start_paused = true)]
async fn if_nobody_can_continue_it_the_caller_is_told_what_broke_it() {
    let a = Scripted::named(
        "a",
        [broken_after("Hello, "), Act::fail(ErrorKind::Connect)],
    );
    let b = Scripted::named("b", [Act::fail(ErrorKind::Server)]);
    let service = stack([&a, &b].map(candidate));
    let (words, error) = drain(service.oneshot(stream_request()).await.unwrap()).await;
    let error = error.unwrap();
    assert_eq!(
        (words.as_str(), error.kind()),
        ("Hello, ", ErrorKind::StreamBroken)
    );
    assert_eq!(error.target(), None, "the script names none");
    assert_eq!(
        error.ledger().unwrap().to_string(),
        "a/model broken: stream_broken 0ms, b/model server 0ms (resume), a/model connect 0ms (resume)"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_continued_after_the_deadline() {
    let late = Act::play([text("Hello, "), Beat::Wait(secs(9)), breaks()]);
    let a = Scripted::named("a", [late]);
    let b = Scripted::named("b", [Act::say("world!")]);
    let mut request = stream_request();
    request.0.context.deadline = Some((Instant::now() + secs(5)).into_std());
    let service = stack([&a, &b].map(candidate));
    let (_, error) = drain(service.oneshot(request).await.unwrap()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::StreamBroken);
    assert!(b.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_continuation_that_starts_over_and_differs_is_dropped_and_another_is_tried() {
    let a = Scripted::named("a", [broken_after("The quick brown fox ")]);
    let b = Scripted::named("b", [Act::say("The quick brown cat sleeps.")]);
    let c = Scripted::named("c", [Act::say("jumps.")]);
    let both = stack([&a, &b, &c].map(candidate));
    let (words, error) = drain(both.oneshot(stream_request()).await.unwrap()).await;
    assert_eq!(
        (words.as_str(), error.is_none()),
        ("The quick brown fox jumps.", true)
    );

    let again = Scripted::named("c", [Act::say("The quick brown cat sleeps.")]);
    let none = stack([&a, &b, &again].map(candidate));
    let (words, error) = drain(none.oneshot(stream_request()).await.unwrap()).await;
    assert_eq!(words, "The quick brown fox ");
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::StreamBroken, Phase::AfterCommit)
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_call_of_the_continuation_comes_whole_after_the_text() {
    let call = StreamEvent::ToolCall(ToolCallDelta {
        name: Some("search".to_owned()),
        arguments: "{}".to_owned(),
        ..ToolCallDelta::default()
    });
    let thought = StreamEvent::Reasoning(ReasoningDelta {
        text: "I should look.".to_owned(),
        ..ReasoningDelta::default()
    });
    let finish = StreamEvent::finish(FinishReason::ToolCalls);
    let rest = [
        thought,
        StreamEvent::PartEnd { choice: 0 },
        StreamEvent::text("I look"),
        call,
        finish,
    ];
    let a = Scripted::named("a", [broken_after("Wait. ")]);
    let b = Scripted::named("b", [Act::play(rest.map(Beat::Event))]);
    let service = stack([&a, &b].map(candidate));
    let reply = service
        .oneshot(stream_request())
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(reply.text(), "Wait. I look");
    assert_eq!(reply.tool_calls().count(), 1);
    assert_eq!(reply.finish(), Some(&FinishReason::ToolCalls));
    assert_eq!(
        reply.content().len(),
        2,
        "one text and one call: {:?}",
        reply.content()
    );
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_ends_whatever_is_under_way() {
    // While it is read.
    let a = Scripted::named("a", [Act::play([text("Hello, "), Beat::Hang])]);
    let mut stream = stack([candidate(&a)])
        .oneshot(stream_request())
        .await
        .unwrap();
    stream.next().await;
    drop(stream);
    assert_eq!(a.alive(), 0);

    // While the rest is being asked for.
    let a = Scripted::named("a", [broken_after("Hello, ")]);
    let b = Scripted::named("b", [Act::hang()]);
    let mut stream = stack([&a, &b].map(candidate))
        .oneshot(stream_request())
        .await
        .unwrap();
    let reading = async { while stream.next().await.is_some() {} };
    assert!(tokio::time::timeout(secs(1), reading).await.is_err());
    assert_eq!((a.alive(), b.alive()), (0, 1));
    drop(stream);
    assert_eq!((b.alive(), a.calls().len() + b.calls().len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_refuses_a_prefill_is_asked_in_words() {
    let a = Scripted::named("a", [broken_after("Hello,\n")]);
    let b = Scripted::named(
        "b",
        [Act::fail(ErrorKind::InvalidRequest), Act::say("\nworld!")],
    );
    let capabilities = Capabilities::default().with_prefill(PrefillSupport::Yes);
    let service = ServiceBuilder::new()
        .layer(ContinuationLayer::new(capabilities))
        .layer(AttemptLayer::new(b.target()))
        .layer(CommitLayer::new())
        .service(b.clone());
    let b_candidate = Candidate::new(b.target(), BoxTarget::new(service));
    let stack = stack([candidate(&a), b_candidate]);
    let stream = stack.oneshot(stream_request()).await.unwrap();
    let ledger = stream.meta().ledger.clone();
    assert_eq!(drain(stream).await.0, "Hello,\nworld!");

    let [prefill, words] = b.calls().try_into().unwrap();
    assert_eq!(prefill.request.messages.last().unwrap().text(), "Hello,");
    assert_eq!(words.request.messages.len(), 3);
    assert!(
        words
            .request
            .last_user_text()
            .starts_with("Continue exactly after")
    );
    let how = ledger
        .attempts()
        .into_iter()
        .map(|attempt| attempt.adaptations);
    let how: Vec<String> = how.flatten().map(|how| how.to_string()).collect();
    assert_eq!(how, ["continued by prefill", "continued by instruction"]);
}
