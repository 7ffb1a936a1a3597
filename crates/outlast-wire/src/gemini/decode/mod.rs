//! A reply's body: the chunks of a stream, or a whole one.
//!
//! A chunk of a stream has the form of a whole reply that holds only what is new. The last one is not marked: the reply
//! is over when its body is. It is whole if every answer has given its reason for ending, or if the prompt was blocked;
//! former models give the reason with every chunk, so the last one counts.

mod candidate;
mod chunk;
mod kept;
mod partial_call;
mod plain;
mod start;

use std::collections::BTreeMap;

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, FinishReason, Opaque, RawJson, StreamEvent};
use serde_json::value::RawValue;

use self::candidate::CandidateState;
use self::chunk::{Candidate, Chunk};
use self::plain::Plain;
use super::{PROTOCOL, error, usage};
use crate::error::{malformed, malformed_json};
use crate::json::{Object, read_each};
use crate::{Events, FrameDecoder};

/// The most answers of one reply; the API gives up to 8.
const MAX_CANDIDATES: usize = 128;

/// Understands the chunks of a stream and the body of a unary reply.
#[derive(Debug, Default)]
pub struct GeminiFrames {
    is_started: bool,
    is_whole: bool,
    is_done: bool,
    /// Whether the prompt was blocked, so that there will be no answer.
    is_blocked: bool,
    candidates: Vec<CandidateState>,
    /// The counts so far, as they were written; each chunk's stand in for those before.
    usage: String,
}

impl FrameDecoder for GeminiFrames {
    fn frame(&mut self, _name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if self.is_started
            && let Some(piece) = plain::read(data)
        {
            return self.plain(piece, out);
        }
        let chunk = serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        self.chunk(chunk, data, out)
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
        if text.trim_ascii_start().starts_with('[') {
            // A stream that was not asked for as events.
            self.array(text, out)?;
            return self.end(out);
        }
        self.is_whole = true;
        let chunk = serde_json::from_str(text).map_err(|error| malformed_json(&error))?;
        self.chunk(chunk, text, out)?;
        self.close(out);
        Ok(())
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        if self.is_done {
            return Ok(());
        }
        let is_over = self.is_blocked
            || !self.candidates.is_empty()
                && self.candidates.iter().all(CandidateState::is_finished);
        if is_over {
            self.close(out);
            return Ok(());
        }
        self.give_up(out);
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn stray(&mut self, text: &str, out: &mut Events) -> Result<(), Error> {
        // When a stream fails midway the error stands behind the events as it would in a unary reply.
        match serde_json::from_str::<Chunk<'_>>(text) {
            Ok(chunk) if chunk.error.is_some() => Err(self.fail(text, out)),
            _ => Ok(()),
        }
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}

impl GeminiFrames {
    fn plain(&mut self, piece: Plain<'_>, out: &mut Events) -> Result<(), Error> {
        if let Some(usage) = piece.usage {
            self.usage.clear();
            self.usage.push_str(usage);
        }
        self.state(piece.index)?
            .text(piece.text, piece.is_thought, out);
        Ok(())
    }

    /// Reads a stream's chunks that came in one array.
    fn array(&mut self, text: &str, out: &mut Events) -> Result<(), Error> {
        let raw = serde_json::from_str(text).map_err(|error| malformed_json(&error))?;
        let chunks =
            read_each(raw, Ok).map_err(|_| malformed("the reply has an unexpected form"))?;
        chunks
            .into_iter()
            .try_for_each(|chunk: &RawValue| self.frame(None, chunk.get(), out))
    }

    fn chunk(&mut self, chunk: Chunk<'_>, data: &str, out: &mut Events) -> Result<(), Error> {
        if chunk.error.is_some_and(|raw| raw.get() != "null") {
            return Err(self.fail(data, out));
        }
        if chunk.candidates.is_none() && chunk.feedback.is_none() && chunk.usage.is_none() {
            return self.unknown(data, out);
        }
        self.is_blocked |= chunk.feedback.is_some_and(blocks);
        if !std::mem::replace(&mut self.is_started, true) {
            out.push_back(start::read(&chunk));
            let counts = chunk.usage.filter(|_| !self.is_whole);
            if let Some(usage) = counts.and_then(|raw| usage::read(raw.get())) {
                // What the prompt cost is known now, should the stream be given up.
                out.push_back(StreamEvent::usage(usage));
            }
        } else if let Some(raw) = chunk.feedback {
            out.extend(late("promptFeedback", raw));
        }
        if let Some(raw) = chunk.usage {
            self.usage.clear();
            self.usage.push_str(raw.get());
        }
        for candidate in chunk.candidates.into_iter().flatten() {
            self.candidate(candidate, out)?;
        }
        Ok(())
    }

    /// Hands on a chunk of a kind that is not known; a reply that begins with one is none.
    fn unknown(&self, data: &str, out: &mut Events) -> Result<(), Error> {
        if !self.is_started {
            return Err(malformed("the reply has no candidates"));
        }
        let raw = RawJson::parse(data).map_err(|error| malformed_json(&error))?;
        let origin = PROTOCOL;
        out.push_back(StreamEvent::Opaque(Box::new(Opaque { origin, raw })));
        Ok(())
    }

    fn candidate(&mut self, candidate: Candidate<'_>, out: &mut Events) -> Result<(), Error> {
        let is_whole = self.is_whole;
        self.state(candidate.index)?.push(candidate, is_whole, out)
    }

    fn state(&mut self, index: u32) -> Result<&mut CandidateState, Error> {
        let at = match self
            .candidates
            .iter()
            .position(|state| state.index() == index)
        {
            Some(at) => at,
            None if self.candidates.len() == MAX_CANDIDATES => {
                return Err(malformed("more answers than a reply may have"));
            }
            None => {
                self.candidates.push(CandidateState::new(index));
                self.candidates.len() - 1
            }
        };
        self.candidates
            .get_mut(at)
            .ok_or_else(|| malformed("an answer that is not there"))
    }

    /// Hands out what was held back, before the reply is over.
    fn close(&mut self, out: &mut Events) {
        for candidate in &mut self.candidates {
            candidate.close(out);
        }
        if self.is_blocked && self.candidates.is_empty() {
            out.push_back(StreamEvent::finish(FinishReason::ContentFilter));
        }
        self.give_up(out);
    }

    /// Ends the reply without an ending of its answers, but with what it has cost.
    fn give_up(&mut self, out: &mut Events) {
        if let Some(usage) = usage::read(&self.usage) {
            out.push_back(StreamEvent::Usage {
                usage,
                raw: usage::keep(&self.usage),
            });
        }
        self.is_done = true;
    }

    fn fail(&mut self, document: &str, out: &mut Events) -> Error {
        let otherwise = if self.is_whole {
            ErrorKind::Server
        } else {
            ErrorKind::StreamBroken
        };
        self.give_up(out);
        error::in_reply(document.as_bytes(), otherwise)
    }
}

/// Tells whether a `promptFeedback` says that the prompt was blocked.
fn blocks(raw: &RawValue) -> bool {
    let reason = Object::from_raw(raw)
        .ok()
        .and_then(|mut feedback| feedback.take_raw("blockReason"));
    reason.is_some_and(|reason| {
        !matches!(
            reason.get(),
            "null" | "\"\"" | "0" | "\"BLOCK_REASON_UNSPECIFIED\""
        )
    })
}

/// Hands on what came too late for the beginning of the reply.
fn late(name: &str, raw: &RawValue) -> Option<StreamEvent> {
    let raw = RawJson::from_value(&BTreeMap::from([(name, raw)])).ok()?;
    let origin = PROTOCOL;
    Some(StreamEvent::Opaque(Box::new(Opaque { origin, raw })))
}
