//! The headers of a frame: a name and a typed value each.

use std::str;

use super::EventStreamError;

/// The value of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// A truth value.
    Bool(bool),
    /// A number of one byte.
    Byte(i8),
    /// A number of two bytes.
    Short(i16),
    /// A number of four bytes.
    Int(i32),
    /// A number of eight bytes.
    Long(i64),
    /// Bytes; at most 65,535.
    Bytes(&'a [u8]),
    /// Text; at most 65,535 bytes.
    String(&'a str),
    /// A time, in milliseconds since 1970.
    Timestamp(i64),
    /// A UUID.
    Uuid([u8; 16]),
}

/// The numbers of the types, as they stand before a value.
pub(super) mod kind {
    pub(in super::super) const TRUE: u8 = 0;
    pub(in super::super) const FALSE: u8 = 1;
    pub(in super::super) const BYTE: u8 = 2;
    pub(in super::super) const SHORT: u8 = 3;
    pub(in super::super) const INT: u8 = 4;
    pub(in super::super) const LONG: u8 = 5;
    pub(in super::super) const BYTES: u8 = 6;
    pub(in super::super) const STRING: u8 = 7;
    pub(in super::super) const TIMESTAMP: u8 = 8;
    pub(in super::super) const UUID: u8 = 9;
}

/// Iterates over the names and values of a frame's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers<'a> {
    bytes: &'a [u8],
    at: usize,
    /// All bytes as text. Nearly always they are one, for small numbers are characters too; so that is found out once,
    /// and not for each of the many short texts.
    text: Option<&'a str>,
}

/// What every frame of a reply is asked for, noted as its headers are checked: they are read but once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks<'a> {
    pub(super) message: Option<&'a str>,
    pub(super) event: Option<&'a str>,
}

impl<'a> Headers<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            text: str::from_utf8(bytes).ok(),
        }
    }

    /// Reads all headers once, to find out whether that is possible and what the frame is.
    pub(super) fn check(mut self) -> Result<Marks<'a>, EventStreamError> {
        let mut marks = Marks::default();
        while self.at < self.bytes.len() {
            let (name, value) = self.read().ok_or(EventStreamError::Headers)?;
            if let HeaderValue::String(text) = value {
                match name {
                    ":message-type" => marks.message = Some(text),
                    ":event-type" => marks.event = Some(text),
                    _ => {}
                }
            }
        }
        Ok(marks)
    }

    fn read(&mut self) -> Option<(&'a str, HeaderValue<'a>)> {
        let [name_len] = self.take_array()?;
        let name = self.take_text(usize::from(name_len))?;
        if name.is_empty() {
            return None;
        }
        let [kind] = self.take_array()?;
        Some((name, self.read_value(kind)?))
    }

    fn read_value(&mut self, kind: u8) -> Option<HeaderValue<'a>> {
        Some(match kind {
            kind::TRUE => HeaderValue::Bool(true),
            kind::FALSE => HeaderValue::Bool(false),
            kind::BYTE => HeaderValue::Byte(i8::from_be_bytes(self.take_array()?)),
            kind::SHORT => HeaderValue::Short(i16::from_be_bytes(self.take_array()?)),
            kind::INT => HeaderValue::Int(i32::from_be_bytes(self.take_array()?)),
            kind::LONG => HeaderValue::Long(i64::from_be_bytes(self.take_array()?)),
            kind::BYTES => {
                let len = self.take_len()?;
                HeaderValue::Bytes(self.take(len)?)
            }
            kind::STRING => {
                let len = self.take_len()?;
                HeaderValue::String(self.take_text(len)?)
            }
            kind::TIMESTAMP => HeaderValue::Timestamp(i64::from_be_bytes(self.take_array()?)),
            kind::UUID => HeaderValue::Uuid(self.take_array()?),
            _ => return None,
        })
    }

    /// Takes the length of a value that has it, in two bytes, before it.
    fn take_len(&mut self) -> Option<usize> {
        self.take_array().map(u16::from_be_bytes).map(usize::from)
    }

    fn take_text(&mut self, len: usize) -> Option<&'a str> {
        let start = self.at;
        let bytes = self.take(len)?;
        match self.text {
            Some(text) => text.get(start..self.at),
            None => str::from_utf8(bytes).ok(),
        }
    }

    fn take_array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, HeaderValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.read()
    }
}
