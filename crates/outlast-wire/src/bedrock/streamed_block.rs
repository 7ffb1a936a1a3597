//! One content block of a stream, from its start to its stop.
//!
//! Only blocks of tools have a start; all others begin with their first delta. Text, thoughts and tool calls are handed on
//! piece by piece, all else is held back and handed on whole ([`HeldBlock`]).

use std::collections::BTreeMap;

use outlast_types::{Delta, Error, Extra, RawJson, ReasoningDelta, StreamEvent, ToolCallDelta};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::blocks::{CITATIONS, is_callers, keep};
use super::frame_in::{FrameDelta, ThoughtDelta};
use super::held_block::HeldBlock;
use crate::Events;
use crate::anthropic::JSON_TOOL;
use crate::codec::push_extra_delta;
use crate::error::malformed;
use crate::json::{Object, read_value};

/// How many calls the reply has made so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Of the caller's tools.
    pub(super) tools: u32,
    /// Of the tool that stands for a JSON answer.
    pub(super) answers: u32,
}

/// A block that is being streamed.
#[derive(Debug)]
pub(super) struct StreamedBlock {
    index: u64,
    content: Streamed,
}

#[derive(Debug)]
enum Streamed {
    Text {
        is_empty: bool,
        /// They are told together at the end: the vocabulary has one list of them per part.
        citations: Vec<RawJson>,
    },
    Thoughts,
    Call {
        number: u32,
        has_arguments: bool,
    },
    /// A call of the tool that stands for a JSON answer.
    Answer,
    Held(Box<HeldBlock>),
}

impl StreamedBlock {
    /// Begins the block of a `contentBlockStart`.
    pub(super) fn start(
        index: u64,
        raw: &RawValue,
        calls: &mut Calls,
        out: &mut Events,
    ) -> Result<Self, Error> {
        let start = Object::from_raw(raw).map_err(|_| malformed("a block's start is no object"))?;
        let call = start.get("toolUse").map(Object::from_raw);
        let content = match call {
            Some(Ok(call)) if is_callers(call.get("type"), "tool_use") => {
                begin_call(call, calls, out)
            }
            _ => Streamed::Held(Box::new(HeldBlock::begin(start))),
        };
        Ok(Self { index, content })
    }

    /// Begins a block that has no start, with its first delta.
    pub(super) fn begin(index: u64, delta: &FrameDelta<'_>) -> Result<Self, Error> {
        let content = match delta {
            FrameDelta { text: Some(_), .. } => Streamed::text(),
            FrameDelta {
                citation: Some(_), ..
            } => Streamed::text(),
            FrameDelta {
                reasoning_content: Some(thoughts),
                ..
            } if thoughts.redacted_content.is_none() => Streamed::Thoughts,
            FrameDelta {
                tool_use: Some(_), ..
            } => return Err(malformed("a tool call has no start")),
            _ => Streamed::Held(Box::default()),
        };
        Ok(Self { index, content })
    }

    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// Tells whether `delta` is held back until the block is whole.
    pub(super) fn holds_back(&self, delta: &FrameDelta<'_>) -> bool {
        matches!(self.content, Streamed::Held(_)) || delta.citation.is_some()
    }

    /// Takes a delta; `data` is the frame it came in.
    pub(super) fn delta(
        &mut self,
        delta: FrameDelta<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        match (&mut self.content, delta) {
            (
                Streamed::Text {
                    is_empty,
                    citations,
                },
                FrameDelta {
                    text: Some(text), ..
                },
            ) => {
                let begins = *is_empty && !text.is_empty();
                *is_empty &= text.is_empty();
                push_text(text, out);
                if begins && !citations.is_empty() {
                    push_sources_delta(citations, out);
                }
            }
            (
                Streamed::Text {
                    is_empty,
                    citations,
                },
                FrameDelta {
                    citation: Some(citation),
                    ..
                },
            ) => {
                let citation = RawJson::from(citation);
                // Until its text has begun, they may be sources that belong to no text.
                if !*is_empty {
                    push_sources_delta(std::slice::from_ref(&citation), out);
                }
                citations.push(citation);
            }
            (
                Streamed::Thoughts,
                FrameDelta {
                    reasoning_content: Some(thoughts),
                    ..
                },
            ) => self.thoughts(thoughts, out),
            (
                Streamed::Call {
                    number,
                    has_arguments,
                },
                FrameDelta {
                    tool_use: Some(delta),
                    ..
                },
            ) => {
                if !delta.input.is_empty() {
                    *has_arguments = true;
                    out.push_back(arguments_event(*number, delta.input));
                }
            }
            (
                Streamed::Answer,
                FrameDelta {
                    tool_use: Some(delta),
                    ..
                },
            ) => push_text(delta.input, out),
            (Streamed::Held(held), delta) => hold(held, delta, data)?,
            _ => return Err(malformed("a delta does not fit its content block")),
        }
        Ok(())
    }

    fn thoughts(&mut self, delta: ThoughtDelta, out: &mut Events) {
        if let Some(redacted) = delta.redacted_content {
            // The rest of the block cannot be read.
            out.push_back(StreamEvent::PartEnd { choice: 0 });
            let mut held = HeldBlock::default();
            held.add_redacted(redacted);
            self.content = Streamed::Held(Box::new(held));
            return;
        }
        out.push_back(StreamEvent::Reasoning(ReasoningDelta {
            choice: 0,
            text: delta.text.unwrap_or_default(),
            signature: delta.signature,
        }));
    }

    /// Ends the block.
    pub(super) fn end(self, out: &mut Events) {
        match self.content {
            Streamed::Held(held) => {
                if let Some(part) = held.into_part() {
                    let part = Box::new(part);
                    out.push_back(StreamEvent::Part { choice: 0, part });
                }
                return;
            }
            Streamed::Text {
                is_empty,
                citations,
            } if !citations.is_empty() => {
                let cited = BTreeMap::from([("citations", citations)]);
                if is_empty {
                    return push_sources(&cited, out);
                }
                let cited = RawJson::from_value(&cited).ok();
                push_extra(cited.map(|cited| (CITATIONS.to_owned(), cited)), out);
            }
            Streamed::Call {
                number,
                has_arguments: false,
            } => out.push_back(arguments_event(number, "{}".to_owned())),
            _ => {}
        }
        out.push_back(StreamEvent::PartEnd { choice: 0 });
    }
}

impl Streamed {
    fn text() -> Self {
        Self::Text {
            is_empty: true,
            citations: Vec::new(),
        }
    }
}

fn begin_call(mut call: Object<'_>, calls: &mut Calls, out: &mut Events) -> Streamed {
    let mut text = |name: &str| call.take::<String>(name).ok().flatten().unwrap_or_default();
    let (id, name) = (text("toolUseId"), text("name"));
    if name == JSON_TOOL {
        calls.answers = calls.answers.saturating_add(1);
        return Streamed::Answer;
    }
    push_extra(call.into_rest(), out);
    let number = calls.tools;
    calls.tools = calls.tools.saturating_add(1);
    out.push_back(StreamEvent::ToolCall(ToolCallDelta {
        choice: 0,
        index: number,
        id: Some(id),
        name: Some(name),
        arguments: String::new(),
    }));
    Streamed::Call {
        number,
        has_arguments: false,
    }
}

fn hold(held: &mut HeldBlock, delta: FrameDelta<'_>, data: &str) -> Result<(), Error> {
    let redacted = delta
        .reasoning_content
        .and_then(|thoughts| thoughts.redacted_content);
    match (delta.tool_use, redacted) {
        (Some(input), _) => held.add_input(&input.input),
        (None, Some(redacted)) => held.add_redacted(redacted),
        (None, None) => held.add(delta_fields(data)?),
    }
    Ok(())
}

fn delta_fields(data: &str) -> Result<Object<'_>, Error> {
    let frame = Object::read(data.as_bytes());
    let delta = frame.and_then(|mut frame| frame.require_with("delta", read_value));
    delta.map_err(|error| malformed(error.to_string()))
}

fn push_text(text: String, out: &mut Events) {
    if !text.is_empty() {
        out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
    }
}

/// Hands on sources of the text that is being streamed, as they come.
fn push_sources_delta(citations: &[RawJson], out: &mut Events) {
    if let Ok(piece) = RawJson::from_value(&BTreeMap::from([("citations", citations)])) {
        push_extra_delta(0, PROTOCOL, CITATIONS, piece, out);
    }
}

/// Hands on sources that belong to no text.
fn push_sources(cited: &BTreeMap<&str, Vec<RawJson>>, out: &mut Events) {
    if let Ok(raw) = RawJson::from_value(&BTreeMap::from([(CITATIONS, cited)])) {
        let part = Box::new(keep(raw.as_raw_value()));
        out.push_back(StreamEvent::Part { choice: 0, part });
    }
}

fn push_extra(fields: impl IntoIterator<Item = (String, RawJson)>, out: &mut Events) {
    if let Some(extra) = Extra::from_fields(PROTOCOL, fields.into_iter().collect()) {
        let extra = Box::new(extra);
        out.push_back(StreamEvent::PartExtra { choice: 0, extra });
    }
}

fn arguments_event(number: u32, arguments: String) -> StreamEvent {
    StreamEvent::ToolCall(ToolCallDelta {
        choice: 0,
        index: number,
        id: None,
        name: None,
        arguments,
    })
}
