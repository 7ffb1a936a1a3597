//! The client's side.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{Dialect, GeminiFrames, PROTOCOL, encode, error};
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Gemini's format to a provider.
///
/// The path is `/models/{model}:generateContent`, or `:streamGenerateContent?alt=sse`: the account's base URL is
/// `https://generativelanguage.googleapis.com/v1beta` or, at Vertex AI,
/// `https://{host}/v1/projects/{project}/locations/{location}/publishers/google`. A model's name may say more than the
/// model: `models/x`, `google/x` and `publishers/google/models/x` are `x`, and `tunedModels/x` or `endpoints/x` is a path of its own.
///
/// Replies are the same at both; how tokens are counted and texts are embedded is not: [`Gemini::vertex`] is for
/// Vertex AI.
///
/// # Examples
///
/// ```
/// use outlast_types::{ChatRequest, Mode};
/// use outlast_wire::gemini::Gemini;
/// use outlast_wire::{ClientCodec, EncodeOptions};
///
/// let request = ChatRequest::user("Why keep a second provider?").with_max_output_tokens(200);
/// let options = EncodeOptions { model: "gemini-2.5-flash", mode: Mode::Stream, provider: "gemini" };
/// let encoded = Gemini::new().encode(&request, &options)?;
///
/// assert_eq!(encoded.request.uri(), "/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
/// assert_eq!(
///     encoded.request.body(),
///     r#"{"contents":[{"role":"user","parts":[{"text":"Why keep a second provider?"}]}],"generationConfig":{"maxOutputTokens":200}}"#,
/// );
/// assert!(encoded.adaptations.is_empty());
/// # Ok::<(), outlast_types::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gemini {
    platform: Platform,
    dialect: Option<Dialect>,
}

/// Where Google's models are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// The Gemini API.
    #[default]
    GeminiApi,
    /// Vertex AI.
    Vertex,
}

impl Gemini {
    /// Makes a codec for the Gemini API that speaks to each model in the dialect its name tells.
    pub const fn new() -> Self {
        Self::at(Platform::GeminiApi)
    }

    /// Makes a codec for Vertex AI.
    pub const fn vertex() -> Self {
        Self::at(Platform::Vertex)
    }

    /// Makes a codec for a platform.
    pub const fn at(platform: Platform) -> Self {
        Self {
            platform,
            dialect: None,
        }
    }

    /// Speaks `dialect` to all models.
    pub const fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Returns where it speaks.
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    pub(super) fn dialect_for(&self, model: &str) -> Dialect {
        self.dialect.unwrap_or_else(|| Dialect::of_model(model))
    }
}

impl ClientCodec for Gemini {
    type Decoder = ChatDecoder<GeminiFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options, self.dialect_for(options.model))
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, GeminiFrames::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
