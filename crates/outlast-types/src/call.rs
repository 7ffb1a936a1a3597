//! What a layer may know of any request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{
    ChatRequest, CountRequest, EmbeddingRequest, Ledger, Message, OnUnsupported, StreamRequest,
    TargetId,
};

/// Is implemented by the request of each kind of service, so that a layer is written once for all of them.
pub trait Call: Clone + Send + Sync + 'static {
    /// Whether the reply comes as a stream.
    const MODE: Mode;

    /// What is asked for, as spans and metrics name it: `chat` unless it is something else.
    const OPERATION: &'static str = "chat";

    /// Returns the name of the model or route that is asked.
    fn model(&self) -> &str;

    /// Returns the context of the call.
    fn context(&self) -> &CallContext;

    /// Returns the context of the call for changing.
    fn context_mut(&mut self) -> &mut CallContext;

    /// Returns the chat request in it; `None` if it asks for something else.
    fn chat(&self) -> Option<&ChatRequest> {
        None
    }

    /// Returns the chat request in it for changing.
    fn chat_mut(&mut self) -> Option<&mut ChatRequest> {
        None
    }
}

impl Call for ChatRequest {
    const MODE: Mode = Mode::Unary;

    fn model(&self) -> &str {
        &self.model
    }

    fn context(&self) -> &CallContext {
        &self.context
    }

    fn context_mut(&mut self) -> &mut CallContext {
        &mut self.context
    }

    fn chat(&self) -> Option<&ChatRequest> {
        Some(self)
    }

    fn chat_mut(&mut self) -> Option<&mut ChatRequest> {
        Some(self)
    }
}

impl Call for StreamRequest {
    const MODE: Mode = Mode::Stream;

    fn model(&self) -> &str {
        &self.0.model
    }

    fn context(&self) -> &CallContext {
        &self.0.context
    }

    fn context_mut(&mut self) -> &mut CallContext {
        &mut self.0.context
    }

    fn chat(&self) -> Option<&ChatRequest> {
        Some(&self.0)
    }

    fn chat_mut(&mut self) -> Option<&mut ChatRequest> {
        Some(&mut self.0)
    }
}

impl Call for EmbeddingRequest {
    const MODE: Mode = Mode::Unary;
    const OPERATION: &'static str = "embeddings";

    fn model(&self) -> &str {
        &self.model
    }

    fn context(&self) -> &CallContext {
        &self.context
    }

    fn context_mut(&mut self) -> &mut CallContext {
        &mut self.context
    }
}

impl Call for CountRequest {
    const MODE: Mode = Mode::Unary;
    const OPERATION: &'static str = "count_tokens";

    fn model(&self) -> &str {
        &self.0.model
    }

    fn context(&self) -> &CallContext {
        &self.0.context
    }

    fn context_mut(&mut self) -> &mut CallContext {
        &mut self.0.context
    }
}

/// How a reply comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As one body.
    Unary,
    /// As a stream of events.
    Stream,
}

/// What belongs to one call: shared by all its attempts, gone when it is over.
///
/// A clone shares the ledger. Whoever starts a call of its own from a used request takes a fresh context first
/// ([`CallContext::default`]); `outlast`'s client does.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallContext {
    /// The id the caller knows this call by.
    pub request_id: Option<Arc<str>>,
    /// When the whole call must be over, every attempt and wait included.
    ///
    /// It is an instant of the runtime's clock (`tokio::time::Instant::into_std`), so that a paused clock moves it.
    pub deadline: Option<Instant>,
    /// What was tried so far.
    pub ledger: Ledger,
    /// What becomes of what a target cannot carry; `None` leaves it to the policy.
    pub on_unsupported: Option<OnUnsupported>,
    /// The number of the ledger's entry for the attempt this request is part of; set on its way to the provider, so
    /// that whoever is further in can note adaptations or cost with [`Ledger::update`].
    pub attempt: Option<usize>,
    /// Set when the caller already has the beginning of the answer.
    pub continuation: Option<Continuation>,
    /// How much of the time until the deadline an attempt leaves for other targets; zero where there is none to ask.
    pub reserve: Duration,
    /// Whether the call does something in the world that must not happen twice, as a provider's own tools do. It is then
    /// asked of nobody else, and not again, once the provider may have had it; and it is not hedged.
    pub side_effects: bool,
    /// Values of layers that are not ours.
    pub extensions: http::Extensions,
}

impl CallContext {
    /// Tells whether this attempt goes to another account than the call's first one.
    ///
    /// What only one account can make sense of (encrypted reasoning, ids of what is stored there) is taken to be the first
    /// one's, unless a message names its [`author`](crate::Message::author).
    pub fn has_moved(&self) -> bool {
        self.places()
            .is_some_and(|(first, here)| first.account() != here.account())
    }

    /// Tells whether `message` was written at another account than the one this attempt goes to.
    pub fn is_from_elsewhere(&self, message: &Message) -> bool {
        self.places().is_some_and(|(first, here)| {
            let author = message.author.as_ref().unwrap_or(&first);
            author.account() != here.account()
        })
    }

    fn places(&self) -> Option<(TargetId, TargetId)> {
        self.ledger.first_and(self.attempt?)
    }
}

/// The beginning of an answer that the caller already has; the target is to go on exactly after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Continuation {
    /// The text so far; never empty.
    pub text: Arc<str>,
}

impl Continuation {
    /// Asks to go on after `text`.
    pub fn after(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into() }
    }
}
