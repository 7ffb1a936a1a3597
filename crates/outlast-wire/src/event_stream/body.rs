//! From the bytes of a body of frames to events, for any protocol that puts its events into such frames.

use std::str;

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, Mode};

use super::{EventStreamDecoder, Frame};
use crate::body::{Frames, Gathered, in_reply};
use crate::error::{ErrorBody, malformed};
use crate::json::Object;
use crate::{Decoder, Events, FrameDecoder};

/// Decodes the body of one reply whose stream comes in binary frames, in the protocol of `F`.
///
/// It does for these what [`ChatDecoder`](crate::ChatDecoder) does for server-sent events, by the same rules and within
/// the same bounds. `F` is handed the header `:event-type` as the event's name and the payload as its data.
///
/// A frame whose `:message-type` is `exception` or `error` ends the reply with the error it tells of. A wrong checksum
/// is [`ErrorKind::StreamBroken`], and so is a body that ends inside a frame.
#[derive(Debug)]
pub struct EventStreamBody<F> {
    frames: Frames<F>,
    form: Form,
}

/// What a body turned out to be.
#[derive(Debug)]
enum Form {
    /// A stream was asked for, and nothing has come so far.
    Blank,
    Stream(EventStreamDecoder),
    Whole(Gathered),
}

impl<F: FrameDecoder> EventStreamBody<F> {
    /// Decodes a reply that was asked for in `mode`.
    pub fn new(mode: Mode, decoder: F) -> Self {
        Self {
            frames: Frames::new(decoder),
            form: match mode {
                Mode::Stream => Form::Blank,
                Mode::Unary => Form::Whole(Gathered::default()),
            },
        }
    }

    /// Counts the frames that were skipped because they could not be read.
    pub fn malformed_frames(&self) -> u32 {
        self.frames.malformed()
    }
}

impl<F: FrameDecoder> Decoder for EventStreamBody<F> {
    fn push(&mut self, bytes: Bytes, out: &mut Events) -> Result<(), Error> {
        if let Form::Blank = self.form
            && let Some(first) = bytes.first()
        {
            self.form = form_of(*first);
        }
        match &mut self.form {
            Form::Blank => Ok(()),
            Form::Stream(stream) => {
                if self.frames.decoder().is_done() {
                    return Ok(());
                }
                stream.push(bytes);
                read(&mut self.frames, stream, out)
            }
            Form::Whole(gathered) => gathered.push(bytes),
        }
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        match &mut self.form {
            Form::Whole(gathered) => self.frames.whole(&gathered.take(), out),
            _ if self.frames.decoder().is_done() => Ok(()),
            Form::Stream(stream) if stream.is_amid_frame() => Err(in_reply(
                Error::new(ErrorKind::StreamBroken).with_message("the stream ended inside a frame"),
            )),
            _ => self.frames.end_stream(out),
        }
    }

    fn is_done(&self) -> bool {
        self.frames.decoder().is_done()
    }
}

/// Finds out what a body is. A frame begins with a length whose first byte is 0, but for the longest there may be; a
/// document begins with something that can be seen, or with white space.
fn form_of(first: u8) -> Form {
    match first {
        b'{' | b'[' | b'<' => Form::Whole(Gathered::default()),
        _ if first.is_ascii_whitespace() => Form::Whole(Gathered::default()),
        _ => Form::Stream(EventStreamDecoder::default()),
    }
}

fn read<F: FrameDecoder>(
    frames: &mut Frames<F>,
    stream: &mut EventStreamDecoder,
    out: &mut Events,
) -> Result<(), Error> {
    while let Some(frame) = stream.next_frame() {
        take(frames, frame.map_err(in_reply)?, out)?;
        if frames.decoder().is_done() {
            break;
        }
    }
    Ok(())
}

fn take<F: FrameDecoder>(
    frames: &mut Frames<F>,
    frame: Frame<'_>,
    out: &mut Events,
) -> Result<(), Error> {
    let marks = frame.marks();
    match marks.message {
        Some("exception") => {
            let name = frame.string_header(":exception-type").or(marks.event);
            Err(in_reply(exception(name, frame.payload())))
        }
        Some("error") => {
            let code = frame.string_header(":error-code");
            let words = frame.string_header(":error-message");
            Err(in_reply(unmodelled(code, words)))
        }
        _ => match str::from_utf8(frame.payload()) {
            Ok(data) => frames.frame(marks.event, data, out),
            Err(_) => frames.skip(malformed("an event of the stream is not UTF-8")),
        },
    }
}

/// Reads an exception that the service has a name for: `throttlingException` beside `{"message": "..."}`.
fn exception(name: Option<&str>, payload: &[u8]) -> Error {
    let mut body = ErrorBody {
        code: name.map(exception_name),
        ..ErrorBody::default()
    };
    if let Ok(mut fields) = Object::read(payload) {
        let mut text = |name: &str| fields.take::<String>(name).ok().flatten();
        body.message = text("message")
            .or_else(|| text("Message"))
            .or_else(|| text("originalMessage"));
    }
    body.into_error_in_reply(ErrorKind::StreamBroken)
}

/// Reads an error that the service has no name for: it is told in headers.
fn unmodelled(code: Option<&str>, words: Option<&str>) -> Error {
    ErrorBody {
        code: code.map(exception_name),
        message: words.map(str::to_owned),
        ..ErrorBody::default()
    }
    .into_error_in_reply(ErrorKind::StreamBroken)
}

/// Returns the name as it stands in an error reply: in a stream it begins with a small letter.
fn exception_name(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(chars)
        .collect()
}
