//! Asks providers.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{CompletionFrames, PROTOCOL, encode};
use crate::openai::error;
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Completions to a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completions;

impl Completions {
    /// Makes a codec.
    pub const fn new() -> Self {
        Self
    }
}

impl ClientCodec for Completions {
    type Decoder = ChatDecoder<CompletionFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, CompletionFrames::default())
    }

    /// Reads the errors of Chat Completions, which are those of this format too.
    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
