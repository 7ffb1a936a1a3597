//! The client's side.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::platform::{Platform, Purpose};
use super::{Dialect, MessagesDecoder, PROTOCOL, encode, error};
use crate::gemini::Gemini;
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Messages to a provider.
///
/// # Examples
///
/// ```
/// use outlast_types::{ChatRequest, Mode};
/// use outlast_wire::anthropic::AnthropicMessages;
/// use outlast_wire::{ClientCodec, EncodeOptions};
///
/// let request = ChatRequest::user("Why keep a second provider?").with_max_output_tokens(200);
/// let options = EncodeOptions { model: "claude-haiku-4-5", mode: Mode::Unary, provider: "anthropic" };
/// let encoded = AnthropicMessages::new().encode(&request, &options)?;
///
/// assert_eq!(encoded.request.uri(), "/messages");
/// assert_eq!(
///     encoded.request.body(),
///     r#"{"model":"claude-haiku-4-5","max_tokens":200,"messages":[{"role":"user","content":"Why keep a second provider?"}]}"#,
/// );
/// assert!(encoded.adaptations.is_empty());
/// # Ok::<(), outlast_types::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnthropicMessages {
    platform: Platform,
    dialect: Option<Dialect>,
}

impl AnthropicMessages {
    /// Makes a codec that speaks to each model in the dialect its name tells.
    pub const fn new() -> Self {
        Self::at(Platform::Anthropic)
    }

    /// Makes a codec for Claude on Google's [Vertex AI](Platform::Vertex).
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

impl ClientCodec for AnthropicMessages {
    type Decoder = ChatDecoder<MessagesDecoder>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options, self, Purpose::Answer(options.mode))
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, MessagesDecoder::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        // Vertex AI itself refuses in Google's form what it does not pass on.
        if self.platform == Platform::Vertex && !error::is_own(reply.body) {
            return Gemini::vertex().read_error(reply);
        }
        error::read(reply)
    }
}
