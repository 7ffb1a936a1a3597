//! Amazon's binary event streams, `application/vnd.amazon.eventstream`: frames with checksums.
//!
//! [`EventStreamDecoder`] takes the chunks of a body and lends out one [`Frame`] after the other;
//! [`write_frame`] is the other direction. The form is that of the
//! [Smithy specification](https://smithy.io/2.0/aws/amazon-eventstream.html):
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of the whole frame |
//! | 4 | length of the headers |
//! | 4 | CRC-32 of the eight bytes before |
//! | … | headers: name, type, value |
//! | … | payload |
//! | 4 | CRC-32 of all bytes before |
//!
//! - A frame that lies in one chunk is borrowed from it: no copy and no allocation.
//! - Everything is bounded by what Amazon's own clients take: [`MAX_FRAME`], [`MAX_HEADERS`]. Nothing is reserved ahead:
//!   a frame takes as much memory as has come of it.
//! - Binary framing has no place to start anew: after the first error nothing can be read.
//!
//! [`EventStreamBody`] decodes the whole body of a reply in any protocol that puts its events into such frames.
//!
//! # Examples
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use outlast_wire::event_stream::{EventStreamDecoder, HeaderValue, write_frame};
//!
//! let mut body = BytesMut::new();
//! write_frame(&[(":event-type", HeaderValue::String("greeting"))], b"{}", &mut body);
//!
//! let mut decoder = EventStreamDecoder::default();
//! let mut body = body.freeze();
//! decoder.push(body.split_to(7));
//! assert!(decoder.next_frame().is_none());
//! decoder.push(body);
//! let frame = decoder.next_frame().unwrap()?;
//! assert_eq!(frame.string_header(":event-type"), Some("greeting"));
//! assert_eq!(frame.payload(), b"{}");
//! # Ok::<(), outlast_wire::event_stream::EventStreamError>(())
//! ```

mod body;
mod frame;
mod header;
mod write;

use std::fmt;

use bytes::{Bytes, BytesMut};
use outlast_types::{Error, ErrorKind};

use self::frame::{PRELUDE, Prelude};

pub use body::EventStreamBody;
pub use frame::Frame;
pub use header::{HeaderValue, Headers};
pub use write::write_frame;

/// The most bytes of one frame, checksums included: 16 MiB.
pub const MAX_FRAME: usize = 16 * 1024 * 1024;

/// The most bytes of a frame's headers: 128 KiB.
pub const MAX_HEADERS: usize = 128 * 1024;

/// How much of a buffer is kept from one frame to the next.
const KEPT_BUFFER: usize = 64 * 1024;

/// Finds the frames in the chunks of a body.
///
/// [`push`](EventStreamDecoder::push) a chunk, then read [`next_frame`](EventStreamDecoder::next_frame) until it returns
/// `None`. The first error is the last item: it is returned again and again.
#[derive(Debug, Default)]
pub struct EventStreamDecoder {
    /// What was pushed last, and how much of it was read.
    chunk: Bytes,
    at: usize,
    /// The beginning of a frame that earlier chunks did not end.
    partial: Vec<u8>,
    /// The frame in `partial` is whole and was lent out.
    is_lent: bool,
    failed: Option<EventStreamError>,
}

/// Why a body cannot be read on as an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventStreamError {
    /// The checksum of a frame's first bytes is wrong.
    PreludeChecksum,
    /// The checksum of a frame is wrong.
    FrameChecksum,
    /// A frame says that it has more than [`MAX_FRAME`] bytes, or fewer than it must have.
    FrameLength,
    /// The headers of a frame are longer than [`MAX_HEADERS`] or than the frame.
    HeadersLength,
    /// The headers of a frame cannot be read.
    Headers,
}

impl EventStreamDecoder {
    /// Takes the next chunk. What was not read of the one before is read first. After an error nothing is taken.
    pub fn push(&mut self, chunk: Bytes) {
        if self.failed.is_some() {
            return;
        }
        let unread = self.chunk.get(self.at..).unwrap_or_default();
        self.chunk = if unread.is_empty() {
            chunk
        } else {
            // The caller did not read to the end: rare, and worth a copy to keep one chunk at a time.
            let mut joined = BytesMut::with_capacity(unread.len() + chunk.len());
            joined.extend_from_slice(unread);
            joined.extend_from_slice(&chunk);
            joined.freeze()
        };
        self.at = 0;
    }

    /// Returns the next frame, or `None` when more bytes are needed.
    pub fn next_frame(&mut self) -> Option<Result<Frame<'_>, EventStreamError>> {
        if std::mem::take(&mut self.is_lent) {
            release(&mut self.partial);
        }
        let found = match self.failed {
            Some(error) => Err(error),
            None => self.find(),
        };
        let frame = match found {
            Ok(Some(Found::Chunk { start, end })) => {
                self.at = end;
                self.chunk.get(start..end)?
            }
            Ok(Some(Found::Partial)) => {
                self.is_lent = true;
                &self.partial
            }
            Ok(None) => return None,
            Err(error) => {
                self.fail(error);
                return Some(Err(error));
            }
        };
        let frame = Frame::read(frame);
        // What is held is given back with the next call: the frame would still borrow it here.
        self.failed = frame.err();
        Some(frame)
    }

    /// Tells whether a frame has begun that is not whole.
    pub fn is_amid_frame(&self) -> bool {
        !self.is_lent && !self.partial.is_empty() || self.at < self.chunk.len()
    }

    /// Finds the next whole frame and checks it. What there is of one that is not whole goes into `partial`.
    fn find(&mut self) -> Result<Option<Found>, EventStreamError> {
        if !self.partial.is_empty() {
            return self.find_in_partial();
        }
        let unread = self.chunk.get(self.at..).unwrap_or_default();
        if let Some(prelude) = Prelude::read(unread)?
            && let Some(frame) = unread.get(..prelude.frame_len)
        {
            frame::check(frame, prelude)?;
            let (start, end) = (self.at, self.at + prelude.frame_len);
            return Ok(Some(Found::Chunk { start, end }));
        }
        self.partial.extend_from_slice(unread);
        self.release_chunk();
        Ok(None)
    }

    fn find_in_partial(&mut self) -> Result<Option<Found>, EventStreamError> {
        self.fill_partial(PRELUDE);
        let Some(prelude) = Prelude::read(&self.partial)? else {
            return Ok(None);
        };
        self.fill_partial(prelude.frame_len);
        if self.partial.len() < prelude.frame_len {
            return Ok(None);
        }
        frame::check(&self.partial, prelude)?;
        Ok(Some(Found::Partial))
    }

    /// Moves bytes of the chunk into `partial` until that has `len`, or none are left.
    fn fill_partial(&mut self, len: usize) {
        let missing = len.saturating_sub(self.partial.len());
        let unread = self.chunk.get(self.at..).unwrap_or_default();
        let taken = unread.get(..missing).unwrap_or(unread);
        self.partial.extend_from_slice(taken);
        self.at += taken.len();
        if self.at >= self.chunk.len() {
            self.release_chunk();
        }
    }

    fn release_chunk(&mut self) {
        self.chunk = Bytes::new();
        self.at = 0;
    }

    fn fail(&mut self, error: EventStreamError) {
        self.failed = Some(error);
        self.partial = Vec::new();
        self.release_chunk();
    }
}

/// Where a whole frame lies.
#[derive(Clone, Copy)]
enum Found {
    Chunk { start: usize, end: usize },
    Partial,
}

/// Empties a buffer, and gives back what an unusual frame made it grow to.
fn release(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_BUFFER {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}

impl fmt::Display for EventStreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PreludeChecksum => "the checksum of a frame's length is wrong",
            Self::FrameChecksum => "the checksum of a frame is wrong",
            Self::FrameLength => "a frame of the stream has an impossible length",
            Self::HeadersLength => "the headers of a frame have an impossible length",
            Self::Headers => "the headers of a frame cannot be read",
        })
    }
}

impl std::error::Error for EventStreamError {}

impl From<EventStreamError> for Error {
    fn from(error: EventStreamError) -> Self {
        Self::new(ErrorKind::StreamBroken)
            .with_message(error.to_string())
            .with_source(error)
    }
}
