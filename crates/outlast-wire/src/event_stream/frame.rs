//! One frame: its lengths, its checksums, its parts.

use super::header::Marks;
use super::{EventStreamError, HeaderValue, Headers, MAX_FRAME, MAX_HEADERS};

/// The bytes before the headers: two lengths and their checksum.
pub(super) const PRELUDE: usize = 12;

/// The bytes of a checksum.
pub(super) const CHECKSUM: usize = 4;

/// The lengths of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prelude {
    pub(super) frame_len: usize,
    headers_len: usize,
}

impl Prelude {
    /// Reads and checks the beginning of a frame; `None` if there is too little of it.
    ///
    /// The lengths are judged before their checksum, for a body that is no event stream at all has no checksum.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, EventStreamError> {
        let Some((lengths, rest)) = bytes.split_at_checked(PRELUDE - CHECKSUM) else {
            return Ok(None);
        };
        let (frame_len, headers_len) = lengths.split_at(4);
        let prelude = Self {
            frame_len: length(frame_len),
            headers_len: length(headers_len),
        };
        prelude.check_lengths()?;
        match rest.get(..CHECKSUM) {
            None => Ok(None),
            Some(sum) if number(sum) == crc32fast::hash(lengths) => Ok(Some(prelude)),
            Some(_) => Err(EventStreamError::PreludeChecksum),
        }
    }

    fn check_lengths(self) -> Result<(), EventStreamError> {
        if self.frame_len > MAX_FRAME || self.frame_len < PRELUDE + CHECKSUM {
            return Err(EventStreamError::FrameLength);
        }
        if self.headers_len > MAX_HEADERS || self.headers_len > self.frame_len - PRELUDE - CHECKSUM
        {
            return Err(EventStreamError::HeadersLength);
        }
        Ok(())
    }
}

/// Checks the checksum of a whole frame.
pub(super) fn check(frame: &[u8], prelude: Prelude) -> Result<(), EventStreamError> {
    let checksum_at = prelude.frame_len - CHECKSUM;
    let (checked, sum) = frame
        .split_at_checked(checksum_at)
        .ok_or(EventStreamError::FrameLength)?;
    if number(sum) != crc32fast::hash(checked) {
        return Err(EventStreamError::FrameChecksum);
    }
    Ok(())
}

/// Reads a number of four bytes, the highest first.
fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .take(4)
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn length(bytes: &[u8]) -> usize {
    // A length that does not fit is past every limit.
    usize::try_from(number(bytes)).unwrap_or(usize::MAX)
}

/// One frame, lent by the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    headers: Headers<'a>,
    marks: Marks<'a>,
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Takes apart a whole frame whose checksums are right.
    pub(super) fn read(frame: &'a [u8]) -> Result<Self, EventStreamError> {
        let headers_len = frame.get(4..8).map_or(0, length);
        let inner = frame
            .get(PRELUDE..frame.len().saturating_sub(CHECKSUM))
            .unwrap_or_default();
        let (headers, payload) = inner.split_at_checked(headers_len).unwrap_or_default();
        let headers = Headers::new(headers);
        let marks = headers.check()?;
        Ok(Self {
            headers,
            marks,
            payload,
        })
    }

    /// Returns the headers that tell an event from an error.
    pub(super) fn marks(&self) -> Marks<'a> {
        self.marks
    }

    /// Iterates over the headers.
    pub fn headers(&self) -> Headers<'a> {
        self.headers
    }

    /// Returns the value of the first header `name` that is a string.
    pub fn string_header(&self, name: &str) -> Option<&'a str> {
        self.headers().find_map(|(found, value)| match value {
            HeaderValue::String(text) if found == name => Some(text),
            _ => None,
        })
    }

    /// Returns the payload.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}
