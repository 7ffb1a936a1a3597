//! The server's side.

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, Mode, Protocol};

use super::{ConverseEncoder, ModelPath, Operation, PROTOCOL, error, request, response};
use crate::{Incoming, ServerCodec};

/// Answers a caller in Converse or ConverseStream.
///
/// The request's path names the model and says whether the reply is to come as a stream, so that each path has its codec.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use outlast_types::{Error, Mode};
/// use outlast_wire::ServerCodec;
/// use outlast_wire::bedrock::BedrockServer;
///
/// let server = BedrockServer::for_path("/model/amazon.nova-lite-v1%3A0/converse-stream").unwrap();
/// let body = r#"{"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}"#;
/// let incoming = server.decode_request(&Bytes::from_static(body.as_bytes()))?;
/// assert_eq!((incoming.mode, &*incoming.request.model), (Mode::Stream, "amazon.nova-lite-v1:0"));
///
/// let error = server.decode_request(&Bytes::from_static(b"{}")).unwrap_err();
/// let reply = server.encode_error(&error);
/// assert_eq!(reply.status(), 400);
/// assert_eq!(reply.headers()["x-amzn-errortype"], "ValidationException");
/// assert!(BedrockServer::for_path("/v1/messages").is_none());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BedrockServer {
    model: String,
    mode: Mode,
}

impl BedrockServer {
    /// Makes a codec for the requests of one path; `None` if it asks for something else than an answer in this format.
    pub fn for_path(path: &str) -> Option<Self> {
        let path = ModelPath::parse(path)?;
        let mode = match path.operation() {
            Operation::Converse => Mode::Unary,
            Operation::ConverseStream => Mode::Stream,
            _ => return None,
        };
        Some(Self {
            model: path.model().to_owned(),
            mode,
        })
    }
}

impl ServerCodec for BedrockServer {
    type Encoder = ConverseEncoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn stream_media_type(&self) -> &'static str {
        "application/vnd.amazon.eventstream"
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        let body = request::read(body, &self.model)
            .map_err(|error| error.into_error(ErrorKind::InvalidRequest))?;
        Ok(Incoming {
            request: ChatRequest::from_body(body),
            mode: self.mode,
        })
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        response::write(response)
    }

    fn encoder(&self, _request: &ChatRequest) -> ConverseEncoder {
        ConverseEncoder::default()
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        error::write(error)
    }
}
