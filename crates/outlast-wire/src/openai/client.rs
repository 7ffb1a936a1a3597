//! The client's side.

use bytes::Bytes;
use outlast_types::{ChatRequest, Error, ErrorKind, Mode, Protocol};

use super::{Dialect, PROTOCOL};
use crate::{ClientCodec, Decoder, EncodeOptions, Encoded, ErrorReply, Events};

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
    type Decoder = ChatDecoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, _: &ChatRequest, _: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        Err(Error::new(ErrorKind::Unsupported))
    }

    fn decoder(&self, _: Mode) -> ChatDecoder {
        ChatDecoder { _private: () }
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        Error::new(ErrorKind::Server).with_status(reply.status)
    }
}

/// Reads the body of one Chat Completions reply.
#[derive(Debug)]
pub struct ChatDecoder {
    _private: (),
}

impl Decoder for ChatDecoder {
    fn push(&mut self, _: Bytes, _: &mut Events) -> Result<(), Error> {
        Ok(())
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        Err(Error::new(ErrorKind::StreamBroken))
    }

    fn is_done(&self) -> bool {
        false
    }
}
