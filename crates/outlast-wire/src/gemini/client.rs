//! The client's side.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{Dialect, GeminiFrames, PROTOCOL, encode, error};
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Gemini's format to a provider.
///
/// The path is `/models/{model}:generateContent`, or `:streamGenerateContent?alt=sse`: the account's base URL is
/// `https://generativelanguage.googleapis.com/v1beta` or, at Vertex AI,
/// `https://{host}/v1/projects/{project}/locations/{location}/publishers/google`. A model's name may say more than the
/// model: `models/x` and `publishers/google/models/x` are `x`, and `tunedModels/x` or `endpoints/x` is a path of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gemini {
    dialect: Option<Dialect>,
}

impl Gemini {
    /// Makes a codec that speaks to each model in the dialect its name tells.
    pub const fn new() -> Self {
        Self { dialect: None }
    }

    /// Speaks `dialect` to all models.
    pub const fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }
}

impl ClientCodec for Gemini {
    type Decoder = ChatDecoder<GeminiFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        let dialect = self
            .dialect
            .unwrap_or_else(|| Dialect::of_model(options.model));
        encode::encode(request, options, dialect)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, GeminiFrames::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
