//! One answer of a reply.

use std::borrow::Cow;

use outlast_types::{
    ContentPart, Delta, Error, Extra, Finish, RawJson, ReasoningDelta, StreamEvent, TextPart,
    ToolCall, ToolCallDelta,
};

use super::super::part_in::{self, CallPiece, PartFields};
use super::super::spelling::Spelling;
use super::super::{PROTOCOL, finish};
use super::chunk::Candidate;
use super::kept::Kept;
use super::partial_call::PartialCall;
use crate::Events;
use crate::error::malformed;

/// The most tool calls of one answer.
const MAX_CALLS: u32 = 4096;

/// What is known of one answer so far.
#[derive(Debug)]
pub(super) struct CandidateState {
    index: u32,
    calls: u32,
    partial: Option<PartialCall>,
    kept: Kept,
    /// The last reason for ending that was given.
    reason: Option<String>,
    is_closed: bool,
}

impl CandidateState {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            calls: 0,
            partial: None,
            kept: Kept::default(),
            reason: None,
            is_closed: false,
        }
    }

    pub(super) fn index(&self) -> u32 {
        self.index
    }

    /// Tells whether the answer gave a reason for ending.
    pub(super) fn is_finished(&self) -> bool {
        self.reason.is_some()
    }

    /// Takes a piece of text, or of what the model thinks.
    pub(super) fn text(&mut self, text: Cow<'_, str>, is_thought: bool, out: &mut Events) {
        if text.is_empty() {
            return;
        }
        let (choice, text) = (self.index, text.into_owned());
        out.push_back(if is_thought {
            StreamEvent::Reasoning(ReasoningDelta {
                choice,
                text,
                signature: None,
            })
        } else {
            StreamEvent::Text(Delta { choice, text })
        });
    }

    /// Takes the answer's part of a chunk, or all of it if the reply is one body.
    pub(super) fn push(
        &mut self,
        candidate: Candidate<'_>,
        is_whole: bool,
        out: &mut Events,
    ) -> Result<(), Error> {
        self.kept.take(self.index, &candidate.rest, is_whole, out);
        if let Some(content) = candidate.content {
            for fields in content.parts {
                self.part(fields, is_whole, out)?;
            }
            if let Some(extra) = content.rest.into_extra(PROTOCOL) {
                out.push_back(StreamEvent::Extra {
                    choice: self.index,
                    extra: Box::new(extra),
                });
            }
        }
        if let Some(name) = candidate.finish_reason.and_then(finish::name) {
            self.reason = Some(name.into_owned());
        }
        Ok(())
    }

    fn part(
        &mut self,
        fields: PartFields<'_>,
        is_whole: bool,
        out: &mut Events,
    ) -> Result<(), Error> {
        if let Some(piece) = part_in::call_piece(&fields, self.partial.is_some()) {
            return self.partial_call(piece, out);
        }
        self.end_partial_call(out);
        if fields.is_plain_text() && !is_whole {
            self.text(
                fields.text.unwrap_or_default(),
                fields.thought == Some(true),
                out,
            );
            return Ok(());
        }
        let part = part_in::read(fields, &mut Spelling::default());
        if matches!(part, ContentPart::ToolCall(_)) {
            self.count_call()?;
        }
        if is_whole {
            self.push_part(part, out);
            return Ok(());
        }
        match part {
            // No part at all.
            ContentPart::Text(part) if part.text.is_empty() && part.extra.is_none() => {}
            // A signature may stand at the end, alone: it must go back as the part it is.
            ContentPart::Text(part) if part.text.is_empty() => {
                self.push_part(ContentPart::Text(part), out);
            }
            ContentPart::Text(TextPart { text, extra, .. }) => {
                self.apart(extra, out, |choice| {
                    StreamEvent::Text(Delta { choice, text })
                });
            }
            ContentPart::Reasoning(part) => self.apart(part.extra, out, |choice| {
                StreamEvent::Reasoning(ReasoningDelta {
                    choice,
                    text: part.text,
                    signature: part.signature,
                })
            }),
            ContentPart::ToolCall(call) => self.call(call, out),
            part => self.push_part(part, out),
        }
        Ok(())
    }

    fn push_part(&self, part: ContentPart, out: &mut Events) {
        out.push_back(StreamEvent::Part {
            choice: self.index,
            part: Box::new(part),
        });
    }

    /// Hands on a part that must not be joined with its neighbours, and the fields that came with it.
    fn apart(
        &self,
        extra: Option<Extra>,
        out: &mut Events,
        event: impl FnOnce(u32) -> StreamEvent,
    ) {
        self.begin_apart(extra, out);
        out.push_back(event(self.index));
        self.end_part(out);
    }

    fn begin_apart(&self, extra: Option<Extra>, out: &mut Events) {
        self.end_part(out);
        if let Some(extra) = extra {
            let (choice, extra) = (self.index, Box::new(extra));
            out.push_back(StreamEvent::PartExtra { choice, extra });
        }
    }

    fn end_part(&self, out: &mut Events) {
        let choice = self.index;
        out.push_back(StreamEvent::PartEnd { choice });
    }

    fn count_call(&mut self) -> Result<(), Error> {
        if self.calls == MAX_CALLS {
            return Err(malformed("more tool calls than an answer may have"));
        }
        self.calls += 1;
        Ok(())
    }

    fn call(&self, mut call: ToolCall, out: &mut Events) {
        let extra = call.extra.take();
        self.apart(extra, out, |_| self.call_event(call));
    }

    /// Returns the event of the call that was counted last.
    fn call_event(&self, call: ToolCall) -> StreamEvent {
        StreamEvent::ToolCall(ToolCallDelta {
            choice: self.index,
            index: self.calls.saturating_sub(1),
            id: (!call.id.is_empty()).then_some(call.id),
            name: Some(call.name),
            arguments: call.arguments,
        })
    }

    /// Takes a piece of a call whose arguments come in pieces.
    fn partial_call(&mut self, piece: CallPiece<'_>, out: &mut Events) -> Result<(), Error> {
        if let Some(mut call) = piece.begun {
            self.end_partial_call(out);
            self.count_call()?;
            self.partial = Some(PartialCall::new(self.calls.saturating_sub(1)));
            self.begin_apart(call.extra.take(), out);
            out.push_back(self.call_event(call));
        }
        let Some(partial) = &mut self.partial else {
            return Ok(());
        };
        if let Some(raw) = piece.arguments {
            partial.push(raw);
        }
        if !piece.will_continue {
            self.end_partial_call(out);
        }
        Ok(())
    }

    fn end_partial_call(&mut self, out: &mut Events) {
        if let Some(partial) = self.partial.take() {
            out.push_back(StreamEvent::ToolCall(ToolCallDelta {
                choice: self.index,
                index: partial.index,
                id: None,
                name: None,
                arguments: partial.into_arguments(),
            }));
            self.end_part(out);
        }
    }

    /// Hands out what was held back, and the ending if there was one.
    pub(super) fn close(&mut self, out: &mut Events) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        self.end_partial_call(out);
        let Some(name) = self.reason.take() else {
            return;
        };
        let reason = finish::read(&name, self.calls > 0);
        let mut kept = std::mem::take(&mut self.kept);
        if finish::write(&reason, true) != name
            && let Ok(name) = RawJson::from_value(&name)
        {
            kept.insert(finish::FIELD, name);
        }
        out.push_back(StreamEvent::Finish(Finish {
            choice: self.index,
            reason,
            extra: kept.into_extra().map(Box::new),
        }));
    }
}
