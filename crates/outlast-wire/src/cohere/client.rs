//! Asks Cohere.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{CohereFrames, PROTOCOL, encode, error};
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Cohere's chat format to a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CohereChat;

impl CohereChat {
    /// Makes a codec.
    pub const fn new() -> Self {
        Self
    }
}

impl ClientCodec for CohereChat {
    type Decoder = ChatDecoder<CohereFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, CohereFrames::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
