//! Server-sent events from bytes, however they were cut.
//!
//! [`SseDecoder`] takes the chunks of a body and lends out one [`SseItem`] after the other. It follows the
//! [event stream format](https://html.spec.whatwg.org/multipage/server-sent-events.html): lines end in LF, CR or CRLF,
//! a byte order mark may come first, one space after a field's colon is dropped, several `data:` lines are joined by a
//! line feed, and a blank line ends the event. A chunk may end anywhere, inside a UTF-8 character or between CR and LF
//! included.
//!
//! - An event whose lines lie in one chunk is borrowed from it: no copy and no allocation.
//! - A comment, or a blank line that ends nothing, is a sign of life: [`SseItem::KeepAlive`].
//! - Everything is bounded: [`MAX_LINE`], [`MAX_EVENT`], [`MAX_FIELDS`], on the unterminated rest too.
//! - An incomplete event at the end of the body is not an event. [`SseDecoder::finish`] hands it out to protocols whose
//!   providers forget the last blank line.
//!
//! # Examples
//!
//! ```
//! use bytes::Bytes;
//! use outlast_wire::sse::{SseDecoder, SseItem};
//!
//! let mut decoder = SseDecoder::default();
//! let mut seen = Vec::new();
//! for chunk in ["event: gre", "et\r\ndata: hel", "lo\r", "\ndata:you\r\n\r\n: ping\r\n"] {
//!     decoder.push(Bytes::from_static(chunk.as_bytes()));
//!     while let Some(item) = decoder.next_item() {
//!         match item.unwrap() {
//!             SseItem::Event(event) => seen.push(format!("{:?} {:?}", event.name, event.data)),
//!             SseItem::KeepAlive => seen.push("alive".to_owned()),
//!         }
//!     }
//! }
//! assert_eq!(seen, [r#"Some("greet") "hello\nyou""#, "alive"]);
//! ```

mod pending;

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use memchr::memchr2;
use outlast_types::{Error, ErrorKind};

use self::pending::{Pending, reset};

/// The most bytes of one line: 32 MiB, for a picture comes in one.
pub const MAX_LINE: usize = 32 * 1024 * 1024;

/// The most bytes of one event, line ends and field names included: 64 MiB, like those of a body.
pub const MAX_EVENT: usize = 64 * 1024 * 1024;

/// The most fields of one event.
pub const MAX_FIELDS: usize = 65_536;

/// The most bytes that are kept of lines that are no fields of an event stream: 16 KiB.
pub const MAX_FOREIGN: usize = 16 * 1024;

/// Appends what `write` writes as the data of an event, on the line that was begun for it.
///
/// A value that is passed on word for word may be spread over lines, which would end the event's line: inside JSON they
/// are white space.
pub(crate) fn write_json_line(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    write(out);
    join_lines(out, start);
}

/// Makes one line of the JSON that begins at `start`.
pub(crate) fn join_lines(out: &mut BytesMut, start: usize) {
    let mut rest = out.get_mut(start..).unwrap_or_default();
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        let (line, after) = rest.split_at_mut(at + 1);
        if let Some(end) = line.last_mut() {
            *end = b' ';
        }
        rest = after;
    }
}

/// How much of a buffer is kept from one event to the next.
const KEPT_BUFFER: usize = 16 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Finds the events in the chunks of a body.
///
/// [`push`](SseDecoder::push) a chunk, then read [`next_item`](SseDecoder::next_item) until it returns `None`. The
/// first error is the last item: it is returned again and again.
#[derive(Debug, Default)]
pub struct SseDecoder {
    /// What was pushed last, and how much of it was read.
    chunk: Bytes,
    at: usize,
    /// The beginning of a line that earlier chunks did not end.
    partial: Vec<u8>,
    /// The line before ended in the chunk's last byte, a CR: an LF that follows belongs to it.
    skip_lf: bool,
    /// The first line, which may carry the byte order mark, was read.
    begun: bool,
    pending: Pending,
    /// The pending event was handed out.
    lent: bool,
    foreign: Foreign,
    failed: Option<SseError>,
}

/// What a stream consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SseItem<'a> {
    /// An event with data.
    Event(SseEvent<'a>),
    /// A comment, or a blank line that ended no event: the other side is alive and has nothing to say.
    KeepAlive,
}

/// One event, lent by the decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseEvent<'a> {
    /// The `event` field.
    pub name: Option<&'a str>,
    /// The `data` fields, joined by line feeds.
    pub data: &'a str,
    /// The `id` field of this very event.
    pub id: Option<&'a str>,
    /// The `retry` field: how long to wait before connecting again.
    pub retry: Option<Duration>,
}

/// Why a body cannot be read on as a stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SseError {
    /// A line has more than [`MAX_LINE`] bytes.
    LineTooLong,
    /// An event has more than [`MAX_EVENT`] bytes.
    EventTooLong,
    /// An event has more than [`MAX_FIELDS`] fields.
    TooManyFields,
    /// An event is not UTF-8.
    NotUtf8,
}

impl SseDecoder {
    /// Takes the next chunk. What was not read of the one before is read first. After an error nothing is taken.
    pub fn push(&mut self, chunk: Bytes) {
        if self.failed.is_some() {
            return;
        }
        if self.at >= self.chunk.len() {
            self.release_chunk();
            self.chunk = chunk;
            return;
        }
        // The caller did not read to the end: rare, and worth a copy to keep one chunk at a time.
        let unread = self.chunk.slice(self.at..);
        self.release_chunk();
        let mut joined = BytesMut::with_capacity(unread.len() + chunk.len());
        joined.extend_from_slice(&unread);
        joined.extend_from_slice(&chunk);
        self.chunk = joined.freeze();
    }

    /// Returns the next item, or `None` when more bytes are needed.
    pub fn next_item(&mut self) -> Option<Result<SseItem<'_>, SseError>> {
        let step = self.step();
        self.lend(step)
    }

    /// Takes the end of the body and returns what is left: after the events that were not read yet, the one that lacked
    /// its blank line.
    pub fn finish(&mut self) -> Option<Result<SseItem<'_>, SseError>> {
        let step = self.last_step();
        self.lend(step)
    }

    /// Tells whether an event or a line has begun and not ended.
    pub fn has_rest(&self) -> bool {
        self.at < self.chunk.len()
            || !self.partial.is_empty()
            || (!self.lent && self.pending.has_begun())
    }

    /// Tells whether there was a line that is no field of an event stream, as in a body of another type.
    pub fn has_foreign_lines(&self) -> bool {
        self.foreign.is_there
    }

    /// Returns the lines that are no fields of an event stream, up to [`MAX_FOREIGN`] bytes of them: a provider that
    /// fails midway may write what it would have answered at once. `None` if there are none or they are no text.
    pub fn foreign_text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.foreign.lines).ok()?;
        (!text.is_empty()).then_some(text)
    }

    fn lend(&mut self, step: Result<Step, SseError>) -> Option<Result<SseItem<'_>, SseError>> {
        let Self {
            chunk,
            pending,
            failed,
            ..
        } = self;
        let item = match step {
            Ok(Step::NeedBytes) => return None,
            Ok(Step::KeepAlive) => Ok(SseItem::KeepAlive),
            Ok(Step::Event) => pending.event(chunk).map(SseItem::Event),
            Err(error) => Err(error),
        };
        if let Err(error) = &item {
            *failed = Some(*error);
        }
        Some(item)
    }

    fn step(&mut self) -> Result<Step, SseError> {
        if std::mem::take(&mut self.lent) {
            self.pending.clear();
        }
        if let Some(error) = self.failed {
            return Err(error);
        }
        while let Some(line) = self.next_line()? {
            if let Some(step) = self.take_line(line)? {
                return Ok(step);
            }
        }
        self.release_chunk();
        Ok(Step::NeedBytes)
    }

    /// Goes on to the next event as if the line ends that are missing had come.
    fn last_step(&mut self) -> Result<Step, SseError> {
        let step = self.next_event()?;
        if matches!(step, Step::Event) || !self.has_rest() {
            return Ok(step);
        }
        self.chunk = Bytes::from_static(b"\n\n");
        self.skip_lf = false;
        self.next_event()
    }

    fn next_event(&mut self) -> Result<Step, SseError> {
        loop {
            let step = self.step()?;
            if !matches!(step, Step::KeepAlive) {
                return Ok(step);
            }
        }
    }

    /// Finds the next whole line; what is left of the chunk without a line end becomes the partial line.
    fn next_line(&mut self) -> Result<Option<Line>, SseError> {
        let mut rest = self.chunk.get(self.at..).unwrap_or_default();
        if self.skip_lf && !rest.is_empty() {
            self.skip_lf = false;
            if let Some(after) = rest.strip_prefix(b"\n") {
                rest = after;
                self.at += 1;
            }
        }
        // Every other line is blank: not worth a search.
        let len = match rest.first() {
            Some(b'\n' | b'\r') => Some(0),
            _ => memchr2(b'\n', b'\r', rest),
        };
        let Some(len) = len else {
            check_line(self.partial.len() + rest.len())?;
            self.partial.extend_from_slice(rest);
            return Ok(None);
        };
        check_line(self.partial.len() + len)?;

        let (start, end) = (self.at, self.at + len);
        self.at = end + 1;
        if rest.get(len) == Some(&b'\r') {
            match rest.get(len + 1) {
                Some(b'\n') => self.at += 1,
                Some(_) => {}
                None => self.skip_lf = true,
            }
        }
        if !self.partial.is_empty() {
            let rest_of_line = rest.get(..len).unwrap_or_default();
            self.partial.extend_from_slice(rest_of_line);
        }
        Ok(Some(Line { start, end }))
    }

    /// Takes a whole line; it is in the buffer for partial lines if that is not empty.
    fn take_line(&mut self, line: Line) -> Result<Option<Step>, SseError> {
        let is_partial = !self.partial.is_empty();
        let (mut text, mut start) = if is_partial {
            (self.partial.as_slice(), None)
        } else {
            let text = self.chunk.get(line.start..line.end).unwrap_or_default();
            (text, Some(line.start))
        };
        if !self.begun {
            self.begun = true;
            if let Some(after) = text.strip_prefix(BYTE_ORDER_MARK) {
                text = after;
                start = start.map(|start| start + BYTE_ORDER_MARK.len());
            }
        }

        let step = match text.first() {
            None => self.pending.end(),
            Some(b':') => Some(self.pending.comment()),
            Some(_) => {
                let known = self.pending.field(text, start, &self.chunk)?;
                if !known {
                    self.foreign.add(text);
                }
                None
            }
        };
        if is_partial {
            reset(&mut self.partial);
        }
        self.lent = matches!(step, Some(Step::Event));
        Ok(step)
    }

    /// Copies what the pending event still needs of the chunk, and lets go of it.
    fn release_chunk(&mut self) {
        self.pending.leave_chunk(&self.chunk);
        self.chunk = Bytes::new();
        self.at = 0;
    }
}

/// Lines that are no fields of an event stream.
#[derive(Debug, Default)]
struct Foreign {
    is_there: bool,
    lines: Vec<u8>,
}

impl Foreign {
    fn add(&mut self, line: &[u8]) {
        self.is_there = true;
        if self.lines.len() + line.len() < MAX_FOREIGN {
            self.lines.extend_from_slice(line);
            self.lines.push(b'\n');
        }
    }
}

#[derive(Clone, Copy)]
enum Step {
    Event,
    KeepAlive,
    NeedBytes,
}

/// Where the end of a line, and all of it if [`SseDecoder::partial`] is empty, lies in the chunk.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
}

fn check_line(len: usize) -> Result<(), SseError> {
    if len > MAX_LINE {
        return Err(SseError::LineTooLong);
    }
    Ok(())
}

impl fmt::Display for SseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineTooLong => write!(f, "a line of the stream is longer than {MAX_LINE} bytes"),
            Self::EventTooLong => {
                write!(f, "an event of the stream is longer than {MAX_EVENT} bytes")
            }
            Self::TooManyFields => {
                write!(f, "an event of the stream has more than {MAX_FIELDS} lines")
            }
            Self::NotUtf8 => f.write_str("an event of the stream is not UTF-8"),
        }
    }
}

impl std::error::Error for SseError {}

impl From<SseError> for Error {
    /// Makes a passed limit a broken stream, and bytes that are no text a malformed one.
    fn from(error: SseError) -> Self {
        let kind = match error {
            SseError::NotUtf8 => ErrorKind::Malformed,
            _ => ErrorKind::StreamBroken,
        };
        Self::new(kind)
            .with_message(error.to_string())
            .with_source(error)
    }
}
