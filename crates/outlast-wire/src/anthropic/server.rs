//! The server's side.

use bytes::{Bytes, BytesMut};
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, Protocol, StreamEvent};

use super::PROTOCOL;
use crate::{Incoming, ServerCodec, StreamEncoder};

/// Answers a caller in Messages.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct AnthropicServer;

impl AnthropicServer {
    /// Makes a codec.
    pub const fn new() -> Self {
        Self
    }
}

impl ServerCodec for AnthropicServer {
    type Encoder = MessagesEncoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn decode_request(&self, _: &Bytes) -> Result<Incoming, Error> {
        Err(Error::new(ErrorKind::InvalidRequest))
    }

    fn encode_response(&self, _: &ChatResponse) -> Bytes {
        Bytes::new()
    }

    fn encoder(&self, _: &ChatRequest) -> MessagesEncoder {
        MessagesEncoder { _private: () }
    }

    fn encode_error(&self, _: &Error) -> http::Response<Bytes> {
        http::Response::new(Bytes::new())
    }
}

/// Writes the events of one streamed reply.
#[derive(Debug)]
pub struct MessagesEncoder {
    _private: (),
}

impl StreamEncoder for MessagesEncoder {
    fn event(&mut self, _: &StreamEvent, _: &mut BytesMut) {}

    fn error(&mut self, _: &Error, _: &mut BytesMut) {}

    fn end(&mut self, _: &mut BytesMut) {}
}
