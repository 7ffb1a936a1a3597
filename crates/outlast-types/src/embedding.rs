//! Texts as vectors.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

use crate::{CallContext, Extra, Opaque, RawJson, ReplyMeta, Usage};

/// Asks a model for the vectors of some inputs.
///
/// Like a [`ChatRequest`](crate::ChatRequest) it is a shared [`EmbeddingBody`] and the [`CallContext`] of one call:
/// cloning it for another attempt copies a few pointers. Vectors of two models must never be compared, so a route for
/// embeddings leads to targets of one model.
///
/// # Examples
///
/// ```
/// use outlast_types::EmbeddingRequest;
///
/// let request = EmbeddingRequest::of(["first text", "second text"])
///     .with_model("text-embedding-3-small")
///     .with_dimensions(256);
/// assert_eq!(request.inputs.len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct EmbeddingRequest {
    body: Arc<EmbeddingBody>,
    /// What belongs to this call: deadline, ledger, id.
    pub context: CallContext,
}

/// The inputs and how to turn them into vectors.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EmbeddingBody {
    /// The model, or the name of a route; a target puts its own model's name in its place.
    pub model: String,
    /// The inputs; each becomes one vector.
    pub inputs: Vec<EmbeddingInput>,
    /// How many numbers a vector is to have; `None` is the model's own count.
    pub dimensions: Option<u32>,
    /// Further fields by provider name, or `"*"` for all: a target is sent its own section only.
    pub provider_options: BTreeMap<String, BTreeMap<String, RawJson>>,
    /// Fields of the protocol the request came in.
    pub extra: Option<Extra>,
}

/// What becomes one vector.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EmbeddingInput {
    /// Text.
    Text(String),
    /// Text as the model's own tokens.
    Tokens(Vec<u32>),
    /// An input that only its own protocol understands, such as a picture.
    Opaque(Opaque),
}

/// A whole reply.
#[derive(Clone, Debug)]
pub struct EmbeddingResponse {
    /// What the model made of the inputs.
    pub embeddings: Embeddings,
    /// Who served it, and how it came to that.
    pub meta: ReplyMeta,
}

/// The vectors of some inputs.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Embeddings {
    /// One vector for each input, in the order of the inputs.
    pub vectors: Vec<Vec<f32>>,
    /// The model that made them, as the provider names it.
    pub model: Option<String>,
    /// Its tokens; zero where the provider did not say.
    pub usage: Usage,
    /// Its token counts as the provider wrote them.
    pub raw_usage: Option<Opaque>,
    /// Fields of the reply that the vocabulary has no name for.
    pub extra: Option<Extra>,
    /// The body as it was received.
    pub raw: Bytes,
}

impl EmbeddingRequest {
    /// Makes a request without an input yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the vectors of `inputs`.
    pub fn of<I>(inputs: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<EmbeddingInput>,
    {
        Self::from_body(EmbeddingBody {
            inputs: inputs.into_iter().map(Into::into).collect(),
            ..EmbeddingBody::default()
        })
    }

    /// Wraps a body.
    pub fn from_body(body: EmbeddingBody) -> Self {
        Self {
            body: Arc::new(body),
            context: CallContext::default(),
        }
    }

    /// Returns the body for changing; copies it first if another clone of this request still holds it.
    pub fn body_mut(&mut self) -> &mut EmbeddingBody {
        Arc::make_mut(&mut self.body)
    }

    /// Returns the shared body.
    pub fn body(&self) -> &Arc<EmbeddingBody> {
        &self.body
    }

    /// Names the model or route.
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.body_mut().model = model.into();
        self
    }

    /// Adds an input at the end.
    pub fn with_input(mut self, input: impl Into<EmbeddingInput>) -> Self {
        self.body_mut().inputs.push(input.into());
        self
    }

    /// Says how many numbers a vector is to have.
    pub fn with_dimensions(mut self, dimensions: u32) -> Self {
        self.body_mut().dimensions = Some(dimensions);
        self
    }
}

impl Deref for EmbeddingRequest {
    type Target = EmbeddingBody;

    fn deref(&self) -> &EmbeddingBody {
        &self.body
    }
}

impl From<&str> for EmbeddingInput {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for EmbeddingInput {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u32>> for EmbeddingInput {
    fn from(tokens: Vec<u32>) -> Self {
        Self::Tokens(tokens)
    }
}

impl EmbeddingResponse {
    /// Makes a reply of `embeddings` with the facts in `meta`.
    pub fn new(embeddings: Embeddings, meta: ReplyMeta) -> Self {
        Self { embeddings, meta }
    }

    /// Returns one vector for each input, in the order of the inputs.
    pub fn vectors(&self) -> &[Vec<f32>] {
        &self.embeddings.vectors
    }

    /// Returns who served the reply, and how it came to that.
    pub fn meta(&self) -> &ReplyMeta {
        &self.meta
    }
}

impl Embeddings {
    /// Wraps `vectors`.
    pub fn new(vectors: Vec<Vec<f32>>) -> Self {
        Self {
            vectors,
            ..Self::default()
        }
    }

    /// Tells whether they say nothing: there is no vector, or one without a number.
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty() || self.vectors.iter().any(Vec::is_empty)
    }
}
