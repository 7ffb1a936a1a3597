//! What every kind of reply has in common.

use std::future::{Future, poll_fn};
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;

use crate::response::ChatResponse;
use crate::{
    CountResponse, EmbeddingResponse, Error, ErrorKind, EventStream, FinishReason, Ledger, Money,
    Phase, Sent, StreamEvent, TargetId, Usage,
};

/// Is implemented by the reply of each kind of service, so that a layer is written once for all of them.
///
/// # Implementation notes
///
/// [`poll_commit`](Reply::poll_commit) is a poll function and not a method that returns a future: a layer can then
/// keep the reply in its own named future, without a box and without a generic parameter for the commit's type.
pub trait Reply: Sized + Send + Unpin + 'static {
    /// Returns who serves the reply, and how it came to that.
    fn meta(&self) -> &ReplyMeta;

    /// Returns the facts about the reply for changing, as a layer does that adds its own.
    fn meta_mut(&mut self) -> &mut ReplyMeta;

    /// Waits until the reply is known to be one.
    ///
    /// For a stream that is the first event with content; what came before is kept and replayed to the caller. An
    /// error, an end or an empty answer before that is returned as an error, so that whoever called can still go
    /// elsewhere. After it nothing is ever replayed. A unary reply only has to say something.
    ///
    /// Calling it again after it was ready returns the same.
    fn poll_commit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Waits until the reply is known to be one and returns it.
    fn commit(mut self) -> impl Future<Output = Result<Self, Error>> + Send {
        async move {
            poll_fn(|cx| self.poll_commit(cx)).await?;
            Ok(self)
        }
    }

    /// Keeps `guard` until the reply is over: now for a unary reply; at the end, the error or the drop of a stream.
    ///
    /// Guards are told in the order in which they were attached, so an inner layer's comes before an outer one's.
    fn hold<G: ReplyGuard>(self, guard: G) -> Self;

    /// Puts a stream's events through `wrap`; a unary reply has none and stays as it is.
    fn map_events<F>(self, wrap: F) -> Self
    where
        F: FnOnce(EventStream) -> EventStream;
}

/// Lives as long as a reply: a permit, a breaker's verdict, a span, an account of tokens.
///
/// Exactly one [`finish`](ReplyGuard::finish) is called before the guard is dropped.
pub trait ReplyGuard: Send + 'static {
    /// Sees an event on its way to the caller.
    fn event(&mut self, event: &StreamEvent) {
        let _ = event;
    }

    /// Learns how the reply ended.
    fn finish(&mut self, end: ReplyEnd<'_>) {
        let _ = end;
    }
}

/// How a reply ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ReplyEnd<'a> {
    /// It is whole.
    Complete {
        /// Its tokens, as far as the provider said.
        usage: Usage,
        /// Why its first answer ended.
        finish: Option<&'a FinishReason>,
    },
    /// It broke.
    Failed(&'a Error),
    /// The caller went away. That is never the provider's failure.
    Abandoned {
        /// Its tokens so far, as far as the provider said.
        usage: Usage,
    },
}

/// Facts about a reply that are not part of the answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReplyMeta {
    /// Who serves it.
    pub target: TargetId,
    /// The provider's id of the call, for its support.
    pub request_id: Option<String>,
    /// What the provider said about its limits.
    pub rate_limits: RateLimits,
    /// What was tried for this call.
    pub ledger: Ledger,
}

impl ReplyMeta {
    /// Makes the facts of a reply by `target`.
    pub fn new(target: TargetId) -> Self {
        Self {
            target,
            request_id: None,
            rate_limits: RateLimits::default(),
            ledger: Ledger::default(),
        }
    }

    /// Returns who serves the reply.
    pub fn target(&self) -> &TargetId {
        &self.target
    }

    /// Returns what all attempts cost together; `None` if no price is known.
    pub fn cost(&self) -> Option<Money> {
        self.ledger.cost()
    }
}

/// What a provider said about its rate limits with a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RateLimits {
    /// The limit on requests.
    pub requests: Option<RateLimit>,
    /// The limit on tokens, or on input tokens where they are counted apart.
    pub tokens: Option<RateLimit>,
    /// The limit on output tokens, where they are counted apart.
    pub output_tokens: Option<RateLimit>,
}

/// One rate limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many a window has.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// How long until the window is full again, from the reply on.
    pub reset: Option<Duration>,
}

impl Reply for ChatResponse {
    fn meta(&self) -> &ReplyMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ReplyMeta {
        &mut self.meta
    }

    fn poll_commit(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(if self.is_empty() {
            Err(empty_reply(&self.meta))
        } else {
            Ok(())
        })
    }

    fn hold<G: ReplyGuard>(self, mut guard: G) -> Self {
        guard.finish(ReplyEnd::Complete {
            usage: self.usage,
            finish: self.finish(),
        });
        self
    }

    fn map_events<F>(self, _wrap: F) -> Self
    where
        F: FnOnce(EventStream) -> EventStream,
    {
        self
    }
}

impl Reply for EmbeddingResponse {
    fn meta(&self) -> &ReplyMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ReplyMeta {
        &mut self.meta
    }

    fn poll_commit(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(if self.embeddings.is_empty() {
            Err(empty_reply(&self.meta))
        } else {
            Ok(())
        })
    }

    fn hold<G: ReplyGuard>(self, mut guard: G) -> Self {
        guard.finish(ReplyEnd::Complete {
            usage: self.embeddings.usage,
            finish: None,
        });
        self
    }

    fn map_events<F>(self, _wrap: F) -> Self
    where
        F: FnOnce(EventStream) -> EventStream,
    {
        self
    }
}

impl Reply for CountResponse {
    fn meta(&self) -> &ReplyMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ReplyMeta {
        &mut self.meta
    }

    fn poll_commit(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    /// The tokens were counted and not used.
    fn hold<G: ReplyGuard>(self, mut guard: G) -> Self {
        guard.finish(ReplyEnd::Complete {
            usage: Usage::default(),
            finish: None,
        });
        self
    }

    fn map_events<F>(self, _wrap: F) -> Self
    where
        F: FnOnce(EventStream) -> EventStream,
    {
        self
    }
}

/// The error of a reply that says nothing.
pub(crate) fn empty_reply(meta: &ReplyMeta) -> Error {
    Error::new(ErrorKind::EmptyReply)
        .with_target(meta.target.clone())
        .with_request_id(meta.request_id.clone())
        .with_phase(Phase::BeforeCommit)
        .with_sent(Sent::Yes)
}
