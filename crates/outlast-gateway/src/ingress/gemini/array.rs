//! A stream as one JSON array, for callers that did not ask for events.

use bytes::{BufMut, Bytes, BytesMut};
use outlast_types::{ChatRequest, ChatResponse, Error, Protocol, StreamEvent};
use outlast_wire::gemini::{GeminiEncoder, GeminiServer};
use outlast_wire::{Incoming, ServerCodec, StreamEncoder};

/// Answers with an array in place of events.
pub(super) struct AsArray(pub(super) GeminiServer);

impl ServerCodec for AsArray {
    type Encoder = ArrayEncoder;

    fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    fn stream_media_type(&self) -> &'static str {
        "application/json"
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        self.0.decode_request(body)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        self.0.encode_response(response)
    }

    fn encoder(&self, request: &ChatRequest) -> ArrayEncoder {
        ArrayEncoder {
            events: self.0.encoder(request),
            frames: BytesMut::new(),
            has_begun: false,
        }
    }

    fn encode_error(&self, error: &Error) -> http::Response<Bytes> {
        self.0.encode_error(error)
    }
}

/// Writes the data of each event as an element of the array.
pub(super) struct ArrayEncoder {
    events: GeminiEncoder,
    frames: BytesMut,
    has_begun: bool,
}

impl ArrayEncoder {
    /// Moves the frames that were written to `out`. The data of a frame is one line.
    fn put_elements(&mut self, out: &mut BytesMut) {
        let frames = self.frames.split();
        for line in frames.as_ref().split(|byte: &u8| *byte == b'\n') {
            let Some(data) = line.strip_prefix(b"data: ") else {
                continue;
            };
            out.put_slice(if self.has_begun { b",\n" } else { b"[" });
            out.put_slice(data);
            self.has_begun = true;
        }
    }

    fn close(&mut self, out: &mut BytesMut) {
        if !self.has_begun {
            out.put_u8(b'[');
        }
        out.put_u8(b']');
    }
}

impl StreamEncoder for ArrayEncoder {
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        self.events.event(event, &mut self.frames);
        self.put_elements(out);
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        self.events.error(error, &mut self.frames);
        self.put_elements(out);
        self.close(out);
    }

    fn end(&mut self, out: &mut BytesMut) {
        self.events.end(&mut self.frames);
        self.put_elements(out);
        self.close(out);
    }
}
