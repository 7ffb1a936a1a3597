//! Asks providers.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{ChatFrames, Dialect, PROTOCOL, encode, error};
use crate::{ChatDecoder, ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Chat Completions to a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenAiChat {
    dialect: Dialect,
}

impl OpenAiChat {
    /// Speaks `dialect`.
    pub const fn new(dialect: Dialect) -> Self {
        Self { dialect }
    }

    /// Returns the dialect it speaks.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }
}

impl ClientCodec for OpenAiChat {
    type Decoder = ChatDecoder<ChatFrames>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options, self.dialect)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        ChatDecoder::new(mode, ChatFrames::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
