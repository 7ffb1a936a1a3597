//! A streamed reply's frames.
//!
//! A stream of this protocol has one open block at a time, each filled and ended in turn. Replies of other protocols may
//! write several tool calls in turns, or text amid a call: what comes for a block that is not the open one waits until
//! that is complete.

use std::collections::{BTreeMap, BTreeSet};

use bytes::BytesMut;
use outlast_types::{
    ContentPart, Error, ErrorKind, Extra, Finish, Opaque, RawJson, Reasoning, ReasoningDelta,
    ReplyStart, StreamEvent, TextPart, ToolCall, ToolCallDelta, Usage,
};

use super::blocks::{CALL_ID, CITATIONS};
use super::frame_out::{self, BlockStart};
use super::{PROTOCOL, finish};
use crate::anthropic::{Waiting, WaitingPart};
use crate::{StreamEncoder, call_ids};

/// Writes the frames of one streamed reply.
#[derive(Debug, Default)]
pub struct ConverseEncoder {
    /// How the reply introduced itself; written with the first event that is not a count.
    start: Option<ReplyStart>,
    is_started: bool,
    /// The reply's id, if its provider gave it one.
    reply_id: Option<String>,
    /// Whether the reply comes in this protocol.
    is_own: bool,
    is_over: bool,
    blocks: u32,
    open: Option<Open>,
    /// Numbers of the calls that were begun.
    calls: BTreeSet<u32>,
    waiting: Waiting,
    /// Fields of the next block.
    part_extra: Option<Extra>,
    /// Whether sources of the open block were told as they came.
    is_cited: bool,
    usage: Usage,
    raw_usage: Option<Opaque>,
    message_extra: Option<Extra>,
    finish: Option<Finish>,
}

/// The kind of the open block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Text,
    Thoughts,
    Call(u32),
    /// Of any other kind; it is written at once.
    Whole,
}

impl StreamEncoder for ConverseEncoder {
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        if self.is_over {
            return;
        }
        match event {
            StreamEvent::Start(start) => {
                if !self.is_started && self.start.is_none() {
                    self.is_own = start.protocol == PROTOCOL;
                    self.reply_id.clone_from(&start.id);
                    self.start = Some((**start).clone());
                }
                return;
            }
            StreamEvent::Usage { usage, raw } => {
                self.usage = *usage;
                self.raw_usage = raw.as_deref().cloned();
                return;
            }
            // The protocol has no sign of life.
            StreamEvent::Ping => return,
            _ => self.begin_message(out),
        }
        match event {
            StreamEvent::Text(delta) | StreamEvent::Refusal(delta) if delta.choice == 0 => {
                self.text(&delta.text, out);
            }
            StreamEvent::Reasoning(delta) if delta.choice == 0 => self.thoughts(delta, out),
            StreamEvent::ToolCall(delta) if delta.choice == 0 => self.call(delta, out),
            StreamEvent::Part { choice: 0, part } => self.part(part, out),
            StreamEvent::PartExtra { choice: 0, extra } => self.extra(extra, out),
            StreamEvent::ExtraDelta { choice: 0, extra } => self.extra_piece(extra, out),
            StreamEvent::PartEnd { choice: 0 } => {
                // Of a block that said nothing, nothing is written.
                self.part_extra = None;
                self.end_block(out);
                self.advance(out);
            }
            StreamEvent::Finish(finish) if finish.choice == 0 => {
                self.end_all(out);
                self.finish = Some(finish.clone());
            }
            StreamEvent::Extra { choice: 0, extra } => self.message_extra = Some((**extra).clone()),
            StreamEvent::Opaque(opaque) if opaque.origin == PROTOCOL => {
                write_opaque(&opaque.raw, out)
            }
            _ => {}
        }
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        if !std::mem::replace(&mut self.is_over, true) {
            frame_out::write_exception(error, out);
        }
    }

    fn end(&mut self, out: &mut BytesMut) {
        if self.is_over {
            return;
        }
        self.begin_message(out);
        self.end_all(out);
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let finish = self.finish.take();
        let called = !self.calls.is_empty();
        let reason = finish
            .as_ref()
            .map(|end| finish::write(&end.reason, self.is_own, called));
        let extra = finish.as_ref().and_then(|end| end.extra.as_deref());
        frame_out::write_message_stop(reason.unwrap_or("end_turn"), extra, out);
        let beside = self.message_extra.as_ref();
        frame_out::write_metadata(&self.usage, self.raw_usage.as_ref(), beside, out);
    }
}

impl ConverseEncoder {
    fn begin_message(&mut self, out: &mut BytesMut) {
        if !std::mem::replace(&mut self.is_started, true) {
            frame_out::write_message_start(self.start.take().as_ref(), out);
        }
    }

    fn text(&mut self, text: &str, out: &mut BytesMut) {
        if text.is_empty() && self.open != Some(Open::Text) {
            return;
        }
        if self.is_amid_call() {
            self.waiting.push_text(text);
            return self.check_waiting(out);
        }
        self.open(Open::Text, out);
        frame_out::write_delta(self.index(), "text", text, out);
    }

    fn thoughts(&mut self, delta: &ReasoningDelta, out: &mut BytesMut) {
        if self.is_amid_call() {
            self.waiting.push(WaitingPart::Thinking(delta.clone()));
            return self.check_waiting(out);
        }
        self.open(Open::Thoughts, out);
        if !delta.text.is_empty() {
            frame_out::write_thought_delta(self.index(), "text", &delta.text, out);
        }
        // Another provider's signature means nothing here, and would be refused when it comes back.
        if let Some(signature) = delta.signature.as_deref().filter(|_| self.is_own) {
            frame_out::write_thought_delta(self.index(), "signature", signature, out);
        }
    }

    fn call(&mut self, delta: &ToolCallDelta, out: &mut BytesMut) {
        if self.open == Some(Open::Call(delta.index)) {
            return self.arguments(&delta.arguments, out);
        }
        if self.waiting.add_to_call(delta) {
            return self.check_waiting(out);
        }
        if self.calls.contains(&delta.index) {
            // Its block has ended: nothing can be added to it.
            return;
        }
        if self.is_amid_call() {
            self.waiting.push(WaitingPart::Call(delta.clone()));
            return self.check_waiting(out);
        }
        self.begin_call(delta, out);
    }

    fn begin_call(&mut self, delta: &ToolCallDelta, out: &mut BytesMut) {
        self.calls.insert(delta.index);
        let id = match delta.id.as_deref() {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => call_ids::made(CALL_ID, self.reply_id.as_deref(), self.blocks),
        };
        let name = delta.name.as_deref().unwrap_or_default();
        let extra = self.part_extra.take();
        let extra = extra.as_ref().and_then(|extra| extra.fields_for(&PROTOCOL));
        let mut fields = extra.cloned().unwrap_or_default();
        fields.insert("toolUseId".to_owned(), serde_json::json!(id).into());
        fields.insert("name".to_owned(), serde_json::json!(name).into());
        self.open(Open::Call(delta.index), out);
        let start = BlockStart {
            kind: "toolUse",
            fields,
        };
        frame_out::write_block_start(self.index(), &start, out);
        self.arguments(&delta.arguments, out);
    }

    fn arguments(&self, json: &str, out: &mut BytesMut) {
        if !json.is_empty() {
            frame_out::write_arguments_delta(self.index(), json, out);
        }
    }

    fn part(&mut self, part: &ContentPart, out: &mut BytesMut) {
        if self.is_amid_call() {
            let part = Box::new(part.clone());
            self.waiting.push(WaitingPart::Whole(part));
            return self.check_waiting(out);
        }
        self.end_block(out);
        match part {
            ContentPart::Text(part) => self.whole_text(part, out),
            ContentPart::Refusal(text) => self.text(text, out),
            ContentPart::Reasoning(part) => self.whole_thoughts(part, out),
            ContentPart::ToolCall(call) => self.whole_call(call, out),
            ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => {
                self.whole_block(&opaque.raw, out);
            }
            _ => {}
        }
        self.part_extra = None;
        self.end_block(out);
    }

    fn whole_text(&mut self, part: &TextPart, out: &mut BytesMut) {
        self.text(&part.text, out);
        if let Some(extra) = &part.extra {
            self.extra(extra, out);
        }
    }

    fn whole_thoughts(&mut self, part: &Reasoning, out: &mut BytesMut) {
        let own = part.origin == Some(PROTOCOL);
        let delta = ReasoningDelta {
            choice: 0,
            text: part.text.clone(),
            signature: part.signature.clone().filter(|_| own),
        };
        self.thoughts(&delta, out);
    }

    fn whole_call(&mut self, call: &ToolCall, out: &mut BytesMut) {
        self.part_extra.clone_from(&call.extra);
        // A number that no streamed call has, counted down for each.
        let whole = self
            .calls
            .iter()
            .filter(|number| **number > u32::MAX / 2)
            .count();
        let delta = ToolCallDelta {
            choice: 0,
            index: u32::MAX.saturating_sub(u32::try_from(whole).unwrap_or(0)),
            id: Some(call.id.clone()),
            name: Some(call.name.clone()),
            arguments: call.arguments.clone(),
        };
        self.begin_call(&delta, out);
    }

    /// Writes a block of another kind: what comes in pieces as deltas, the rest as its start.
    fn whole_block(&mut self, raw: &RawJson, out: &mut BytesMut) {
        let Ok(block) = raw.read::<BTreeMap<String, RawJson>>() else {
            return;
        };
        self.open(Open::Whole, out);
        for (kind, value) in &block {
            let piece = match kind.as_str() {
                CITATIONS => {
                    self.citations(value, out);
                    continue;
                }
                "toolUse" => "input",
                "toolResult" => "content",
                _ => {
                    frame_out::write_delta(self.index(), kind, value, out);
                    continue;
                }
            };
            let mut fields: BTreeMap<String, RawJson> = value.read().unwrap_or_default();
            let piece = fields.remove(piece);
            let start = BlockStart { kind, fields };
            frame_out::write_block_start(self.index(), &start, out);
            match piece {
                Some(input) if kind == "toolUse" => self.arguments(input.get(), out),
                Some(content) => frame_out::write_delta(self.index(), kind, &content, out),
                None => {}
            }
        }
    }

    /// Takes fields of a part: with the open block only sources of its text can still be told.
    fn extra(&mut self, extra: &Extra, out: &mut BytesMut) {
        match self.open {
            // It was told source by source.
            Some(Open::Text) if self.is_cited => {}
            Some(Open::Text) => self.sources(extra, out),
            Some(_) => {}
            None => self.part_extra = Some(extra.clone()),
        }
    }

    /// Takes a piece of a part's fields: the next source of the open text.
    fn extra_piece(&mut self, extra: &Extra, out: &mut BytesMut) {
        if self.open == Some(Open::Text) {
            self.is_cited = true;
            self.sources(extra, out);
        }
    }

    fn sources(&self, extra: &Extra, out: &mut BytesMut) {
        let fields = extra.fields_for(&PROTOCOL);
        if let Some(cited) = fields.and_then(|fields| fields.get(CITATIONS)) {
            self.citations(cited, out);
        }
    }

    /// Writes the sources of the open block.
    fn citations(&self, cited: &RawJson, out: &mut BytesMut) {
        let cited = cited
            .read::<BTreeMap<String, RawJson>>()
            .unwrap_or_default();
        let list = cited.get("citations").map(RawJson::read::<Vec<RawJson>>);
        for citation in list.and_then(Result::ok).unwrap_or_default() {
            frame_out::write_delta(self.index(), "citation", &citation, out);
        }
    }

    /// Opens a block of this kind, unless it is the open one. Most need no more than their first delta.
    fn open(&mut self, kind: Open, out: &mut BytesMut) {
        if self.open == Some(kind) {
            return;
        }
        self.end_block(out);
        self.part_extra = None;
        self.blocks += 1;
        self.is_cited = false;
        self.open = Some(kind);
    }

    fn end_block(&mut self, out: &mut BytesMut) {
        if self.open.take().is_some() {
            frame_out::write_block_stop(self.index(), out);
        }
    }

    /// Returns the number of the newest block.
    fn index(&self) -> u32 {
        self.blocks.saturating_sub(1)
    }

    fn is_amid_call(&self) -> bool {
        matches!(self.open, Some(Open::Call(_)))
    }

    /// Writes what waits, up to a call that may still grow.
    fn advance(&mut self, out: &mut BytesMut) {
        while !self.is_amid_call()
            && let Some(waiting) = self.waiting.pop()
        {
            match waiting {
                WaitingPart::Text(text) => self.text(&text, out),
                WaitingPart::Thinking(delta) => self.thoughts(&delta, out),
                WaitingPart::Call(delta) => self.begin_call(&delta, out),
                WaitingPart::Whole(part) => self.part(&part, out),
            }
        }
    }

    /// Ends the open block and all that wait: nothing more will come for them.
    fn end_all(&mut self, out: &mut BytesMut) {
        self.end_block(out);
        while !self.waiting.is_empty() {
            self.advance(out);
            self.end_block(out);
        }
    }

    /// Breaks the stream off when too much waits.
    fn check_waiting(&mut self, out: &mut BytesMut) {
        if self.waiting.is_too_much() {
            self.waiting = Waiting::default();
            let error = Error::new(ErrorKind::Internal)
                .with_message("too much of the reply came out of order");
            self.error(&error, out);
        }
    }
}

/// Appends an event of this protocol that was handed on as it is, under its name.
fn write_opaque(raw: &RawJson, out: &mut BytesMut) {
    let events = raw.read::<BTreeMap<String, RawJson>>().unwrap_or_default();
    for (name, payload) in events {
        frame_out::write_payload(&name, payload.get().as_bytes(), out);
    }
}
