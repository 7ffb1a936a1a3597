//! The span of a call.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::io;
use std::sync::{Arc, Mutex};

use outlast_tower::{AttemptLayer, ObserveLayer};
use outlast_types::{
    ChatResponse, ChatStream, Error, ErrorKind, FinishReason, Protocol, ReplyStart, StreamEvent,
    Usage,
};
use support::{Act, Beat, Scripted, drain, stream_request, text, unary_request};
use tower::{ServiceBuilder, ServiceExt};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::format::FmtSpan;

/// What was logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Logs the spans of this thread when they close.
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_writer({
                let log = log.clone();
                move || log.clone()
            })
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Checks that exactly one span closed and that it has all the `fields`.
    fn check(&self, fields: &[&str]) {
        let text = self.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        for field in fields {
            assert!(text.contains(field), "`{field}` is not in {text}");
        }
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn observed(scripted: &Scripted) -> impl StackOf {
    ServiceBuilder::new()
        .layer(ObserveLayer::new())
        .layer(AttemptLayer::new(scripted.target()))
        .service(scripted.clone())
}

/// A stack for unary calls and streams.
trait StackOf:
    tower::Service<outlast_types::ChatRequest, Response = ChatResponse, Error = Error>
    + tower::Service<outlast_types::StreamRequest, Response = ChatStream, Error = Error>
{
}

impl<S> StackOf for S where
    S: tower::Service<outlast_types::ChatRequest, Response = ChatResponse, Error = Error>
        + tower::Service<outlast_types::StreamRequest, Response = ChatStream, Error = Error>
{
}

#[tokio::test(start_paused = true)]
async fn a_unary_call_is_described_when_it_is_over() {
    let (log, _logging) = Log::start();
    let scripted = Scripted::new([Act::say("Hello")]);
    let mut request = unary_request()
        .with_model("default")
        .with_max_output_tokens(50);
    request.context.request_id = Some("r-1".into());
    observed(&scripted).oneshot(request).await.unwrap();
    log.check(&[
        "gen_ai.operation.name=\"chat\"",
        "gen_ai.request.model=default",
        "gen_ai.request.max_tokens=50",
        "gen_ai.provider.name=\"acme\"",
        "gen_ai.response.model=\"model\"",
        "gen_ai.usage.input_tokens=3",
        "gen_ai.usage.output_tokens=4",
        "gen_ai.response.finish_reasons=\"[\\\"stop\\\"]\"",
        "outlast.request_id=\"r-1\"",
        "outlast.stream=false",
        "outlast.target=acme/model",
        "outlast.attempts=1",
        "outlast.outcome=\"complete\"",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_described_at_its_end_by_what_it_said_itself() {
    let (log, _logging) = Log::start();
    let mut start = ReplyStart::new(Protocol::new("test"));
    start.model = Some("model-2026-01".to_owned());
    let scripted = Scripted::new([Act::play([
        Beat::Event(StreamEvent::Start(Box::new(start))),
        text("Hello"),
        Beat::Event(StreamEvent::usage(Usage::new(9, 1))),
        Beat::Event(StreamEvent::finish(FinishReason::Length)),
    ])]);
    let stream: ChatStream = observed(&scripted).oneshot(stream_request()).await.unwrap();
    assert_eq!(log.text(), "", "it is not over at its head");
    drain(stream).await;
    log.check(&[
        "gen_ai.response.model=\"model-2026-01\"",
        "gen_ai.usage.input_tokens=9",
        "gen_ai.response.finish_reasons=\"[\\\"length\\\"]\"",
        "outlast.stream=true",
        "outlast.outcome=\"complete\"",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_named_and_the_conversation_is_not() {
    let (log, _logging) = Log::start();
    let error = Error::new(ErrorKind::InvalidRequest).with_message("bad value: 'a secret prompt'");
    let scripted = Scripted::new([Act::error(error)]);
    let result: Result<ChatResponse, Error> = observed(&scripted).oneshot(unary_request()).await;
    assert!(result.is_err());
    log.check(&[
        "error.type=\"invalid_request\"",
        "outlast.target=acme/model",
        "outlast.outcome=\"failed\"",
    ]);
    assert!(!log.text().contains("secret") && !log.text().contains("provider?"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_is_a_failure() {
    let (log, _logging) = Log::start();
    let broken = Beat::Fail(Error::new(ErrorKind::StreamBroken));
    let scripted = Scripted::new([Act::play([text("Hel"), broken])]);
    drain(observed(&scripted).oneshot(stream_request()).await.unwrap()).await;
    log.check(&["error.type=\"stream_broken\"", "outlast.outcome=\"failed\""]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_is_no_failure() {
    for act in [Act::hang(), Act::play([text("Hel"), Beat::Hang])] {
        let (log, _logging) = Log::start();
        let scripted = Scripted::new([act]);
        let read = async {
            drain(observed(&scripted).oneshot(stream_request()).await.unwrap()).await;
        };
        assert!(tokio::time::timeout(support::secs(1), read).await.is_err());
        log.check(&["outlast.outcome=\"abandoned\"", "outlast.attempts=1"]);
        assert!(!log.text().contains("error.type"));
    }
}
