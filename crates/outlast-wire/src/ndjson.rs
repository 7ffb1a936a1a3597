//! Streams of lines of JSON (NDJSON): Ollama's own format, and Cohere's before SSE.
//!
//! [`LineDecoder`] is to them what [`crate::ChatDecoder`] is to SSE: the protocol is a [`FrameDecoder`] that is handed
//! one line at a time. A line may be as long as an event of [`crate::sse`]. A body that is one JSON document over several
//! lines, or an HTML page, is decoded as the whole that it is; lines that cannot be read are skipped and counted.

use bytes::{Bytes, BytesMut};
use memchr::memchr;
use outlast_types::{Error, ErrorKind, Mode};
use serde::de::IgnoredAny;

use crate::body::{Frames, Gathered, in_reply};
use crate::sse::MAX_EVENT;
use crate::{Decoder, Events, FrameDecoder};

/// Decodes the body of one reply whose stream is lines of JSON, in the protocol of `F`.
#[derive(Debug)]
pub struct LineDecoder<F> {
    frames: Frames<F>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// A stream was asked for, and its first line is not there yet.
    Unknown(Lines),
    Lines(Lines),
    Whole(Gathered),
}

/// The lines of a body, as its bytes come.
#[derive(Debug, Default)]
struct Lines {
    buffer: BytesMut,
    /// How much of the buffer has no line end in it.
    searched: usize,
}

impl<F: FrameDecoder> LineDecoder<F> {
    /// Decodes a reply that was asked for in `mode`.
    pub fn new(mode: Mode, decoder: F) -> Self {
        Self {
            frames: Frames::new(decoder),
            form: match mode {
                Mode::Stream => Form::Unknown(Lines::default()),
                Mode::Unary => Form::Whole(Gathered::default()),
            },
        }
    }

    /// Finds out what the body is once its first line is there.
    fn settle(&mut self) -> Result<(), Error> {
        let Form::Unknown(lines) = &mut self.form else {
            return Ok(());
        };
        lines.drop_blank();
        let Some(line) = lines.peek()? else {
            return Ok(());
        };
        let is_json = serde_json::from_slice::<IgnoredAny>(line).is_ok();
        let lines = std::mem::take(lines);
        if is_json {
            self.form = Form::Lines(lines);
        } else {
            let mut whole = Gathered::default();
            whole.push(lines.buffer.freeze())?;
            self.form = Form::Whole(whole);
        }
        Ok(())
    }

    fn read_lines(&mut self, out: &mut Events) -> Result<(), Error> {
        let Form::Lines(lines) = &mut self.form else {
            return Ok(());
        };
        while !self.frames.is_done()
            && let Some(line) = lines.next()?
        {
            self.frames.take_line(&line, out)?;
        }
        Ok(())
    }
}

impl<F: FrameDecoder> Decoder for LineDecoder<F> {
    fn push(&mut self, bytes: Bytes, out: &mut Events) -> Result<(), Error> {
        match &mut self.form {
            Form::Whole(gathered) => return gathered.push(bytes),
            Form::Lines(_) if self.frames.is_done() => return Ok(()),
            Form::Lines(lines) | Form::Unknown(lines) => lines.buffer.extend_from_slice(&bytes),
        }
        self.settle()?;
        self.read_lines(out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        match &mut self.form {
            Form::Whole(gathered) => {
                let body = gathered.take();
                self.frames.whole(&body, out)
            }
            Form::Unknown(lines) | Form::Lines(lines) => {
                // The last line may lack its end.
                let rest = lines.take_rest();
                if !self.frames.is_done() && !rest.trim_ascii().is_empty() {
                    self.frames.take_line(&rest, out)?;
                }
                self.frames.end_of_lines(out)
            }
        }
    }

    fn is_done(&self) -> bool {
        self.frames.is_done()
    }
}

impl Lines {
    /// Returns the first line, if it is whole, and leaves it where it is.
    fn peek(&mut self) -> Result<Option<&[u8]>, Error> {
        let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(found) = memchr(b'\n', unsearched) else {
            self.searched = self.buffer.len();
            if self.searched > MAX_EVENT {
                let message = format!("a line of the stream is longer than {MAX_EVENT} bytes");
                let error = Error::new(ErrorKind::StreamBroken).with_message(message);
                return Err(in_reply(error));
            }
            return Ok(None);
        };
        let end = self.searched + found;
        Ok(self.buffer.get(..end))
    }

    /// Returns the next line that is not blank.
    fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let Some(len) = self.peek()?.map(<[u8]>::len) else {
                return Ok(None);
            };
            let line = self.buffer.split_to(len + 1).freeze();
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn drop_blank(&mut self) {
        let blank = self
            .buffer
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        if blank > 0 {
            let _blank = self.buffer.split_to(blank);
            self.searched = 0;
        }
    }

    fn take_rest(&mut self) -> Bytes {
        self.searched = 0;
        self.buffer.split().freeze()
    }
}
