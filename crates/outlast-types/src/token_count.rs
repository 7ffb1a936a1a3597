//! How many tokens a request has, as its provider counts them.

use crate::{ChatRequest, Extra, ReplyMeta};

/// Asks a provider how many input tokens a chat request has.
///
/// A type of its own, so that it cannot be taken for the request itself.
#[derive(Clone, Debug, Default)]
pub struct CountRequest(pub ChatRequest);

/// How many tokens a request has.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TokenCount {
    /// All its input tokens, those that would come from a cache included.
    pub input: u64,
    /// Fields of the reply that the vocabulary has no name for.
    pub extra: Option<Extra>,
}

/// A whole reply.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CountResponse {
    /// How many there are.
    pub count: TokenCount,
    /// Who counted, and how it came to that.
    pub meta: ReplyMeta,
}

impl CountResponse {
    /// Makes a reply of `count` with the facts in `meta`.
    pub fn new(count: TokenCount, meta: ReplyMeta) -> Self {
        Self { count, meta }
    }

    /// Returns how many input tokens the request has.
    pub fn input(&self) -> u64 {
        self.count.input
    }

    /// Returns who counted, and how it came to that.
    pub fn meta(&self) -> &ReplyMeta {
        &self.meta
    }
}

impl TokenCount {
    /// Counts `input` tokens.
    pub fn new(input: u64) -> Self {
        Self { input, extra: None }
    }
}

impl From<ChatRequest> for CountRequest {
    fn from(request: ChatRequest) -> Self {
        Self(request)
    }
}
