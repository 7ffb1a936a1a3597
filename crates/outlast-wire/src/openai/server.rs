//! The server's side.

use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, Protocol, StreamEvent};

use super::PROTOCOL;
use crate::{Incoming, ServerCodec, StreamEncoder};

/// Answers a caller in Chat Completions.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenAiServer {
    clock: Option<fn() -> SystemTime>,
}

impl OpenAiServer {
    /// Makes a codec without a clock: `created` is 0 where the provider gave no time.
    pub const fn new() -> Self {
        Self { clock: None }
    }

    /// Takes the time for `created` from `clock` where the provider gave none.
    pub const fn with_clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.clock = Some(clock);
        self
    }
}

impl ServerCodec for OpenAiServer {
    type Encoder = ChatEncoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn decode_request(&self, _: &Bytes) -> Result<Incoming, Error> {
        Err(Error::new(ErrorKind::InvalidRequest))
    }

    fn encode_response(&self, _: &ChatResponse) -> Bytes {
        Bytes::new()
    }

    fn encoder(&self, _: &ChatRequest) -> ChatEncoder {
        ChatEncoder { _private: () }
    }

    fn encode_error(&self, _: &Error) -> http::Response<Bytes> {
        http::Response::new(Bytes::new())
    }
}

/// Writes the chunks of one streamed reply.
#[derive(Debug)]
pub struct ChatEncoder {
    _private: (),
}

impl StreamEncoder for ChatEncoder {
    fn event(&mut self, _: &StreamEvent, _: &mut BytesMut) {}

    fn error(&mut self, _: &Error, _: &mut BytesMut) {}

    fn end(&mut self, _: &mut BytesMut) {}
}
