//! Answers callers.

mod call;
mod error;
mod message;
mod part;
mod request;
mod response;
mod stream;
mod told;

use std::time::SystemTime;

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, Error, Protocol};

pub(crate) use self::error::{response as error_response, write as error_fields};
pub use self::stream::ChatEncoder;
use super::PROTOCOL;
use crate::{Incoming, ServerCodec};

/// Answers a caller in Chat Completions.
///
/// A request that is decoded here and encoded by [`OpenAiChat`](super::OpenAiChat) again leaves as it came, unknown
/// fields included.
///
/// # Examples
///
/// ```
/// use outlast_types::Mode;
/// use outlast_wire::ServerCodec;
/// use outlast_wire::openai::OpenAiServer;
///
/// let body = br#"{"model": "default", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}"#;
/// let incoming = OpenAiServer::new().decode_request(&body.as_slice().into())?;
/// assert_eq!((incoming.request.last_user_text().as_str(), incoming.mode), ("Hi", Mode::Stream));
///
/// let body = br#"{"model": "default", "messages": [{"role": "user", "content": 5}]}"#;
/// let error = OpenAiServer::new().decode_request(&body.as_slice().into()).unwrap_err();
/// assert_eq!(error.message(), Some("messages[0].content: expected a string or an array of parts"));
/// # Ok::<(), outlast_types::Error>(())
/// ```
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

    /// Returns the seconds since 1970; 0 without a clock.
    fn now(&self) -> i64 {
        self.clock
            .and_then(|clock| clock().duration_since(SystemTime::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_secs()).ok())
            .unwrap_or(0)
    }
}

impl ServerCodec for OpenAiServer {
    type Encoder = ChatEncoder;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        Ok(request::read(body)?)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        response::write(response, self.now())
    }

    fn encoder(&self, request: &ChatRequest) -> ChatEncoder {
        ChatEncoder::new(request, self.now())
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        error::response(error)
    }
}
