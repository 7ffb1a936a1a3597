//! Asks providers.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{PROTOCOL, ResponsesFrames, request_out};
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply, openai};

/// Speaks Responses to a provider.
///
/// # Examples
///
/// ```
/// use outlast_types::{ChatRequest, Mode};
/// use outlast_wire::responses::OpenAiResponses;
/// use outlast_wire::{ClientCodec, EncodeOptions};
///
/// let request = ChatRequest::user("Why keep a second provider?").with_system("Be brief.");
/// let options = EncodeOptions { model: "gpt-5-mini", mode: Mode::Unary, provider: "openai" };
/// let encoded = OpenAiResponses::new().encode(&request, &options)?;
///
/// assert_eq!(encoded.request.uri(), "/responses");
/// assert_eq!(
///     encoded.request.body(),
///     concat!(
///         r#"{"model":"gpt-5-mini","instructions":"Be brief.","#,
///         r#""input":[{"role":"user","content":"Why keep a second provider?"}]}"#,
///     )
/// );
/// # Ok::<(), outlast_types::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenAiResponses;

impl OpenAiResponses {
    /// Makes a codec.
    pub const fn new() -> Self {
        Self
    }
}

impl ClientCodec for OpenAiResponses {
    type Decoder = ChatDecoder<ResponsesFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        request_out::encode(request, options)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, ResponsesFrames::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        openai::error::read(reply)
    }
}
