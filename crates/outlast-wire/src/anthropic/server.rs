//! The server's side.

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, Error, Protocol};

use super::{MessagesEncoder, PROTOCOL, error, request, response};
use crate::{Incoming, ServerCodec};

/// Answers a caller in Messages.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use outlast_types::{Error, ErrorKind, Mode};
/// use outlast_wire::ServerCodec;
/// use outlast_wire::anthropic::AnthropicServer;
///
/// let server = AnthropicServer::new();
/// let body = r#"{"model": "default", "max_tokens": 9, "stream": true, "messages": [{"role": "user", "content": "Hi"}]}"#;
/// let incoming = server.decode_request(&Bytes::from_static(body.as_bytes()))?;
/// assert_eq!((incoming.mode, incoming.request.last_user_text()), (Mode::Stream, "Hi".to_owned()));
///
/// let error = server.decode_request(&Bytes::from_static(b"{}")).unwrap_err();
/// assert_eq!(error.message(), Some("model: required field is missing"));
/// assert_eq!(server.encode_error(&error).status(), 400);
/// # Ok::<(), Error>(())
/// ```
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

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        Ok(request::read(body)?)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        response::write(response)
    }

    fn encoder(&self, request: &ChatRequest) -> MessagesEncoder {
        MessagesEncoder::new(request)
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        error::write(error)
    }
}
