//! From the bytes of a body to events, for any protocol.
//!
//! A protocol is a [`FrameDecoder`]: a state machine that is handed one SSE event, or one whole body, at a time and
//! never sees a byte that is not its own. [`ChatDecoder`] does the rest, the same for all of them:
//!
//! - It finds the SSE events of a stream, within the bounds of [`crate::sse`], and turns comments and blank lines into
//!   [`StreamEvent::Ping`].
//! - It gathers a unary body up to [`MAX_BODY`] and hands it over at the end.
//! - A body that is one JSON document although a stream was asked for is decoded as the whole reply, or the error, that
//!   it is. An HTML page is [`ErrorKind::Malformed`], with its title as message.
//! - A frame that cannot be read is skipped and counted. More than [`MAX_MALFORMED`] of them, or a stream without one
//!   good frame, are [`ErrorKind::Malformed`].
//! - What comes after the protocol's last event is left unread.

use bytes::{Bytes, BytesMut};
use outlast_types::{Error, ErrorKind, Mode, Phase, Sent, StreamEvent};

use crate::error::{html_title, malformed};
use crate::sse::{SseDecoder, SseItem};
use crate::{Decoder, Events};

/// The most bytes of a unary body: 64 MiB.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// How many frames of one stream may be skipped because they cannot be read.
pub const MAX_MALFORMED: u32 = 8;

/// Understands the frames of one protocol: a pure state machine, one per reply.
///
/// An error of kind [`ErrorKind::Malformed`] from [`frame`](FrameDecoder::frame) means that this one frame cannot be
/// read; it is skipped and counted. An error of any other kind ends the reply, as a provider's error event does.
pub trait FrameDecoder: Send + 'static {
    /// Takes one SSE event of a stream: its `event` field, if it has one, and its data.
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error>;

    /// Takes the whole body of a unary reply: a success, or an error with a status of 2xx.
    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error>;

    /// Takes the lines of a stream that belong to no event, before its end. It fails if they say that the reply did.
    fn stray(&mut self, _text: &str, _out: &mut Events) -> Result<(), Error> {
        Ok(())
    }

    /// Takes the end of a stream that has not had the protocol's last event. It fails with
    /// [`ErrorKind::StreamBroken`], unless the protocol can do without that event.
    fn end(&mut self, out: &mut Events) -> Result<(), Error>;

    /// Tells whether the protocol's last event was read.
    fn is_done(&self) -> bool;
}

/// Decodes the body of one reply in the protocol of `F`.
#[derive(Debug)]
pub struct ChatDecoder<F> {
    frames: Frames<F>,
    form: Form,
}

/// What a body turned out to be.
#[derive(Debug)]
enum Form {
    /// A stream was asked for, and nothing but white space has come so far.
    Blank(SseDecoder),
    Stream(SseDecoder),
    Whole(Gathered),
}

impl<F: FrameDecoder> ChatDecoder<F> {
    /// Decodes a reply that was asked for in `mode`.
    pub fn new(mode: Mode, decoder: F) -> Self {
        Self {
            frames: Frames::new(decoder),
            form: match mode {
                Mode::Stream => Form::Blank(SseDecoder::default()),
                Mode::Unary => Form::Whole(Gathered::default()),
            },
        }
    }

    /// Counts the frames that were skipped because they could not be read.
    pub fn malformed_frames(&self) -> u32 {
        self.frames.malformed
    }

    /// Finds out what the body is once its first visible byte is there: no event stream begins like JSON or HTML.
    /// Returns `bytes` without the blank lines that were taken as signs of life.
    fn settle(&mut self, mut bytes: Bytes, out: &mut Events) -> Result<Bytes, Error> {
        let Form::Blank(sse) = &mut self.form else {
            return Ok(bytes);
        };
        let visible = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
        match visible.and_then(|at| Some((at, bytes.get(at)?))) {
            None => {}
            Some((at, b'{' | b'[' | b'<')) => {
                sse.push(bytes.split_to(at));
                self.frames.read(sse, out)?;
                self.form = Form::Whole(Gathered::default());
            }
            Some(_) => self.form = Form::Stream(std::mem::take(sse)),
        }
        Ok(bytes)
    }
}

impl<F: FrameDecoder> Decoder for ChatDecoder<F> {
    fn push(&mut self, bytes: Bytes, out: &mut Events) -> Result<(), Error> {
        let bytes = self.settle(bytes, out)?;
        match &mut self.form {
            Form::Blank(sse) | Form::Stream(sse) => {
                if self.frames.decoder.is_done() {
                    return Ok(());
                }
                sse.push(bytes);
                self.frames.read(sse, out)
            }
            Form::Whole(gathered) => gathered.push(bytes),
        }
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        match &mut self.form {
            Form::Blank(sse) | Form::Stream(sse) => self.frames.end(sse, out),
            Form::Whole(gathered) => self.frames.whole(&gathered.take(), out),
        }
    }

    fn is_done(&self) -> bool {
        self.frames.decoder.is_done()
    }
}

/// The protocol's decoder, and how it got on so far.
#[derive(Debug)]
pub(crate) struct Frames<F> {
    decoder: F,
    good: u32,
    malformed: u32,
}

impl<F: FrameDecoder> Frames<F> {
    pub(crate) fn new(decoder: F) -> Self {
        Self {
            decoder,
            good: 0,
            malformed: 0,
        }
    }

    pub(crate) fn decoder(&self) -> &F {
        &self.decoder
    }

    pub(crate) fn malformed(&self) -> u32 {
        self.malformed
    }

    pub(crate) fn is_done(&self) -> bool {
        self.decoder.is_done()
    }

    /// Takes one line of a stream of lines.
    pub(crate) fn take_line(&mut self, line: &[u8], out: &mut Events) -> Result<(), Error> {
        match std::str::from_utf8(line) {
            Ok(line) => self.frame(None, line, out),
            Err(_) => self.skip(malformed("a line of the reply is not UTF-8")),
        }
    }

    /// Takes the end of a stream of lines.
    pub(crate) fn end_of_lines(&mut self, out: &mut Events) -> Result<(), Error> {
        if self.decoder.is_done() {
            return Ok(());
        }
        if self.good == 0 && self.malformed > 0 {
            return Err(malformed("the reply is no stream of JSON lines"));
        }
        self.decoder.end(out).map_err(in_reply)
    }

    fn read(&mut self, sse: &mut SseDecoder, out: &mut Events) -> Result<(), Error> {
        while let Some(item) = sse.next_item() {
            self.take(item.map_err(in_reply)?, out)?;
            if self.decoder.is_done() {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, item: SseItem<'_>, out: &mut Events) -> Result<(), Error> {
        let event = match item {
            SseItem::Event(event) => event,
            SseItem::KeepAlive => {
                // Many in a row say no more than one.
                if !matches!(out.back(), Some(StreamEvent::Ping)) {
                    out.push_back(StreamEvent::Ping);
                }
                return Ok(());
            }
        };
        self.frame(event.name, event.data, out)
    }

    /// Hands one frame to the decoder, and counts how it went.
    pub(crate) fn frame(
        &mut self,
        name: Option<&str>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        match self.decoder.frame(name, data, out) {
            Ok(()) => self.good = self.good.saturating_add(1),
            Err(error) if error.kind() == ErrorKind::Malformed => return self.skip(error),
            Err(error) => return Err(in_reply(error)),
        }
        Ok(())
    }

    /// Skips a frame that cannot be read, unless there were too many already.
    pub(crate) fn skip(&mut self, error: Error) -> Result<(), Error> {
        self.malformed += 1;
        if self.malformed > MAX_MALFORMED {
            return Err(in_reply(error));
        }
        Ok(())
    }

    fn end(&mut self, sse: &mut SseDecoder, out: &mut Events) -> Result<(), Error> {
        if self.decoder.is_done() {
            return Ok(());
        }
        if let Some(item) = sse.finish() {
            self.take(item.map_err(in_reply)?, out)?;
        }
        if self.decoder.is_done() {
            return Ok(());
        }
        if self.good == 0 && (self.malformed > 0 || sse.has_foreign_lines()) {
            return Err(no_stream());
        }
        if let Some(text) = sse.foreign_text() {
            self.decoder.stray(text, out).map_err(in_reply)?;
        }
        self.end_stream(out)
    }

    /// Takes the end of a stream that has not had the protocol's last event.
    pub(crate) fn end_stream(&mut self, out: &mut Events) -> Result<(), Error> {
        if self.good == 0 && self.malformed > 0 {
            return Err(no_stream());
        }
        self.decoder.end(out).map_err(in_reply)
    }

    pub(crate) fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        refuse_foreign(body)?;
        self.decoder.whole(body, out).map_err(in_reply)
    }
}

/// Refuses a whole body that no protocol sends: nothing at all, or a page for people.
pub(crate) fn refuse_foreign(body: &Bytes) -> Result<(), Error> {
    let text = body.trim_ascii_start();
    if text.is_empty() {
        return Err(malformed("the reply has no body"));
    }
    if text.starts_with(b"<") {
        let title = html_title(&String::from_utf8_lossy(text)).unwrap_or_default();
        return Err(malformed(title).with_body(body.clone()));
    }
    Ok(())
}

fn no_stream() -> Error {
    malformed("the reply is no stream of events")
}

/// Adds to an error what is always so once a reply has begun. Whoever knows that the caller has seen some of it says
/// so after us.
pub(crate) fn in_reply(error: impl Into<Error>) -> Error {
    error
        .into()
        .with_phase(Phase::BeforeCommit)
        .with_sent(Sent::Yes)
}

/// The bytes of a unary body; one chunk is kept as it is.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    first: Bytes,
    all: BytesMut,
}

impl Gathered {
    pub(crate) fn push(&mut self, bytes: Bytes) -> Result<(), Error> {
        let len = self.first.len().max(self.all.len()) + bytes.len();
        if len > MAX_BODY {
            let message = format!("the reply is longer than {MAX_BODY} bytes");
            return Err(in_reply(
                Error::new(ErrorKind::StreamBroken).with_message(message),
            ));
        }
        if len == bytes.len() {
            self.first = bytes;
            return Ok(());
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.all.extend_from_slice(&bytes);
        Ok(())
    }

    pub(crate) fn take(&mut self) -> Bytes {
        if self.all.is_empty() {
            std::mem::take(&mut self.first)
        } else {
            self.all.split().freeze()
        }
    }
}
