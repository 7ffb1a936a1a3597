//! Streams in which a model answers in its own vendor's format (`invoke-with-response-stream`).
//!
//! Each frame of type `chunk` has one event of that format in it, as base64: `{"bytes": "eyJ0eXBlIjo...", "p": "abc"}`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use memchr::memmem;
use outlast_types::{Error, Opaque, RawJson, StreamEvent};
use serde::Deserialize;

use super::PROTOCOL;
use crate::error::{malformed, malformed_json};
use crate::json::Object;
use crate::{Events, FrameDecoder};

/// The field that the service adds to the vendor's last event.
const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// Hands the vendor's own events to the decoder `F` of that vendor's format.
///
/// Whole replies are the vendor's as they are. The metrics that the service adds to the last event come out as an opaque
/// event of this protocol, before the vendor's own.
///
/// # Examples
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use outlast_types::{Mode, StreamEvent};
/// use outlast_wire::anthropic::MessagesDecoder;
/// use outlast_wire::bedrock::InvokeStream;
/// use outlast_wire::event_stream::{EventStreamBody, HeaderValue, write_frame};
/// use outlast_wire::{Decoder, Events};
///
/// let mut decoder = EventStreamBody::new(Mode::Stream, InvokeStream::new(MessagesDecoder::default()));
/// let headers = [(":message-type", HeaderValue::String("event")), (":event-type", HeaderValue::String("chunk"))];
/// let mut body = BytesMut::new();
/// write_frame(&headers, br#"{"bytes": "eyJ0eXBlIjogInBpbmcifQ==", "p": "abc"}"#, &mut body);
///
/// let mut events = Events::new();
/// decoder.push(body.freeze(), &mut events)?;
/// assert_eq!(events, [StreamEvent::Ping]);
/// # Ok::<(), outlast_types::Error>(())
/// ```
#[derive(Debug)]
pub struct InvokeStream<F> {
    inner: F,
    /// Kept from one frame to the next.
    buffer: Vec<u8>,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    bytes: &'a str,
}

impl<F: FrameDecoder> InvokeStream<F> {
    /// Reads the events that `inner` understands.
    pub fn new(inner: F) -> Self {
        Self {
            inner,
            buffer: Vec::new(),
        }
    }
}

impl<F: FrameDecoder> FrameDecoder for InvokeStream<F> {
    fn frame(&mut self, _name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        let chunk: Chunk<'_> =
            serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        self.buffer.clear();
        let decoded = STANDARD.decode_vec(chunk.bytes, &mut self.buffer);
        decoded.map_err(|_| malformed("a chunk of the stream is not base64"))?;
        let event = std::str::from_utf8(&self.buffer)
            .map_err(|_| malformed("a chunk of the stream is not UTF-8"))?;
        if memmem::find(event.as_bytes(), METRICS.as_bytes()).is_some()
            && let Some((metrics, rest)) = split_metrics(event)
        {
            out.push_back(metrics);
            return self.inner.frame(None, rest.get(), out);
        }
        self.inner.frame(None, event, out)
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        self.inner.whole(body, out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        self.inner.end(out)
    }

    fn is_done(&self) -> bool {
        self.inner.is_done()
    }
}

/// Takes the service's metrics out of the vendor's event.
fn split_metrics(event: &str) -> Option<(StreamEvent, RawJson)> {
    let mut fields = Object::read(event.as_bytes()).ok()?;
    let metrics = RawJson::from(fields.take_raw(METRICS)?);
    let raw = RawJson::from_value(&std::collections::BTreeMap::from([(METRICS, metrics)])).ok()?;
    let opaque = Opaque {
        origin: PROTOCOL,
        raw,
    };
    let rest = RawJson::from_value(&fields.into_rest()).ok()?;
    Some((StreamEvent::Opaque(Box::new(opaque)), rest))
}
