//! The server's side.

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, CountRequest, Error, Mode, Protocol};

use super::{GeminiEncoder, PROTOCOL, error, path, request, response};
use crate::json::{FieldError, Object};
use crate::{Incoming, ServerCodec};

/// The field of `countTokens` that has a whole request.
const WHOLE_REQUEST: &str = "generateContentRequest";

/// Answers a caller in Gemini's format, on one path: that says which model is asked and whether for a stream.
///
/// A request that is decoded here and encoded by [`Gemini`](super::Gemini) again leaves as it came, unknown fields and
/// the spelling of names included. A streamed reply is written as events, as for `alt=sse`.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use outlast_types::{Error, Mode};
/// use outlast_wire::ServerCodec;
/// use outlast_wire::gemini::GeminiServer;
///
/// let server = GeminiServer::for_path("/v1beta/models/default:streamGenerateContent?alt=sse").unwrap();
/// let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}"#;
/// let incoming = server.decode_request(&Bytes::from_static(body.as_bytes()))?;
/// assert_eq!((incoming.mode, incoming.request.last_user_text()), (Mode::Stream, "Hi".to_owned()));
/// assert_eq!(incoming.request.model, "default");
///
/// let error = server.decode_request(&Bytes::from_static(b"{}")).unwrap_err();
/// assert_eq!(error.message(), Some("contents: required field is missing"));
/// assert_eq!(server.encode_error(&error).status(), 400);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeminiServer {
    model: String,
    mode: Mode,
}

impl GeminiServer {
    /// Makes a codec for the path of a request, with or without its query; `None` if it asks for no reply.
    ///
    /// What stands before the model is not looked at: `/v1beta/models/x:generateContent` and Vertex AI's
    /// `/v1/projects/p/locations/l/publishers/google/models/x:generateContent` ask the same.
    pub fn for_path(path: &str) -> Option<Self> {
        let (model, mode) = path::read(path)?;
        Some(Self { model, mode })
    }

    /// Makes a codec for requests to `model` that were found to be such otherwise.
    pub fn new(model: impl Into<String>, mode: Mode) -> Self {
        let model = model.into();
        Self { model, mode }
    }

    /// Reads a caller's `countTokens`: contents alone, or within `generateContentRequest` all that would be sent.
    pub fn decode_count(&self, body: &Bytes) -> Result<CountRequest, Error> {
        let mut fields = Object::read(body)?;
        let whole = fields.take_raw(WHOLE_REQUEST);
        let whole = whole.map(|raw| Bytes::copy_from_slice(raw.get().as_bytes()));
        let request = request::read(whole.as_ref().unwrap_or(body), &self.model);
        let within = |error: FieldError| match &whole {
            Some(_) => error.within(WHOLE_REQUEST),
            None => error,
        };
        Ok(CountRequest(request.map_err(within)?))
    }

    /// Returns the model that is asked.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns whether the reply is to come as a stream.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

impl ServerCodec for GeminiServer {
    type Encoder = GeminiEncoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        let request = request::read(body, &self.model)?;
        let mode = self.mode;
        Ok(Incoming { request, mode })
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        response::write(response, &self.model)
    }

    fn encoder(&self, request: &ChatRequest) -> GeminiEncoder {
        GeminiEncoder::new(request)
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        error::write(error)
    }
}
