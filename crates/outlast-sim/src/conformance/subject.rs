//! The adapter under test.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use outlast_types::{ChatRequest, ChatResponse, ChatStream, Error, StreamRequest};
use tower_service::Service;

use super::Wire;
use crate::Api;

/// Something that not every provider has, or not every format can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Pictures in a message.
    Images,
    /// Documents in a message.
    Documents,
    /// A tool that must be called.
    ForcedTools,
    /// Ids of tool calls that go back as they came: not where they must have a form that the simulated provider's lack.
    CallIds,
    /// Several tools called in one turn.
    ParallelTools,
    /// Answers that follow a JSON schema.
    JsonSchema,
    /// Reasoning that comes with the answer.
    Reasoning,
    /// Reasoning of an earlier turn that is sent back.
    ReasoningGoesBack,
    /// Signatures of reasoning, without which it is not taken back.
    Signatures,
    /// What the format cannot carry, treated as the call asks
    /// ([`OnUnsupported`](outlast_types::OnUnsupported)).
    Adaptations,
    /// Texts at which the answer ends.
    StopSequences,
    /// Token counts in a stream: not where a provider sends them unasked, which the simulated one does not.
    StreamUsage,
    /// Events of a stream that nobody knows and that reach the caller all the same.
    UnknownEvents,
    /// Fields of a reply that nobody knows and that reach the caller all the same.
    UnknownFields,
    /// The vendor's own way to say how long to wait.
    RetryHint,
    /// The id of a call in a header of its reply.
    RequestId,
    /// Rate limits in the headers of a reply.
    RateLimits,
}

type Answer<R> = Pin<Box<dyn Future<Output = Result<R, Error>> + Send>>;
type Ask<Q, R> = Arc<dyn Fn(Q) -> Answer<R> + Send + Sync>;

/// The two services of an adapter, each call on a clone.
#[derive(Clone)]
pub(super) struct Services {
    pub(super) chat: Ask<ChatRequest, ChatResponse>,
    pub(super) stream: Ask<StreamRequest, ChatStream>,
}

/// An adapter under test: its format, how to make it, and what is known of its provider.
#[derive(Clone)]
pub struct Subject {
    api: Api,
    build: Arc<dyn Fn(Wire) -> Services + Send + Sync>,
    key: Option<String>,
    provider: Option<String>,
    lacking: Vec<Feature>,
}

impl Subject {
    /// Describes an adapter that speaks `api`. `build` makes its two services over an HTTP service.
    pub fn new<C, S>(api: Api, build: impl Fn(Wire) -> (C, S) + Send + Sync + 'static) -> Self
    where
        C: Service<ChatRequest, Response = ChatResponse, Error = Error>
            + Clone
            + Send
            + Sync
            + 'static,
        C::Future: Send + 'static,
        S: Service<StreamRequest, Response = ChatStream, Error = Error>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let build = move |wire| {
            let (chat, stream) = build(wire);
            Services {
                chat: ask(chat),
                stream: ask(stream),
            }
        };
        Self {
            api,
            build: Arc::new(build),
            key: None,
            provider: None,
            lacking: Vec::new(),
        }
    }

    /// Names the key that the adapter sends: the simulated provider lets nobody else in, and it must show nowhere.
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Names the section of `provider_options` that is the provider's own.
    pub fn with_provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Says that the provider or its format lacks something.
    pub fn lacking(mut self, feature: Feature) -> Self {
        self.lacking.push(feature);
        self
    }

    /// Returns the format it speaks.
    pub fn api(&self) -> Api {
        self.api
    }

    pub(super) fn lacks(&self, feature: Feature) -> bool {
        self.lacking.contains(&feature)
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(super) fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    pub(super) fn build(&self, wire: Wire) -> Services {
        (self.build)(wire)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("api", &self.api)
            .field("provider", &self.provider)
            .field("lacking", &self.lacking)
            .finish_non_exhaustive()
    }
}

fn ask<Q, T>(service: T) -> Ask<Q, T::Response>
where
    Q: Send + 'static,
    T: Service<Q, Error = Error> + Clone + Send + Sync + 'static,
    T::Future: Send + 'static,
    T::Response: Send + 'static,
{
    Arc::new(move |request| {
        let mut service = service.clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(request).await
        })
    })
}
