//! The event whose lines are being read.

use std::str;
use std::time::Duration;

use memchr::memchr;

use super::{KEPT_BUFFER, MAX_EVENT, MAX_FIELDS, SseError, SseEvent, Step};

/// Empties a buffer, and gives back what an unusual event made it grow to.
pub(super) fn reset(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_BUFFER {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}

/// The event whose fields are being read.
#[derive(Debug, Default)]
pub(super) struct Pending {
    name: Value,
    data: Value,
    id: Value,
    retry: Option<Duration>,
    size: usize,
    fields: usize,
    after_comment: bool,
}

impl Pending {
    /// Takes one field's line, which starts at `start` in the chunk if it lies there. Returns whether the field is one
    /// of an event stream.
    pub(super) fn field(
        &mut self,
        line: &[u8],
        start: Option<usize>,
        chunk: &[u8],
    ) -> Result<bool, SseError> {
        self.size += line.len() + 1;
        self.fields += 1;
        if self.size > MAX_EVENT {
            return Err(SseError::EventTooLong);
        }
        if self.fields > MAX_FIELDS {
            return Err(SseError::TooManyFields);
        }

        let (name, value) = split_field(line);
        let value_start = start.map(|start| start + (line.len() - value.len()));
        match name {
            b"data" => self.data.append(value, value_start, chunk),
            b"event" => self.name.set(value, value_start),
            b"id" if is_id(value) => self.id.set(value, value_start),
            b"id" => {}
            b"retry" => self.retry = retry(value).or(self.retry),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Tells whether a field was read since the event before.
    pub(super) fn has_begun(&self) -> bool {
        self.fields > 0
    }

    /// Notes a comment: the blank line that may follow it is no further sign of life.
    pub(super) fn comment(&mut self) -> Step {
        self.after_comment = true;
        Step::KeepAlive
    }

    /// Takes a blank line.
    pub(super) fn end(&mut self) -> Option<Step> {
        if self.data.is_set() {
            return Some(Step::Event);
        }
        let silent = std::mem::take(&mut self.after_comment) && self.fields == 0;
        self.clear();
        (!silent).then_some(Step::KeepAlive)
    }

    pub(super) fn event<'a>(&'a self, chunk: &'a [u8]) -> Result<SseEvent<'a>, SseError> {
        Ok(SseEvent {
            name: self.name.text(chunk)?,
            data: self.data.text(chunk)?.unwrap_or_default(),
            id: self.id.text(chunk)?,
            retry: self.retry,
        })
    }

    pub(super) fn leave_chunk(&mut self, chunk: &[u8]) {
        self.name.leave_chunk(chunk);
        self.data.leave_chunk(chunk);
        self.id.leave_chunk(chunk);
    }

    pub(super) fn clear(&mut self) {
        self.name.clear();
        self.data.clear();
        self.id.clear();
        self.retry = None;
        self.size = 0;
        self.fields = 0;
        self.after_comment = false;
    }
}

/// Splits a line at its first colon and drops one space after it.
fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    // The two that nearly all lines are need no search.
    let (name, value) = if let Some(value) = line.strip_prefix(b"data:") {
        (b"data".as_slice(), value)
    } else if let Some(value) = line.strip_prefix(b"event:") {
        (b"event".as_slice(), value)
    } else {
        match memchr(b':', line).and_then(|colon| line.split_at_checked(colon)) {
            Some((name, value)) => (name, value.get(1..).unwrap_or_default()),
            None => (line, [].as_slice()),
        }
    };
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

/// Tells whether a value can be an id; one that cannot is ignored.
fn is_id(value: &[u8]) -> bool {
    memchr(0, value).is_none() && str::from_utf8(value).is_ok()
}

/// Reads a time in milliseconds; only digits are one.
fn retry(value: &[u8]) -> Option<Duration> {
    let digits = str::from_utf8(value).ok()?;
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let millis = if all_digits {
        digits.parse().ok()
    } else {
        None
    };
    millis.map(Duration::from_millis)
}

/// The value of a field: borrowed from the chunk as long as that lasts, else in a buffer of its own.
#[derive(Debug, Default)]
struct Value {
    place: Place,
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Nowhere,
    InChunk {
        start: usize,
        end: usize,
    },
    InBuffer,
}

impl Value {
    fn is_set(&self) -> bool {
        !matches!(self.place, Place::Nowhere)
    }

    /// Sets the value, which starts at `start` in the chunk if it lies there.
    fn set(&mut self, value: &[u8], start: Option<usize>) {
        self.clear();
        if let Some(start) = start {
            let end = start + value.len();
            self.place = Place::InChunk { start, end };
        } else {
            self.place = Place::InBuffer;
            self.buffer.extend_from_slice(value);
        }
    }

    /// Adds a line to the value.
    fn append(&mut self, value: &[u8], start: Option<usize>, chunk: &[u8]) {
        if !self.is_set() {
            return self.set(value, start);
        }
        self.leave_chunk(chunk);
        self.buffer.push(b'\n');
        self.buffer.extend_from_slice(value);
    }

    /// Copies the value if it lies in `chunk`.
    fn leave_chunk(&mut self, chunk: &[u8]) {
        if let Place::InChunk { start, end } = self.place {
            let value = chunk.get(start..end).unwrap_or_default();
            self.buffer.extend_from_slice(value);
            self.place = Place::InBuffer;
        }
    }

    fn text<'a>(&'a self, chunk: &'a [u8]) -> Result<Option<&'a str>, SseError> {
        let bytes = match self.place {
            Place::Nowhere => return Ok(None),
            Place::InChunk { start, end } => chunk.get(start..end).unwrap_or_default(),
            Place::InBuffer => &self.buffer,
        };
        match str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(SseError::NotUtf8),
        }
    }

    fn clear(&mut self) {
        if matches!(self.place, Place::InBuffer) {
            reset(&mut self.buffer);
        }
        self.place = Place::Nowhere;
    }
}
