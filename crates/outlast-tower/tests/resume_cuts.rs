//! A stream that is cut, wherever it is cut and however the next target goes on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use futures_util::stream;
use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
use outlast_tower::{AttemptLayer, CommitLayer, ResumeLayer};
use outlast_types::{
    ChatStream, Error, ErrorKind, FinishReason, Protocol, ReplyMeta, ReplyStart, StreamEvent,
    StreamRequest, TargetId, Usage,
};
use support::{Act, Beat, Scripted, stream_request, text};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

type Target = Candidate<BoxTarget<StreamRequest, ChatStream>>;

const PROTOCOL: Protocol = Protocol::new("test");

fn candidate(scripted: &Scripted) -> Target {
    let service = ServiceBuilder::new()
        .layer(AttemptLayer::new(scripted.target()))
        .layer(CommitLayer::new())
        .service(scripted.clone());
    Candidate::new(scripted.target(), BoxTarget::new(service))
}

fn start() -> Beat {
    Beat::Event(StreamEvent::Start(Box::new(ReplyStart::new(PROTOCOL))))
}

/// A target that answers like the one the caller was reading, whole or from where that one stopped.
fn replayer(tokens: &'static [&'static str], begin: fn(&str) -> usize) -> Target {
    let id = TargetId::new("b", "model");
    let target = id.clone();
    let provider = service_fn(move |request: StreamRequest| {
        let whole = tokens.concat();
        let sent = request.0.context.continuation.map(|so_far| so_far.text);
        let from = sent.map_or(0, |sent| begin(&sent));
        let start = ReplyStart::new(PROTOCOL);
        // In pieces of three characters, however the first had cut it.
        let chars: Vec<char> = whole[from..].chars().collect();
        let pieces: Vec<String> = chars
            .chunks(3)
            .map(|piece| piece.iter().collect())
            .collect();
        let events = std::iter::once(StreamEvent::Start(Box::new(start)))
            .chain(pieces.into_iter().map(StreamEvent::text))
            .chain([
                StreamEvent::usage(Usage::new(10, 2)),
                StreamEvent::finish(FinishReason::Stop),
            ])
            .map(Ok)
            .collect::<Vec<_>>();
        let stream = ChatStream::new(Box::pin(stream::iter(events)), ReplyMeta::new(id.clone()));
        async move { Ok::<_, Error>(stream) }
    });
    let service = ServiceBuilder::new()
        .layer(AttemptLayer::new(target.clone()))
        .layer(CommitLayer::new())
        .service(provider);
    Candidate::new(target, BoxTarget::new(service))
}

/// Reads all events.
async fn events(mut stream: ChatStream) -> Vec<Result<StreamEvent, ErrorKind>> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event.map_err(|error| error.kind()));
    }
    events
}

fn count(events: &[Result<StreamEvent, ErrorKind>], is_it: fn(&StreamEvent) -> bool) -> usize {
    events.iter().flatten().filter(|event| is_it(event)).count()
}

fn words_of(events: &[Result<StreamEvent, ErrorKind>]) -> String {
    let words = events.iter().flatten().map(|event| match event {
        StreamEvent::Text(delta) => delta.text.as_str(),
        _ => "",
    });
    words.collect()
}

const TOKENS: &[&str] = &[
    "The", " harbour", " keeps", " watch", ".\n\n", "Every", " lantern", " 東京", " sleeps", " 🌊",
    ", naïve", " and", " whole", ",", " in", " order", ".",
];

/// Cuts the first target after each token and lets the second go on as `begin` says.
async fn cut_everywhere(begin: fn(&str) -> usize) {
    let broken = Beat::Fail(Error::new(ErrorKind::StreamBroken));
    for cut in 1..=TOKENS.len() {
        let a = Scripted::named(
            "a",
            [Act::play(
                std::iter::once(start())
                    .chain(TOKENS[..cut].iter().map(|token| text(token)))
                    .chain([broken.clone()]),
            )],
        );
        let service =
            ResumeLayer::new().layer(Fallback::new([candidate(&a), replayer(TOKENS, begin)]));
        let events = events(service.oneshot(stream_request()).await.unwrap()).await;
        assert_eq!(words_of(&events), TOKENS.concat(), "cut after {cut}");
        assert!(events.iter().all(Result::is_ok));
        assert_eq!(
            count(&events, |event| matches!(event, StreamEvent::Start(_))),
            1
        );
        assert_eq!(
            count(&events, |event| matches!(event, StreamEvent::Finish(_))),
            1
        );
        assert_eq!(a.calls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_at_any_token_is_whole_when_the_next_target_goes_on() {
    cut_everywhere(|sent| sent.trim_end().len()).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_at_any_token_is_whole_when_the_next_target_starts_over() {
    cut_everywhere(|_| 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_at_any_token_is_whole_when_the_next_target_repeats_the_end() {
    cut_everywhere(|sent| {
        let body = sent.trim_end();
        body.char_indices()
            .rev()
            .take(24)
            .last()
            .map_or(0, |(at, _)| at)
    })
    .await;
}
