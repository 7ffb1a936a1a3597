//! Reads replies: the chunks of a stream, or a whole body.
//!
//! One state machine for both, fed by [`crate::ChatDecoder`]. It takes every form of the format that providers have
//! been seen to send; the places where they differ are named where they are read.

mod calls;
mod choice;
mod chunk;
mod details;
mod kept;
mod plain;
mod sound;
mod start;
mod whole;

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, Opaque, RawJson, StreamEvent};
use serde::Deserialize;
use serde_json::value::RawValue;

use self::choice::ChoiceState;
use self::chunk::{Chunk, ChunkChoice};
use self::start::Introduction;
use super::{PROTOCOL, error, usage};
use crate::error::malformed;
use crate::{Events, FrameDecoder};

/// The most answers of one reply; OpenAI allows 128.
const MAX_CHOICES: usize = 128;

/// What ends a stream.
const DONE: &str = "[DONE]";

/// Understands the chunks of a stream and the body of a unary reply.
#[derive(Debug, Default)]
pub struct ChatFrames {
    introduction: Introduction,
    choices: Vec<ChoiceState>,
    done: bool,
}

impl FrameDecoder for ChatFrames {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if data.trim_ascii() == DONE {
            self.close(out);
            return Ok(());
        }
        // Groq names the frame that ends a stream in an error, and none of the others.
        if name == Some("error") {
            return Err(self.fail(error::in_stream(data), out));
        }
        if self.introduction.is_over()
            && let Some(piece) = plain::read(data)
        {
            self.state(piece.index)?.plain(piece, out);
            return Ok(());
        }
        let chunk: Chunk<'_> =
            serde_json::from_str(data).map_err(|_| malformed("a chunk that is not readable"))?;
        if let Some(raw) = chunk.error.filter(|raw| error::is_error(raw)) {
            let error = error::in_stream_value(raw, data);
            return Err(self.fail(error, out));
        }
        self.chunk(chunk, data, out)
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        whole::read(body, out)?;
        self.done = true;
        Ok(())
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        if self.done {
            return Ok(());
        }
        // Perplexity and some others forget `[DONE]`; a stream that gave all its reasons is whole.
        let whole = !self.choices.is_empty() && self.choices.iter().all(ChoiceState::is_finished);
        self.close(out);
        if whole {
            return Ok(());
        }
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl ChatFrames {
    fn chunk(&mut self, chunk: Chunk<'_>, data: &str, out: &mut Events) -> Result<(), Error> {
        let choices = chunk.choices.filter(|choices| !choices.is_empty());
        if choices.is_none() && chunk.usage.is_none() {
            return self.bare(data, out);
        }
        if !self.introduction.is_over() {
            self.introduction.take(data);
            self.introduction.finish(out);
        }
        for choice in choices.into_iter().flatten() {
            self.choice(choice, data, out)?;
        }
        let groq = chunk.x_groq.map(GroqFields::read).unwrap_or_default();
        out.extend(chunk.usage.or(groq.usage).and_then(usage::read_event));
        match groq.error.filter(|raw| error::is_error(raw)) {
            Some(raw) => Err(self.fail(error::in_stream_value(raw, data), out)),
            None => Ok(()),
        }
    }

    fn choice(
        &mut self,
        choice: ChunkChoice<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        if let Some(raw) = choice.error.filter(|raw| error::is_error(raw)) {
            return Err(self.fail(error::in_stream_value(raw, data), out));
        }
        let state = self.state(choice.index.unwrap_or(0))?;
        state
            .push(choice, data, out)
            .map_err(|error| match error.kind() {
                ErrorKind::Malformed => error,
                _ => self.fail(error, out),
            })
    }

    /// Takes a chunk without an answer and without counts: a part of the introduction (Azure's filter results), an
    /// error that does not say so, or something that only this protocol knows.
    fn bare(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        if let Some(error) = error::disguised(data) {
            return Err(self.fail(error, out));
        }
        if !self.introduction.is_over() {
            self.introduction.take(data);
            return Ok(());
        }
        if let Ok(raw) = RawJson::parse(data) {
            let origin = PROTOCOL;
            out.push_back(StreamEvent::Opaque(Box::new(Opaque { origin, raw })));
        }
        Ok(())
    }

    fn state(&mut self, index: u32) -> Result<&mut ChoiceState, Error> {
        let at = match self.choices.iter().position(|state| state.index() == index) {
            Some(at) => at,
            None if self.choices.len() == MAX_CHOICES => {
                return Err(malformed("more answers than a reply may have"));
            }
            None => {
                self.choices.push(ChoiceState::new(index));
                self.choices.len() - 1
            }
        };
        self.choices
            .get_mut(at)
            .ok_or_else(|| malformed("an answer that is not there"))
    }

    /// Hands out what was held back, before the reply is over.
    fn close(&mut self, out: &mut Events) {
        self.introduction.finish(out);
        for choice in &mut self.choices {
            choice.close(out);
        }
        self.done = true;
    }

    fn fail(&mut self, error: Error, out: &mut Events) -> Error {
        self.close(out);
        error
    }
}

/// What Groq says in a field of its own: its counts once more, and why it gave a stream up.
#[derive(Default, Deserialize)]
#[serde(default)]
struct GroqFields<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl<'a> GroqFields<'a> {
    fn read(raw: &'a RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }
}
