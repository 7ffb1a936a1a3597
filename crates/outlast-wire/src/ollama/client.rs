//! Asks an Ollama server.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{OllamaFrames, PROTOCOL, encode};
use crate::ndjson::LineDecoder;
use crate::openai::error;
use crate::{ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Ollama's own chat format to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OllamaChat;

impl OllamaChat {
    /// Makes a codec.
    pub const fn new() -> Self {
        Self
    }
}

impl ClientCodec for OllamaChat {
    type Decoder = LineDecoder<OllamaFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        LineDecoder::new(mode, OllamaFrames::default())
    }

    /// Reads `{"error": "words"}`, one of the shapes that OpenAI-compatible providers send too.
    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
