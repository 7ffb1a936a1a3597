//! Answers callers.

use std::time::SystemTime;

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, Error, Protocol};

use super::stream_out::ResponsesEncoder;
use super::{PROTOCOL, request_in, response_out};
use crate::{Incoming, ServerCodec, openai};

/// Answers a caller in Responses.
///
/// A request that is decoded here and encoded by [`OpenAiResponses`](super::OpenAiResponses) again leaves as it came,
/// unknown fields and items included. Nothing is stored here: `previous_response_id` and `conversation` mean something to
/// the provider that made them only.
///
/// # Examples
///
/// ```
/// use outlast_types::Mode;
/// use outlast_wire::ServerCodec;
/// use outlast_wire::responses::ResponsesServer;
///
/// let body = br#"{"model": "default", "stream": true, "input": "Hi"}"#;
/// let incoming = ResponsesServer::new().decode_request(&body.as_slice().into())?;
/// assert_eq!((incoming.request.last_user_text().as_str(), incoming.mode), ("Hi", Mode::Stream));
///
/// let body = br#"{"model": "default", "input": [{"role": "user", "content": 5}]}"#;
/// let error = ResponsesServer::new().decode_request(&body.as_slice().into()).unwrap_err();
/// assert_eq!(error.message(), Some("input[0].content: expected a string or an array of parts"));
/// # Ok::<(), outlast_types::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponsesServer {
    clock: Option<fn() -> SystemTime>,
}

impl ResponsesServer {
    /// Makes a codec without a clock: `created_at` is 0 where the provider gave no time.
    pub const fn new() -> Self {
        Self { clock: None }
    }

    /// Takes the time for `created_at` from `clock` where the provider gave none.
    pub const fn with_clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Returns the seconds since 1970; 0 without a clock.
    fn now(&self) -> i64 {
        self.clock
            .and_then(|clock| clock().duration_since(SystemTime::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_secs()).ok())
            .unwrap_or(0)
    }
}

impl ServerCodec for ResponsesServer {
    type Encoder = ResponsesEncoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        Ok(request_in::read(body)?)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        response_out::write_whole(response, self.now())
    }

    fn encoder(&self, request: &ChatRequest) -> ResponsesEncoder {
        ResponsesEncoder::new(&request.model, self.now())
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        openai::error_response(error)
    }
}
