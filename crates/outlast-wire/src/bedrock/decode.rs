//! A reply's body: the events of a stream, or one message.
//!
//! What the API promises is read strictly where it bears on the answer: a stream without `messageStop` is broken. Blocks
//! that are not closed, a second `messageStart` and an end without `metadata` are borne. Unknown events are handed on, and
//! unknown blocks become opaque parts.

use std::collections::BTreeMap;

use bytes::Bytes;
use outlast_types::{
    Error, ErrorKind, Extra, Finish, FinishReason, Opaque, RawJson, ReplyStart, StreamEvent,
};

use super::frame_in::{DeltaFrame, FrameDelta};
use super::streamed_block::{Calls, StreamedBlock};
use super::{PROTOCOL, finish, usage, whole};
use crate::body::MAX_BODY;
use crate::error::{malformed, malformed_json};
use crate::json::Object;
use crate::{Events, FrameDecoder};

/// The most blocks that may be open at once; the API has one.
const MAX_OPEN_BLOCKS: usize = 64;

/// Padding, so that the length of an event does not tell the length of its text.
const PADDING: &str = "p";

/// Understands the events of one ConverseStream reply, or the body of one Converse reply.
#[derive(Debug, Default)]
pub struct ConverseDecoder {
    is_started: bool,
    is_finished: bool,
    is_done: bool,
    open: Vec<StreamedBlock>,
    calls: Calls,
    /// How many bytes of events were held back for parts that are handed on whole.
    held: usize,
}

impl FrameDecoder for ConverseDecoder {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if self.is_done {
            return Ok(());
        }
        match name.unwrap_or_default() {
            "contentBlockDelta" => self.delta(data, out),
            "contentBlockStart" => self.start_block(data, out),
            "contentBlockStop" => self.stop_block(data, out),
            "messageStart" => self.start(data, out),
            "messageStop" => self.stop(data, out),
            "metadata" => self.metadata(data, out),
            other => self.unknown(other, data, out),
        }
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        whole::read(body, out)?;
        self.is_done = true;
        Ok(())
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        if !self.is_done && !self.is_finished {
            return Err(Error::new(ErrorKind::StreamBroken)
                .with_message("the stream ended before its last event"));
        }
        self.end_blocks(out);
        self.is_done = true;
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}

impl ConverseDecoder {
    fn start(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let mut fields = event_fields(data)?;
        fields.take_raw("role");
        if !std::mem::replace(&mut self.is_started, true) {
            let mut start = ReplyStart::new(PROTOCOL);
            start.extra = fields.into_extra(PROTOCOL);
            out.push_back(StreamEvent::Start(Box::new(start)));
        }
        Ok(())
    }

    /// Begins a reply whose first event was lost on the way.
    fn start_anyway(&mut self, out: &mut Events) {
        if !std::mem::replace(&mut self.is_started, true) {
            out.push_back(StreamEvent::Start(Box::new(ReplyStart::new(PROTOCOL))));
        }
    }

    fn start_block(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let mut fields = event_fields(data)?;
        let index = block_index(&mut fields);
        let start = fields
            .take_raw("start")
            .ok_or_else(|| malformed("a block's start is missing"))?;
        self.make_room(index, out)?;
        let block = StreamedBlock::start(index, start, &mut self.calls, out)?;
        self.open.push(block);
        Ok(())
    }

    fn stop_block(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let index = block_index(&mut event_fields(data)?);
        self.end_block(index, out);
        Ok(())
    }

    fn delta(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let frame: DeltaFrame<'_> =
            serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        let delta = frame.delta.ok_or_else(|| malformed("a delta is missing"))?;
        let index = frame.content_block_index;
        // The one that is written to is the last.
        let at = self.open.iter().rposition(|block| block.index() == index);
        let at = match at {
            Some(at) => at,
            None => self.begin_block(index, &delta, out)?,
        };
        match self.open.get_mut(at) {
            Some(block) => {
                if block.holds_back(&delta) {
                    self.held = self.held.saturating_add(data.len());
                    if self.held > MAX_BODY {
                        return Err(too_much("the reply is too long"));
                    }
                }
                block.delta(delta, data, out)
            }
            None => Ok(()),
        }
    }

    /// Begins a block that has no start, and returns its place among the open ones.
    fn begin_block(
        &mut self,
        index: u64,
        delta: &FrameDelta<'_>,
        out: &mut Events,
    ) -> Result<usize, Error> {
        let block = StreamedBlock::begin(index, delta)?;
        self.make_room(index, out)?;
        self.open.push(block);
        Ok(self.open.len() - 1)
    }

    fn make_room(&mut self, index: u64, out: &mut Events) -> Result<(), Error> {
        self.start_anyway(out);
        self.end_block(index, out);
        if self.open.len() >= MAX_OPEN_BLOCKS {
            return Err(too_much("too many content blocks are open at once"));
        }
        Ok(())
    }

    fn end_block(&mut self, index: u64, out: &mut Events) {
        if let Some(at) = self.open.iter().position(|block| block.index() == index) {
            self.open.remove(at).end(out);
        }
    }

    /// Ends the blocks that were not ended.
    fn end_blocks(&mut self, out: &mut Events) {
        for block in std::mem::take(&mut self.open) {
            block.end(out);
        }
    }

    fn stop(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let mut fields = event_fields(data)?;
        let reason = string(&mut fields, finish::FIELD)
            .ok_or_else(|| malformed("the reason for stopping is missing"))?;
        self.start_anyway(out);
        self.end_blocks(out);
        if !std::mem::replace(&mut self.is_finished, true) {
            out.push_back(finish_event(&reason, fields.into_rest(), &self.calls));
        }
        Ok(())
    }

    /// Takes the last event. It says how many tokens the reply took; a reply is complete without it.
    fn metadata(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let mut fields = event_fields(data)?;
        self.start_anyway(out);
        if let Some(counts) = fields.take_raw("usage") {
            out.push_back(usage::event(counts));
        }
        push_message_extra(fields.into_rest(), out);
        self.is_done = self.is_finished;
        Ok(())
    }

    /// Hands on an event that is not known, under its name.
    fn unknown(&mut self, name: &str, data: &str, out: &mut Events) -> Result<(), Error> {
        let payload = RawJson::parse(data).map_err(|error| malformed_json(&error))?;
        if let Ok(raw) = RawJson::from_value(&BTreeMap::from([(name, payload)])) {
            out.push_back(StreamEvent::Opaque(Box::new(Opaque {
                origin: PROTOCOL,
                raw,
            })));
        }
        Ok(())
    }
}

/// Reads an event's payload, without its padding.
fn event_fields(data: &str) -> Result<Object<'_>, Error> {
    let value = serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
    let mut fields = Object::from_raw(value).map_err(|_| malformed("an event is no object"))?;
    fields.take_raw(PADDING);
    Ok(fields)
}

fn block_index(fields: &mut Object<'_>) -> u64 {
    fields.take("contentBlockIndex").ok().flatten().unwrap_or(0)
}

fn string(fields: &mut Object<'_>, name: &str) -> Option<String> {
    fields.take(name).ok().flatten()
}

fn too_much(message: &str) -> Error {
    Error::new(ErrorKind::StreamBroken).with_message(message)
}

/// Makes the event of an answer that ended for `reason`; `extra` is what was said beside it.
pub(super) fn finish_event(
    reason: &str,
    mut extra: BTreeMap<String, RawJson>,
    calls: &Calls,
) -> StreamEvent {
    let mut read = finish::read(reason);
    if finish::write(&read, true, false) != reason {
        extra.insert(finish::FIELD.to_owned(), serde_json::json!(reason).into());
    }
    if read == FinishReason::ToolCalls && calls.answers > 0 && calls.tools == 0 {
        // The only call was the answer itself.
        read = FinishReason::Stop;
    }
    StreamEvent::Finish(Finish {
        choice: 0,
        reason: read,
        extra: Extra::from_fields(PROTOCOL, extra).map(Box::new),
    })
}

/// Hands on what the provider tells beside the answer: how long it took, what its guardrails did.
pub(super) fn push_message_extra(fields: BTreeMap<String, RawJson>, out: &mut Events) {
    if let Some(extra) = Extra::from_fields(PROTOCOL, fields) {
        let extra = Box::new(extra);
        out.push_back(StreamEvent::Extra { choice: 0, extra });
    }
}
