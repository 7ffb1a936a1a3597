//! One content block of a stream, from its start to its stop.
//!
//! Text, thinking and tool calls are handed on piece by piece. A block of any other type is held back and handed on
//! whole, put together from its start and its deltas as the official clients do it.

use std::collections::BTreeMap;

use outlast_types::{ContentPart, Error, Extra, RawJson, StreamEvent, ToolCallDelta};
use serde_json::value::RawValue;

use super::decode::{Calls, opaque, reasoning_event, text_event};
use super::frame_in::FrameDelta;
use super::tools::JSON_TOOL;
use super::{PROTOCOL, blocks};
use crate::Events;
use crate::codec::push_extra_delta;
use crate::error::malformed;
use crate::json::{Object, Shape, shape};

/// A block that is being streamed.
#[derive(Debug)]
pub(super) struct StreamedBlock {
    index: u64,
    content: Streamed,
}

#[derive(Debug)]
enum Streamed {
    Text {
        /// They are told together at the end: the vocabulary has one list of them per part.
        citations: Vec<RawJson>,
    },
    Thinking,
    Call {
        number: u32,
        has_arguments: bool,
    },
    /// A call of the tool that stands for a JSON answer.
    Answer,
    Held(Box<HeldBlock>),
}

impl StreamedBlock {
    /// Begins the block that `raw` starts.
    pub(super) fn begin(
        index: u64,
        raw: &RawValue,
        calls: &mut Calls,
        out: &mut Events,
    ) -> Result<Self, Error> {
        let block = Object::from_raw(raw).map_err(|_| malformed("a block is no object"))?;
        let content = match unquoted(&block, "type") {
            "text" => begin_text(block, out),
            "thinking" => begin_thinking(block, out),
            "tool_use" if unquoted(&block, "name") == JSON_TOOL => begin_answer(block, calls, out),
            "tool_use" => begin_call(block, calls, out),
            _ => Streamed::Held(Box::new(HeldBlock::new(raw))),
        };
        Ok(Self { index, content })
    }

    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// Tells whether a delta of this kind is held back until the block is whole.
    pub(super) fn holds_back(&self, kind: Option<&str>) -> bool {
        match self.content {
            Streamed::Held(_) => true,
            Streamed::Text { .. } => kind == Some("citations_delta"),
            _ => false,
        }
    }

    /// Takes a delta; `data` is the frame it came in.
    pub(super) fn delta(
        &mut self,
        delta: FrameDelta<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        match (&mut self.content, delta) {
            (Streamed::Held(held), delta) => match delta.partial_json {
                Some(json) => held.input.push_str(&json),
                None => held.add(data)?,
            },
            (
                Streamed::Call {
                    number,
                    has_arguments,
                },
                FrameDelta {
                    partial_json: Some(json),
                    ..
                },
            ) => {
                if !json.is_empty() {
                    *has_arguments = true;
                    out.push_back(arguments_event(*number, json));
                }
            }
            (
                Streamed::Answer,
                FrameDelta {
                    partial_json: Some(json),
                    ..
                },
            ) => push_text(json, out),
            (
                _,
                FrameDelta {
                    text: Some(text), ..
                },
            ) => push_text(text, out),
            (
                _,
                FrameDelta {
                    thinking,
                    signature,
                    ..
                },
            ) if thinking.is_some() || signature.is_some() => {
                out.push_back(reasoning_event(thinking.unwrap_or_default(), signature));
            }
            (
                Streamed::Text { citations },
                FrameDelta {
                    kind: Some("citations_delta"),
                    ..
                },
            ) => {
                if let Some(citation) = delta_fields(data)?.take_raw("citation") {
                    if let Ok(piece) = RawJson::from_value(&[citation]) {
                        push_extra_delta(0, PROTOCOL, CITATIONS, piece, out);
                    }
                    citations.push(citation.into());
                }
            }
            _ => out.push_back(opaque_event(data)),
        }
        Ok(())
    }

    /// Ends the block.
    pub(super) fn end(self, out: &mut Events) {
        match self.content {
            Streamed::Held(held) => {
                let part = Box::new(held.into_part());
                out.push_back(StreamEvent::Part { choice: 0, part });
                return;
            }
            Streamed::Text { citations } => {
                if !citations.is_empty()
                    && let Ok(list) = RawJson::from_value(&citations)
                {
                    push_extra([(CITATIONS.to_owned(), list)].into(), out);
                }
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

/// The field of a text block that lists its citations.
pub(super) const CITATIONS: &str = "citations";

fn begin_text(mut block: Object<'_>, out: &mut Events) -> Streamed {
    block.take_raw("type");
    let text = text(&mut block, "text");
    let mut citations = Vec::new();
    let mut extra = block.into_rest();
    if let Some(list) = extra.get_mut(CITATIONS)
        && let Ok(given) = list.read::<Vec<RawJson>>()
        && !given.is_empty()
    {
        citations = given;
        *list = serde_json::json!([]).into();
    }
    push_extra(extra, out);
    push_text(text, out);
    if let (false, Ok(list)) = (citations.is_empty(), RawJson::from_value(&citations)) {
        push_extra_delta(0, PROTOCOL, CITATIONS, list, out);
    }
    Streamed::Text { citations }
}

fn begin_thinking(mut block: Object<'_>, out: &mut Events) -> Streamed {
    block.take_raw("type");
    let thinking = text(&mut block, "thinking");
    let signature = Some(text(&mut block, "signature")).filter(|signature| !signature.is_empty());
    push_extra(block.into_rest(), out);
    if !thinking.is_empty() || signature.is_some() {
        out.push_back(reasoning_event(thinking, signature));
    }
    Streamed::Thinking
}

fn begin_call(mut block: Object<'_>, calls: &mut Calls, out: &mut Events) -> Streamed {
    block.take_raw("type");
    let id = text(&mut block, "id");
    let name = text(&mut block, "name");
    let arguments = whole_input(&mut block);
    push_extra(block.into_rest(), out);
    let number = calls.tools;
    calls.tools = calls.tools.saturating_add(1);
    let has_arguments = !arguments.is_empty();
    out.push_back(StreamEvent::ToolCall(ToolCallDelta {
        choice: 0,
        index: number,
        id: Some(id),
        name: Some(name),
        arguments,
    }));
    Streamed::Call {
        number,
        has_arguments,
    }
}

fn begin_answer(mut block: Object<'_>, calls: &mut Calls, out: &mut Events) -> Streamed {
    calls.answers = calls.answers.saturating_add(1);
    push_text(whole_input(&mut block), out);
    Streamed::Answer
}

/// Takes an `input` that is there from the start; usually it is `{}` and comes in deltas.
fn whole_input(block: &mut Object<'_>) -> String {
    let input = block.take_raw("input").map_or("", RawValue::get);
    let is_empty = input.trim_matches(['{', '}']).trim().is_empty() || input == "null";
    if is_empty {
        String::new()
    } else {
        input.to_owned()
    }
}

/// Returns a string field without its quotes; the names compared with it need no escapes.
fn unquoted<'a>(block: &Object<'a>, name: &str) -> &'a str {
    let text = block.get(name).map_or("", RawValue::get);
    text.trim_matches('"')
}

fn text(block: &mut Object<'_>, name: &str) -> String {
    block.take(name).ok().flatten().unwrap_or_default()
}

fn push_text(text: String, out: &mut Events) {
    if !text.is_empty() {
        out.push_back(text_event(text));
    }
}

fn push_extra(fields: BTreeMap<String, RawJson>, out: &mut Events) {
    if let Some(extra) = Extra::from_fields(PROTOCOL, fields) {
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

/// Hands on a frame that only this protocol understands.
pub(super) fn opaque_event(data: &str) -> StreamEvent {
    match RawJson::parse(data) {
        Ok(raw) => StreamEvent::Opaque(Box::new(opaque(raw))),
        // It was read as JSON before it came here.
        Err(_) => StreamEvent::Ping,
    }
}

fn delta_fields(data: &str) -> Result<Object<'_>, Error> {
    Object::read(data.as_bytes())
        .and_then(|mut frame| frame.require("delta"))
        .map_err(|error| malformed(error.to_string()))
}

/// A block that is handed on whole.
#[derive(Debug)]
struct HeldBlock {
    start: RawJson,
    /// The fields of `start` with what the deltas added; `None` until the first.
    fields: Option<BTreeMap<String, RawJson>>,
    /// The pieces of `input`.
    input: String,
}

impl HeldBlock {
    fn new(start: &RawValue) -> Self {
        Self {
            start: start.into(),
            fields: None,
            input: String::new(),
        }
    }

    /// Adds the delta in `data`: pieces of a string are joined, citations are listed, all else replaces.
    fn add(&mut self, data: &str) -> Result<(), Error> {
        let mut delta = delta_fields(data)?;
        delta.take_raw("type");
        let start = &self.start;
        let fields = self
            .fields
            .get_or_insert_with(|| start.read().unwrap_or_default());
        for (name, value) in delta.into_rest() {
            add_field(fields, name, value);
        }
        Ok(())
    }

    fn into_part(self) -> ContentPart {
        let Self {
            start,
            fields,
            input,
        } = self;
        if fields.is_none() && input.is_empty() {
            return blocks::keep(start.as_raw_value());
        }
        let mut fields = fields.unwrap_or_else(|| start.read().unwrap_or_default());
        if !input.is_empty() {
            let input =
                RawJson::parse(&*input).unwrap_or_else(|_| serde_json::Value::from(input).into());
            fields.insert("input".to_owned(), input);
        }
        let raw = RawJson::from_value(&fields).unwrap_or(start);
        ContentPart::Opaque(opaque(raw))
    }
}

fn add_field(fields: &mut BTreeMap<String, RawJson>, name: String, value: RawJson) {
    if name == "citation" {
        let list = fields.get(CITATIONS).map(RawJson::read::<Vec<RawJson>>);
        let mut list = list.and_then(Result::ok).unwrap_or_default();
        list.push(value);
        if let Ok(list) = RawJson::from_value(&list) {
            fields.insert(CITATIONS.to_owned(), list);
        }
        return;
    }
    let joined = fields.get(&name).and_then(|before| joined(before, &value));
    fields.insert(name, joined.unwrap_or(value));
}

/// Joins two values that are both strings.
fn joined(before: &RawJson, after: &RawJson) -> Option<RawJson> {
    let is_string = |raw: &RawJson| shape(raw.as_raw_value()) == Shape::String;
    if !is_string(before) || !is_string(after) {
        return None;
    }
    let text = before.read::<String>().ok()? + &after.read::<String>().ok()?;
    RawJson::from_value(&text).ok()
}
