//! Frames, as they are written.

use bytes::{BufMut, BytesMut};

use super::HeaderValue;
use super::frame::{CHECKSUM, PRELUDE};
use super::header::kind;

/// Appends a frame to `out`.
///
/// Names have 1 to 255 bytes, values at most 65,535: what is longer is cut, at a character if it is text. A frame has
/// at most [`MAX_FRAME`](super::MAX_FRAME) bytes where Amazon's own clients read it.
pub fn write_frame(headers: &[(&str, HeaderValue<'_>)], payload: &[u8], out: &mut BytesMut) {
    let start = out.len();
    out.put_bytes(0, PRELUDE);
    for (name, value) in headers {
        write_header(name, *value, out);
    }
    let headers_len = out.len() - start - PRELUDE;
    out.put_slice(payload);
    let frame_len = out.len() - start + CHECKSUM;
    write_prelude(frame_len, headers_len, start, out);
    let sum = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.put_u32(sum);
}

/// Fills in the lengths of the frame that begins at `start`, and their checksum.
fn write_prelude(frame_len: usize, headers_len: usize, start: usize, out: &mut BytesMut) {
    let mut prelude = [0; PRELUDE];
    let mut rest = prelude.as_mut_slice();
    rest.put_u32(wire_len(frame_len));
    rest.put_u32(wire_len(headers_len));
    let (lengths, mut sum) = prelude.split_at_mut(PRELUDE - CHECKSUM);
    sum.put_u32(crc32fast::hash(lengths));
    if let Some(place) = out.get_mut(start..start + PRELUDE) {
        place.copy_from_slice(&prelude);
    }
}

/// Returns a length as it is written. One that does not fit is refused by every reader.
fn wire_len(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn write_header(name: &str, value: HeaderValue<'_>, out: &mut BytesMut) {
    let name = cut(name, usize::from(u8::MAX));
    out.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.put_slice(name.as_bytes());
    match value {
        HeaderValue::Bool(true) => out.put_u8(kind::TRUE),
        HeaderValue::Bool(false) => out.put_u8(kind::FALSE),
        HeaderValue::Byte(number) => {
            out.put_u8(kind::BYTE);
            out.put_i8(number);
        }
        HeaderValue::Short(number) => {
            out.put_u8(kind::SHORT);
            out.put_i16(number);
        }
        HeaderValue::Int(number) => {
            out.put_u8(kind::INT);
            out.put_i32(number);
        }
        HeaderValue::Long(number) => {
            out.put_u8(kind::LONG);
            out.put_i64(number);
        }
        HeaderValue::Timestamp(millis) => {
            out.put_u8(kind::TIMESTAMP);
            out.put_i64(millis);
        }
        HeaderValue::Bytes(bytes) => {
            out.put_u8(kind::BYTES);
            write_sized(bytes.get(..usize::from(u16::MAX)).unwrap_or(bytes), out);
        }
        HeaderValue::String(text) => {
            out.put_u8(kind::STRING);
            write_sized(cut(text, usize::from(u16::MAX)).as_bytes(), out);
        }
        HeaderValue::Uuid(bytes) => {
            out.put_u8(kind::UUID);
            out.put_slice(&bytes);
        }
    }
}

fn write_sized(bytes: &[u8], out: &mut BytesMut) {
    out.put_u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
    out.put_slice(bytes);
}

/// Returns as much of a text, in whole characters, as fits into `max` bytes.
fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
