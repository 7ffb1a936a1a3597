//! A streamed reply's events.
//!
//! A stream of this protocol has one open block at a time, each begun, filled and ended in turn. Replies of other
//! protocols may write several tool calls in turns, or text amid a call: what comes for a block that is not the open one
//! waits until that is complete.

use std::collections::{BTreeMap, BTreeSet};

use bytes::BytesMut;
use outlast_types::{
    ChatRequest, ContentPart, Error, ErrorKind, Extra, Finish, Opaque, RawJson, Reasoning,
    ReasoningDelta, ReplyStart, StreamEvent, TextPart, ToolCall, ToolCallDelta, Usage,
};

use super::blocks::CALL_ID;
use super::ending::Ending;
use super::frame_out::{self, BlockStart};
use super::streamed_block::CITATIONS;
use super::waiting::{Waiting, WaitingPart};
use super::{PROTOCOL, error};
use crate::{StreamEncoder, call_ids};

/// Writes the events of one streamed reply.
#[derive(Debug)]
pub struct MessagesEncoder {
    model: String,
    /// How the reply introduced itself; written with the first event that is not a count.
    start: Option<ReplyStart>,
    is_started: bool,
    /// The reply's id, if its provider gave it one.
    reply_id: Option<String>,
    /// Whether the reply comes in this protocol.
    is_own: bool,
    is_broken: bool,
    blocks: u32,
    open: Option<Open>,
    /// Numbers of the calls that were begun.
    calls: BTreeSet<u32>,
    waiting: Waiting,
    /// Fields of the next block.
    part_extra: Option<Extra>,
    /// Whether citations of the open block were told as they came.
    is_cited: bool,
    usage: Usage,
    raw_usage: Option<Opaque>,
    finish: Option<Finish>,
}

/// The kind of the open block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Text,
    Thinking,
    Call(u32),
    /// Of any other type; it is written at once.
    Whole,
}

impl MessagesEncoder {
    pub(super) fn new(request: &ChatRequest) -> Self {
        Self {
            model: request.model.clone(),
            start: None,
            is_started: false,
            reply_id: None,
            is_own: false,
            is_broken: false,
            blocks: 0,
            open: None,
            calls: BTreeSet::new(),
            waiting: Waiting::default(),
            part_extra: None,
            is_cited: false,
            usage: Usage::default(),
            raw_usage: None,
            finish: None,
        }
    }
}

impl StreamEncoder for MessagesEncoder {
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        if self.is_broken {
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
            StreamEvent::Ping => {
                // A sign of life may come before the reply; then its beginning is not known yet.
                if self.start.is_some() {
                    self.begin_message(out);
                }
                return frame_out::write_ping(out);
            }
            _ => self.begin_message(out),
        }
        match event {
            StreamEvent::Text(delta) | StreamEvent::Refusal(delta) if delta.choice == 0 => {
                self.text(&delta.text, out);
            }
            StreamEvent::Reasoning(delta) if delta.choice == 0 => self.thinking(delta, out),
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
            StreamEvent::Opaque(opaque) if opaque.origin == PROTOCOL => {
                frame_out::write_raw(&opaque.raw, self.index(), out);
            }
            _ => {}
        }
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_broken, true) {
            return;
        }
        frame_out::write_event("error", out, |out| error::write_body(error, out));
    }

    fn end(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_broken, true) {
            return;
        }
        self.begin_message(out);
        self.end_all(out);
        let finish = self.finish.take();
        let ending = Ending {
            reason: finish.as_ref().map(|finish| &finish.reason),
            extra: finish.as_ref().and_then(|finish| finish.extra.as_deref()),
            own: self.is_own,
            called: !self.calls.is_empty(),
        };
        frame_out::write_message_delta(&ending, &self.usage, self.raw_usage.as_ref(), out);
        frame_out::write_message_stop(out);
    }
}

impl MessagesEncoder {
    fn begin_message(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_started, true) {
            return;
        }
        let start = self.start.take();
        frame_out::write_message_start(
            start.as_ref(),
            &self.model,
            &self.usage,
            self.raw_usage.as_ref(),
            out,
        );
    }

    fn text(&mut self, text: &str, out: &mut BytesMut) {
        if text.is_empty() && self.open != Some(Open::Text) {
            return;
        }
        if self.is_amid_call() {
            self.waiting.push_text(text);
            return self.check_waiting(out);
        }
        self.open(Open::Text, &BlockStart::Text, out);
        frame_out::write_text_delta(self.index(), text, out);
    }

    fn thinking(&mut self, delta: &ReasoningDelta, out: &mut BytesMut) {
        if self.is_amid_call() {
            self.waiting.push(WaitingPart::Thinking(delta.clone()));
            return self.check_waiting(out);
        }
        self.open(Open::Thinking, &BlockStart::Thinking, out);
        if !delta.text.is_empty() {
            frame_out::write_thinking_delta(self.index(), &delta.text, out);
        }
        // Another provider's signature means nothing here, and would be refused when it comes back.
        if let Some(signature) = delta.signature.as_deref().filter(|_| self.is_own) {
            frame_out::write_signature_delta(self.index(), signature, out);
        }
    }

    fn call(&mut self, delta: &ToolCallDelta, out: &mut BytesMut) {
        if self.open == Some(Open::Call(delta.index)) {
            if !delta.arguments.is_empty() {
                frame_out::write_arguments_delta(self.index(), &delta.arguments, out);
            }
            return;
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
        let start = BlockStart::Call {
            id: &id,
            name: delta.name.as_deref().unwrap_or_default(),
        };
        self.open(Open::Call(delta.index), &start, out);
        if !delta.arguments.is_empty() {
            frame_out::write_arguments_delta(self.index(), &delta.arguments, out);
        }
    }

    fn part(&mut self, part: &ContentPart, out: &mut BytesMut) {
        if self.is_amid_call() {
            self.waiting
                .push(WaitingPart::Whole(Box::new(part.clone())));
            return self.check_waiting(out);
        }
        self.end_block(out);
        match part {
            ContentPart::Text(part) => self.whole_text(part, out),
            ContentPart::Refusal(text) => self.text(text, out),
            ContentPart::Reasoning(part) => self.whole_thinking(part, out),
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
        self.part_extra = part.extra.clone();
        if let Some(extra) = &mut self.part_extra
            && let Some(list) = extra.fields.get_mut(CITATIONS)
            && !list.is_null()
        {
            // They follow the text.
            *list = serde_json::json!([]).into();
        }
        self.text(&part.text, out);
        if let Some(extra) = &part.extra {
            self.extra(extra, out);
        }
    }

    fn whole_thinking(&mut self, part: &Reasoning, out: &mut BytesMut) {
        self.part_extra.clone_from(&part.extra);
        let own = part.origin == Some(PROTOCOL);
        let delta = ReasoningDelta {
            choice: 0,
            text: part.text.clone(),
            signature: part.signature.clone().filter(|_| own),
        };
        self.thinking(&delta, out);
    }

    fn whole_call(&mut self, call: &ToolCall, out: &mut BytesMut) {
        self.part_extra.clone_from(&call.extra);
        let delta = ToolCallDelta {
            choice: 0,
            // A number that no streamed call has.
            index: u32::MAX,
            id: Some(call.id.clone()),
            name: Some(call.name.clone()),
            arguments: call.arguments.clone(),
        };
        self.begin_call(&delta, out);
    }

    /// Writes a block of another type: all of it at its start, but for an `input`, which clients expect in deltas.
    fn whole_block(&mut self, raw: &RawJson, out: &mut BytesMut) {
        let Ok(mut fields) = raw.read::<BTreeMap<String, RawJson>>() else {
            return;
        };
        self.part_extra = None;
        let empty = RawJson::from(serde_json::json!({}));
        let input = match fields.get_mut("input") {
            Some(input) if *input != empty => Some(std::mem::replace(input, empty)),
            _ => None,
        };
        self.open(Open::Whole, &BlockStart::Raw(&fields), out);
        if let Some(input) = input {
            frame_out::write_arguments_delta(self.index(), input.get(), out);
        }
    }

    /// Takes fields of a part: with the open block only citations can still be told.
    fn extra(&mut self, extra: &Extra, out: &mut BytesMut) {
        if extra.origin != PROTOCOL {
            return;
        }
        match self.open {
            // It was told citation by citation.
            Some(Open::Text) if self.is_cited => {}
            Some(Open::Text) => self.citations(extra, out),
            Some(_) => {}
            None => self.part_extra = Some(extra.clone()),
        }
    }

    /// Takes a piece of a part's fields: the next citation of its text, which may not have begun.
    fn extra_piece(&mut self, extra: &Extra, out: &mut BytesMut) {
        let fields = extra.fields_for(&PROTOCOL);
        if fields.is_some_and(|fields| fields.contains_key(CITATIONS)) && !self.is_amid_call() {
            self.open(Open::Text, &BlockStart::Text, out);
            self.is_cited = true;
            self.citations(extra, out);
        }
    }

    fn citations(&self, extra: &Extra, out: &mut BytesMut) {
        let list = extra.fields.get(CITATIONS);
        let list = list.and_then(|list| list.read::<Vec<RawJson>>().ok());
        for citation in list.unwrap_or_default() {
            frame_out::write_citation_delta(self.index(), &citation, out);
        }
    }

    /// Opens a block of this kind, unless it is the open one.
    fn open(&mut self, kind: Open, start: &BlockStart<'_>, out: &mut BytesMut) {
        if self.open == Some(kind) {
            return;
        }
        self.end_block(out);
        let extra = self.part_extra.take();
        frame_out::write_block_start(self.blocks, start, extra.as_ref(), out);
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
                WaitingPart::Thinking(delta) => self.thinking(&delta, out),
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
