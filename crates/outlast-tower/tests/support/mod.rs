//! A provider that follows a script, for testing a layer from outside.
//!
//! One [`Scripted`] answers unary calls and streams alike: its acts are lists of [`Beat`]s, which a stream plays one by
//! one and a unary reply plays to the end before it answers. It notes every call, and how many are still alive, so
//! that a test can see that a dropped call takes the inner one with it at once.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test crate uses its own part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a script that cannot be followed is a mistake of the test"
)]

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream;
use outlast_types::{
    CallContext, ChatRequest, ChatResponse, ChatStream, Collector, Error, ErrorKind, FinishReason,
    ReplyMeta, StreamEvent, StreamRequest, TargetId, Usage,
};
use tokio::time::Instant;
use tower_service::Service;

/// What the scripted provider does with one call.
#[derive(Clone, Debug)]
pub struct Act {
    /// How long it takes to the head of the reply.
    head: Duration,
    then: Then,
}

#[derive(Clone, Debug)]
enum Then {
    Fail(Error),
    Hang,
    Reply(Vec<Beat>),
}

/// One step of a reply.
#[derive(Clone, Debug)]
pub enum Beat {
    /// Time passes.
    Wait(Duration),
    /// An event comes.
    Event(StreamEvent),
    /// The reply breaks.
    Fail(Error),
    /// Nothing comes any more.
    Hang,
}

impl Act {
    /// Answers `text`, whole, at once, with a usage of 3 + 4 tokens.
    pub fn say(text: &str) -> Self {
        let usage = StreamEvent::usage(Usage::new(3, 4));
        let finish = StreamEvent::finish(FinishReason::Stop);
        Self::play([StreamEvent::text(text), usage, finish].map(Beat::Event))
    }

    /// Answers with `beats`, head at once.
    pub fn play(beats: impl IntoIterator<Item = Beat>) -> Self {
        Self::then(Then::Reply(beats.into_iter().collect()))
    }

    /// Fails with `kind` instead of a reply.
    pub fn fail(kind: ErrorKind) -> Self {
        Self::error(Error::new(kind))
    }

    /// Fails with `error` instead of a reply.
    pub fn error(error: Error) -> Self {
        Self::then(Then::Fail(error))
    }

    /// Never answers.
    pub fn hang() -> Self {
        Self::then(Then::Hang)
    }

    /// Does so `head` later.
    pub fn after(self, head: Duration) -> Self {
        Self { head, ..self }
    }

    fn then(then: Then) -> Self {
        Self {
            head: Duration::ZERO,
            then,
        }
    }
}

/// Shorthand for the most common beat.
pub fn text(text: &str) -> Beat {
    Beat::Event(StreamEvent::text(text))
}

/// Shorthand for the end of a reply.
pub fn stop() -> Beat {
    Beat::Event(StreamEvent::finish(FinishReason::Stop))
}

/// A call the scripted provider has seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When, after the provider was made.
    pub at: Duration,
    /// The request.
    pub request: ChatRequest,
}

impl Seen {
    pub fn context(&self) -> &CallContext {
        &self.request.context
    }
}

/// The scripted provider; clones share the script and what was seen.
#[derive(Clone)]
pub struct Scripted(Arc<Shared>);

struct Shared {
    target: TargetId,
    start: Instant,
    acts: Mutex<VecDeque<Act>>,
    seen: Mutex<Vec<Seen>>,
    /// Every call under way and every stream of it holds a clone.
    alive: Arc<()>,
}

impl Scripted {
    /// Follows `acts`, one a call; the last is repeated for ever.
    pub fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::named("acme", acts)
    }

    /// Does the same as the target `account/model`.
    pub fn named(account: &str, acts: impl IntoIterator<Item = Act>) -> Self {
        Self(Arc::new(Shared {
            target: TargetId::new(account, "model"),
            start: Instant::now(),
            acts: Mutex::new(acts.into_iter().collect()),
            seen: Mutex::default(),
            alive: Arc::default(),
        }))
    }

    pub fn target(&self) -> TargetId {
        self.0.target.clone()
    }

    /// Returns all calls so far.
    pub fn calls(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().clone()
    }

    /// Returns when the calls came, in milliseconds since the provider was made.
    pub fn times_ms(&self) -> Vec<u128> {
        self.calls()
            .iter()
            .map(|seen| seen.at.as_millis())
            .collect()
    }

    /// Counts the calls and streams that are neither over nor dropped.
    pub fn alive(&self) -> usize {
        Arc::strong_count(&self.0.alive) - 1
    }

    /// Replaces what is left of the script.
    pub fn rewrite(&self, acts: impl IntoIterator<Item = Act>) {
        *self.0.acts.lock().unwrap() = acts.into_iter().collect();
    }

    fn next_act(&self, request: &ChatRequest) -> Act {
        self.0.seen.lock().unwrap().push(Seen {
            at: self.0.start.elapsed(),
            request: request.clone(),
        });
        let mut acts = self.0.acts.lock().unwrap();
        if acts.len() > 1 {
            acts.pop_front().unwrap()
        } else {
            acts.front().expect("a script has an act").clone()
        }
    }

    fn meta(&self) -> ReplyMeta {
        ReplyMeta::new(self.target())
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

impl Service<StreamRequest> for Scripted {
    type Response = ChatStream;
    type Error = Error;
    type Future = Answer<ChatStream>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: StreamRequest) -> Self::Future {
        let act = self.next_act(&request.0);
        let (meta, alive) = (self.meta(), self.0.alive.clone());
        Box::pin(async move {
            let beats = head(act).await?;
            let events = stream::unfold((beats, alive), |(mut beats, alive)| async move {
                let event = next_event(&mut beats).await?;
                Some((event, (beats, alive)))
            });
            Ok(ChatStream::new(Box::pin(events), meta))
        })
    }
}

impl Service<ChatRequest> for Scripted {
    type Response = ChatResponse;
    type Error = Error;
    type Future = Answer<ChatResponse>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ChatRequest) -> Self::Future {
        let act = self.next_act(&request);
        let (meta, alive) = (self.meta(), self.0.alive.clone());
        Box::pin(async move {
            let _alive = alive;
            let mut beats = head(act).await?;
            let mut collector = Collector::default();
            while let Some(event) = next_event(&mut beats).await {
                collector.push(event?);
            }
            Ok(collector.finish(meta))
        })
    }
}

async fn head(act: Act) -> Result<VecDeque<Beat>, Error> {
    if !act.head.is_zero() {
        tokio::time::sleep(act.head).await;
    }
    match act.then {
        Then::Fail(error) => Err(error),
        Then::Hang => std::future::pending().await,
        Then::Reply(beats) => Ok(beats.into()),
    }
}

async fn next_event(beats: &mut VecDeque<Beat>) -> Option<Result<StreamEvent, Error>> {
    loop {
        match beats.pop_front()? {
            Beat::Wait(time) => tokio::time::sleep(time).await,
            Beat::Event(event) => return Some(Ok(event)),
            Beat::Fail(error) => {
                beats.clear();
                return Some(Err(error));
            }
            Beat::Hang => std::future::pending().await,
        }
    }
}

/// A stream request to nobody in particular.
pub fn stream_request() -> StreamRequest {
    StreamRequest(unary_request())
}

/// A unary request to nobody in particular.
pub fn unary_request() -> ChatRequest {
    ChatRequest::user("Why keep a second provider?")
}

/// Reads a stream to its end: the text that came, and the error that ended it, if one did.
pub async fn drain(mut stream: ChatStream) -> (String, Option<Error>) {
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(delta)) => text.push_str(&delta.text),
            Ok(_) => {}
            Err(error) => return (text, Some(error)),
        }
    }
    (text, None)
}

pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
