//! Codecs as trait objects, and for requests whose path says a part of what others say in the body.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, Mode, Protocol, RawJson};
use outlast_wire::{Incoming, ServerCodec, StreamEncoder};

/// A [`ServerCodec`] as a trait object.
pub(crate) trait Codec: Send + Sync {
    fn protocol(&self) -> Protocol;
    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error>;
    fn encode_response(&self, response: &ChatResponse) -> Bytes;
    fn encoder(&self, request: &ChatRequest) -> Box<dyn StreamEncoder>;
}

impl<C: ServerCodec> Codec for C {
    fn protocol(&self) -> Protocol {
        ServerCodec::protocol(self)
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        ServerCodec::decode_request(self, body)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        ServerCodec::encode_response(self, response)
    }

    fn encoder(&self, request: &ChatRequest) -> Box<dyn StreamEncoder> {
        Box::new(ServerCodec::encoder(self, request))
    }
}

impl fmt::Debug for dyn Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({})", self.protocol())
    }
}

type Read = dyn Fn(&Bytes) -> Result<ChatRequest, Error> + Send + Sync;

/// Reads a request to count the tokens of a chat.
pub(crate) struct CountReader(Box<Read>);

impl CountReader {
    pub(super) fn new(
        read: impl Fn(&Bytes) -> Result<ChatRequest, Error> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(read))
    }

    /// Makes a reader of requests that are written as a chat's.
    pub(super) fn of_chats(codec: impl Codec + 'static) -> Self {
        Self::new(move |body| Ok(codec.decode_request(body)?.request))
    }

    /// Returns the chat as one that is not answered.
    pub(crate) fn read(&self, body: &Bytes) -> Result<Incoming, Error> {
        let request = (self.0)(body)?;
        let mode = Mode::Unary;
        Ok(Incoming { request, mode })
    }
}

impl fmt::Debug for CountReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountReader")
    }
}

/// A codec for a path that says some fields of the request.
pub(super) struct FilledIn<C> {
    codec: C,
    fields: Vec<(&'static str, RawJson)>,
}

impl<C> FilledIn<C> {
    pub(super) fn new(codec: C) -> Self {
        Self {
            codec,
            fields: Vec::new(),
        }
    }

    /// Adds a field that the path says; one that is in the body, too, is replaced.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<serde_json::Value>) -> Self {
        self.fields.push((name, RawJson::from(value.into())));
        self
    }

    fn filled_in(&self, body: &Bytes) -> Result<Bytes, Error> {
        let fields: Result<BTreeMap<String, RawJson>, _> = serde_json::from_slice(body);
        let mut fields = fields.map_err(|_| {
            Error::new(ErrorKind::InvalidRequest)
                .with_message("The request's body is no JSON object.")
        })?;
        for (name, value) in &self.fields {
            fields.insert((*name).to_owned(), value.clone());
        }
        Ok(super::json(&fields))
    }
}

impl<C: ServerCodec> ServerCodec for FilledIn<C> {
    type Encoder = C::Encoder;

    fn protocol(&self) -> Protocol {
        ServerCodec::protocol(&self.codec)
    }

    fn stream_media_type(&self) -> &'static str {
        ServerCodec::stream_media_type(&self.codec)
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        ServerCodec::decode_request(&self.codec, &self.filled_in(body)?)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        ServerCodec::encode_response(&self.codec, response)
    }

    fn encoder(&self, request: &ChatRequest) -> C::Encoder {
        ServerCodec::encoder(&self.codec, request)
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        self.codec.encode_error(error)
    }
}
