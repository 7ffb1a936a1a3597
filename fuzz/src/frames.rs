//! Amazon's binary event streams.

use bytes::{Bytes, BytesMut};
use outlast_wire::event_stream::{EventStreamDecoder, HeaderValue, write_frame};

use crate::Input;
use crate::input::pieces;

/// What a frame has beside headers and payload: lengths, their checksum, and the checksum of all.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;

/// Checks that a stream means the same however it is cut, as it is and with its checksums mended, and that the frames
/// that were read can be written and read again.
pub fn event_stream(data: &[u8]) {
    let mut input = Input::new(data);
    let cut = input.byte();
    let body = input.rest();
    for body in [with_checksums(&body), body] {
        let whole = read([body.clone()].into_iter());
        assert_eq!(read(pieces(cut, body)), whole);
        let (frames, _) = &whole;
        let mut written = BytesMut::new();
        frames.iter().for_each(|frame| frame.write(&mut written));
        let (again, error) = read([written.freeze()].into_iter());
        assert_eq!((&again, error), (frames, None));
    }
}

/// One frame, as it was read.
#[derive(Debug, PartialEq)]
struct Frame {
    headers: Vec<(String, Value)>,
    payload: Vec<u8>,
}

/// The value of a header, on its own.
#[derive(Debug, PartialEq)]
enum Value {
    Bytes(Vec<u8>),
    String(String),
    /// All others have no borrowed parts.
    Other(HeaderValue<'static>),
}

impl Frame {
    fn write(&self, out: &mut BytesMut) {
        let headers: Vec<(&str, HeaderValue<'_>)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.borrowed()))
            .collect();
        write_frame(&headers, &self.payload, out);
    }
}

impl Value {
    fn new(value: HeaderValue<'_>) -> Self {
        Self::Other(match value {
            HeaderValue::Bytes(bytes) => return Self::Bytes(bytes.to_vec()),
            HeaderValue::String(text) => return Self::String(text.to_owned()),
            HeaderValue::Bool(value) => HeaderValue::Bool(value),
            HeaderValue::Byte(value) => HeaderValue::Byte(value),
            HeaderValue::Short(value) => HeaderValue::Short(value),
            HeaderValue::Int(value) => HeaderValue::Int(value),
            HeaderValue::Long(value) => HeaderValue::Long(value),
            HeaderValue::Timestamp(value) => HeaderValue::Timestamp(value),
            HeaderValue::Uuid(value) => HeaderValue::Uuid(value),
        })
    }

    fn borrowed(&self) -> HeaderValue<'_> {
        match self {
            Self::Bytes(bytes) => HeaderValue::Bytes(bytes),
            Self::String(text) => HeaderValue::String(text),
            Self::Other(value) => *value,
        }
    }
}

/// Returns the frames of a stream, and the error that ended it.
fn read(pieces: impl Iterator<Item = Bytes>) -> (Vec<Frame>, Option<String>) {
    let mut decoder = EventStreamDecoder::default();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(frame) = decoder.next_frame() {
            match frame {
                Ok(frame) => frames.push(Frame {
                    headers: frame
                        .headers()
                        .map(|(name, value)| (name.to_owned(), Value::new(value)))
                        .collect(),
                    payload: frame.payload().to_vec(),
                }),
                Err(error) => return (frames, Some(error.to_string())),
            }
        }
    }
    let error = decoder.is_amid_frame().then(|| "amid a frame".to_owned());
    (frames, error)
}

/// Writes the right checksums into all frames whose lengths are possible.
pub(crate) fn with_checksums(body: &Bytes) -> Bytes {
    let mut body = body.to_vec();
    let mut rest = body.as_mut_slice();
    while let Some(len) = frame_len(rest) {
        let (frame, after) = rest.split_at_mut(len);
        put_sum(frame, PRELUDE - CHECKSUM);
        put_sum(frame, len - CHECKSUM);
        rest = after;
    }
    Bytes::from(body)
}

/// Returns the length of the first frame, if there are so many bytes.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let len = u32::from_be_bytes(*bytes.first_chunk()?);
    let len = usize::try_from(len).ok()?;
    (PRELUDE + CHECKSUM..=bytes.len())
        .contains(&len)
        .then_some(len)
}

/// Puts the checksum of what stands before `at` there.
fn put_sum(frame: &mut [u8], at: usize) {
    let (summed, rest) = frame.split_at_mut(at);
    rest[..CHECKSUM].copy_from_slice(&crc32fast::hash(summed).to_be_bytes());
}
