//! The client's side.

use bytes::Bytes;
use outlast_types::{ChatRequest, Error, ErrorKind, Mode, Protocol};

use super::{Dialect, PROTOCOL};
use crate::{ClientCodec, Decoder, EncodeOptions, Encoded, ErrorReply, Events};

/// Speaks Messages to a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnthropicMessages {
    dialect: Option<Dialect>,
}

impl AnthropicMessages {
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

impl ClientCodec for AnthropicMessages {
    type Decoder = MessagesDecoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, _: &ChatRequest, _: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        Err(Error::new(ErrorKind::Unsupported))
    }

    fn decoder(&self, _: Mode) -> MessagesDecoder {
        MessagesDecoder { _private: () }
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        Error::new(ErrorKind::Server).with_status(reply.status)
    }
}

/// Reads the body of one Messages reply.
#[derive(Debug)]
pub struct MessagesDecoder {
    _private: (),
}

impl Decoder for MessagesDecoder {
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
