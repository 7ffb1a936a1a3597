//! A reply's body: the events of a stream, or one message.
//!
//! What the API promises is read strictly, what gateways in front of it do is borne: blocks that are not closed, a ping
//! anywhere, a second `message_start`, frames after `message_stop`, an end without `message_stop` once the reason for
//! stopping was told. Unknown events are handed on, and unknown blocks become opaque parts.

use std::collections::BTreeMap;

use bytes::Bytes;
use outlast_types::{
    ContentPart, Delta, Error, ErrorKind, Extra, Finish, FinishReason, Opaque, RawJson,
    ReasoningDelta, ReplyStart, StreamEvent, TextPart, Usage,
};
use serde_json::value::RawValue;

use super::frame_in::{Frame, FrameDelta, is_known, is_known_delta};
use super::streamed_block::{StreamedBlock, opaque_event};
use super::tools::JSON_TOOL;
use super::whole::{self, start_of, string};
use super::{PROTOCOL, error, finish, usage};
use crate::body::MAX_BODY;
use crate::error::{malformed, malformed_json};
use crate::json::Object;
use crate::{Events, FrameDecoder};

/// The most blocks that may be open at once; the API has one.
const MAX_OPEN_BLOCKS: usize = 64;

/// Understands the frames of one Messages reply.
#[derive(Debug, Default)]
pub struct MessagesDecoder {
    is_started: bool,
    is_finished: bool,
    is_done: bool,
    open: Vec<StreamedBlock>,
    calls: Calls,
    usage: Usage,
    /// How many bytes of frames were held back for parts that are handed on whole.
    held: usize,
}

/// How many calls the reply has made so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Of the caller's tools.
    pub(super) tools: u32,
    /// Of the tool that stands for a JSON answer.
    pub(super) answers: u32,
}

impl FrameDecoder for MessagesDecoder {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if self.is_done {
            return Ok(());
        }
        let frame: Frame<'_> = match serde_json::from_str(data) {
            Ok(frame) => frame,
            Err(error) => return self.odd_frame(data, &error, out),
        };
        match frame.kind.or(name).unwrap_or_default() {
            "content_block_delta" => match frame.delta {
                Some(delta) => self.delta(frame.index, delta, data, out)?,
                None => return Err(malformed("a delta is missing")),
            },
            "content_block_start" => match frame.content_block {
                Some(raw) => self.begin_block(frame.index, raw, out)?,
                None => return Err(malformed("a content block is missing")),
            },
            "content_block_stop" => self.end_block(frame.index, out),
            "message_start" => match frame.message {
                Some(raw) => self.begin(raw, out)?,
                None => return Err(malformed("the message is missing")),
            },
            "message_delta" => self.message_delta(data, out)?,
            "message_stop" => self.finish(out),
            "ping" => out.push_back(StreamEvent::Ping),
            "error" => return Err(error::in_stream(data)),
            _ if frame.error.is_some() => return Err(error::in_stream(data)),
            _ => out.push_back(opaque_event(data)),
        }
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let message = whole::read(body)?;
        self.start(message.start, out);
        for part in message.parts {
            let part = Box::new(self.counted(part));
            out.push_back(StreamEvent::Part { choice: 0, part });
        }
        self.push_usage(message.usage, out);
        if let Some(reason) = message.reason {
            self.push_finish(&reason, message.ending, out);
        }
        self.is_done = true;
        Ok(())
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        if !self.is_done && !self.is_finished {
            return Err(Error::new(ErrorKind::StreamBroken)
                .with_message("the stream ended before its last event"));
        }
        self.finish(out);
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}

impl MessagesDecoder {
    fn begin(&mut self, raw: &RawValue, out: &mut Events) -> Result<(), Error> {
        if self.is_started {
            return Ok(());
        }
        let mut message =
            Object::from_raw(raw).map_err(|_| malformed("the message is no object"))?;
        for name in ["content", "stop_reason", "stop_sequence"] {
            message.take_raw(name);
        }
        let counts = message.take_raw("usage");
        self.start(start_of(message), out);
        self.push_usage(counts, out);
        Ok(())
    }

    fn start(&mut self, start: ReplyStart, out: &mut Events) {
        self.is_started = true;
        out.push_back(StreamEvent::Start(Box::new(start)));
    }

    /// Begins a reply whose first frame was lost on the way.
    fn start_anyway(&mut self, out: &mut Events) {
        if !self.is_started {
            self.start(ReplyStart::new(PROTOCOL), out);
        }
    }

    fn push_usage(&mut self, raw: Option<&RawValue>, out: &mut Events) {
        let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
            return;
        };
        usage::update(&mut self.usage, raw);
        out.push_back(StreamEvent::Usage {
            usage: self.usage,
            raw: Some(Box::new(usage::keep(raw))),
        });
    }

    fn begin_block(&mut self, index: u64, raw: &RawValue, out: &mut Events) -> Result<(), Error> {
        self.start_anyway(out);
        if self.open.iter().any(|block| block.index() == index) {
            self.end_block(index, out);
        }
        if self.open.len() >= MAX_OPEN_BLOCKS {
            return Err(too_much("too many content blocks are open at once"));
        }
        let block = StreamedBlock::begin(index, raw, &mut self.calls, out)?;
        self.open.push(block);
        Ok(())
    }

    fn delta(
        &mut self,
        index: u64,
        delta: FrameDelta<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        // The one that is written to is the last, but for gateways that interleave.
        let open = self.open.iter_mut().rev();
        if let Some(block) = open.into_iter().find(|block| block.index() == index) {
            if block.holds_back(delta.kind) {
                self.held = self.held.saturating_add(data.len());
                if self.held > MAX_BODY {
                    return Err(too_much("the reply is too long"));
                }
            }
            return block.delta(delta, data, out);
        }
        self.start_anyway(out);
        match delta {
            FrameDelta {
                text: Some(text), ..
            } => out.push_back(text_event(text)),
            FrameDelta {
                thinking,
                signature,
                ..
            } if thinking.is_some() || signature.is_some() => {
                out.push_back(reasoning_event(thinking.unwrap_or_default(), signature));
            }
            FrameDelta {
                kind: Some(kind), ..
            } if !is_known_delta(kind) => out.push_back(opaque_event(data)),
            _ => return Err(malformed("a delta belongs to no content block")),
        }
        Ok(())
    }

    fn end_block(&mut self, index: u64, out: &mut Events) {
        if let Some(at) = self.open.iter().position(|block| block.index() == index) {
            self.open.remove(at).end(out);
        }
    }

    fn message_delta(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let read = |error| malformed_json(&error);
        let frame: &RawValue = serde_json::from_str(data).map_err(read)?;
        let mut frame = Object::from_raw(frame).map_err(|_| malformed("no object"))?;
        frame.take_raw("type");
        self.start_anyway(out);
        self.push_usage(frame.take_raw("usage"), out);
        let delta = frame.take::<Object<'_>>("delta").ok().flatten();
        if let Some(mut fields) = delta
            && let Some(reason) = string(&mut fields, "stop_reason")
        {
            let mut extra = fields.into_rest();
            extra.extend(frame.into_rest());
            self.push_finish(&reason, extra, out);
        }
        Ok(())
    }

    /// Ends the answer for `reason`; `extra` is what was said beside it.
    fn push_finish(
        &mut self,
        reason: &str,
        mut extra: BTreeMap<String, RawJson>,
        out: &mut Events,
    ) {
        if std::mem::replace(&mut self.is_finished, true) {
            return;
        }
        self.end_blocks(out);
        // It is written again in any case.
        if extra.get("stop_sequence").is_some_and(RawJson::is_null) {
            extra.remove("stop_sequence");
        }
        let mut read = finish::read(reason);
        if finish::write(&read, true, false) != reason
            && let Ok(reason) = RawJson::from_value(&reason)
        {
            extra.insert(finish::FIELD.to_owned(), reason);
        }
        if read == FinishReason::ToolCalls && self.calls.answers > 0 && self.calls.tools == 0 {
            // The only call was the answer itself.
            read = FinishReason::Stop;
        }
        out.push_back(StreamEvent::Finish(Finish {
            choice: 0,
            reason: read,
            extra: Extra::from_fields(PROTOCOL, extra).map(Box::new),
        }));
    }

    /// Ends the blocks that a gateway forgot to.
    fn end_blocks(&mut self, out: &mut Events) {
        for block in std::mem::take(&mut self.open) {
            block.end(out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        self.end_blocks(out);
        self.is_done = true;
    }

    /// Takes a frame that does not have the form of any that is known.
    fn odd_frame(
        &mut self,
        data: &str,
        error: &serde_json::Error,
        out: &mut Events,
    ) -> Result<(), Error> {
        // Gateways that translate from another protocol forget to leave its last line out.
        if data.trim() == "[DONE]" {
            return Ok(());
        }
        let unreadable = || malformed_json(error);
        let mut frame = Object::read(data.as_bytes()).map_err(|_| unreadable())?;
        match string(&mut frame, "type").as_deref() {
            Some("error") => Err(error::in_stream(data)),
            Some("content_block_delta") => {
                let index = frame.take::<u64>("index").ok().flatten();
                let delta = frame.take::<Object<'_>>("delta").ok().flatten();
                let kind = delta.and_then(|mut delta| string(&mut delta, "type"));
                match kind.filter(|kind| !is_known_delta(kind)) {
                    Some(kind) => {
                        let delta = FrameDelta::of_kind(&kind);
                        self.delta(index.unwrap_or(0), delta, data, out)
                    }
                    None => Err(unreadable()),
                }
            }
            Some(kind) if !is_known(kind) => {
                out.push_back(opaque_event(data));
                Ok(())
            }
            _ => Err(unreadable()),
        }
    }

    /// Counts a call; one of the tool that stands for a JSON answer is the answer.
    fn counted(&mut self, part: ContentPart) -> ContentPart {
        match part {
            ContentPart::ToolCall(call) if call.name == JSON_TOOL => {
                self.calls.answers += 1;
                ContentPart::Text(TextPart::new(call.arguments))
            }
            ContentPart::ToolCall(_) => {
                self.calls.tools += 1;
                part
            }
            _ => part,
        }
    }
}

fn too_much(message: &str) -> Error {
    Error::new(ErrorKind::StreamBroken).with_message(message)
}

pub(super) fn text_event(text: String) -> StreamEvent {
    StreamEvent::Text(Delta { choice: 0, text })
}

pub(super) fn reasoning_event(text: String, signature: Option<String>) -> StreamEvent {
    StreamEvent::Reasoning(ReasoningDelta {
        choice: 0,
        text,
        signature,
    })
}

pub(super) fn opaque(raw: RawJson) -> Opaque {
    Opaque {
        origin: PROTOCOL,
        raw,
    }
}
