//! The items of a reply's output, streamed or whole.

use std::borrow::Cow;

use outlast_types::{Content, ContentPart, Error, StreamEvent, ToolCall};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::item_in::{self, Item};
use super::super::item_out::is_custom;
use super::super::part_in::keep;
use super::call::OpenCall;
use super::frame::Frame;
use super::message::{OpenMessage, without_empty_lists};
use super::parts::Parts;
use super::plain::{Channel, Piece};
use super::thought::OpenThought;
use crate::Events;
use crate::error::malformed;
use crate::json::{Object, read_each};

/// The most items of one reply.
const MAX_ITEMS: usize = 4096;

/// The items so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    open: Vec<(u32, OpenItem)>,
    /// The places of those that have ended.
    ended: Vec<u32>,
    /// How many tools of the caller are called.
    calls: u32,
    /// The names of the caller's custom tools, if the reply tells them.
    custom_tools: Option<Vec<String>>,
    parts: Parts,
}

#[derive(Debug)]
enum OpenItem {
    Message(OpenMessage),
    Thought(OpenThought),
    Call(OpenCall),
    /// It is handed out at its end.
    Whole,
}

impl Output {
    /// Tells whether tools of the caller are called.
    pub(super) fn has_calls(&self) -> bool {
        self.calls > 0
    }

    /// Takes the tools that the reply says it was made with.
    ///
    /// At xAI, calls of its own tools are items of the same type as calls of the caller's custom tools.
    pub(super) fn take_tools(&mut self, tools: Option<&RawValue>) {
        #[derive(Deserialize)]
        struct Tool {
            r#type: String,
            name: Option<String>,
        }
        let tools = tools.and_then(|raw| serde_json::from_str::<Vec<Tool>>(raw.get()).ok());
        let Some(tools) = tools else { return };
        let custom = tools.into_iter().filter(|tool| tool.r#type == "custom");
        self.custom_tools = Some(custom.filter_map(|tool| tool.name).collect());
    }

    /// Tells whether it is a call of a tool that runs at the provider.
    fn runs_at_provider(&self, call: &ToolCall) -> bool {
        is_custom(call)
            && self
                .custom_tools
                .as_ref()
                .is_some_and(|names| !names.contains(&call.name))
    }

    /// Takes a piece of an item.
    pub(super) fn piece(&mut self, piece: Piece<'_>, out: &mut Events) -> Result<(), Error> {
        let Piece {
            channel,
            text,
            item,
            part,
        } = piece;
        // Streams without the beginnings of their items were not seen, but their text is not to be lost.
        let at = match self.open.iter().rposition(|(place, _)| *place == item) {
            Some(at) => at,
            None => self.insert(item, unannounced(channel, item)?)?,
        };
        match (self.open.get_mut(at), channel) {
            (Some((_, OpenItem::Message(message))), Channel::Text | Channel::Refusal) => {
                message.piece(channel, part, text, &mut self.parts, out);
            }
            (Some((_, OpenItem::Thought(thought))), Channel::Summary | Channel::Thought) => {
                thought.piece(channel, part, text, &mut self.parts, out);
            }
            (Some((_, OpenItem::Call(call))), Channel::Arguments) => call.piece(text, out),
            _ => {}
        }
        Ok(())
    }

    /// Takes what came in pieces once more, whole.
    pub(super) fn whole_text(&mut self, channel: Channel, frame: &Frame<'_>, out: &mut Events) {
        let (Some(text), Some(item)) = (frame.whole(), self.find(frame.output_index)) else {
            return;
        };
        let part = frame.content_index;
        match (&mut self.open.get_mut(item), channel) {
            (Some((_, OpenItem::Message(message))), Channel::Text | Channel::Refusal) => {
                message.whole_text(channel, part, text, &mut self.parts, out);
            }
            (Some((_, OpenItem::Thought(thought))), Channel::Summary | Channel::Thought) => {
                let part = if channel == Channel::Summary {
                    frame.summary_index
                } else {
                    part
                };
                thought.whole_text(channel, part, text, &mut self.parts, out);
            }
            (Some((_, OpenItem::Call(call))), Channel::Arguments) => {
                call.whole_arguments(text, out);
            }
            _ => {}
        }
    }

    /// Keeps items of a list of the part that is streamed.
    pub(super) fn gather(&mut self, item: u32, name: &str, items: &[&RawValue]) {
        if let Some(OpenItem::Message(message)) = self.get(item) {
            message.gather(name, items);
        }
    }

    /// Takes the end of a message's part.
    pub(super) fn part_end(&mut self, item: u32, part: u32, raw: &RawValue, out: &mut Events) {
        let Some(at) = self.find(item) else { return };
        if let Some((_, OpenItem::Message(message))) = self.open.get_mut(at) {
            message.part_end(part, raw, &mut self.parts, out);
        }
    }

    /// Takes the beginning of an item. Returns whether it is one that only this protocol understands.
    pub(super) fn begin(
        &mut self,
        item: u32,
        raw: &RawValue,
        out: &mut Events,
    ) -> Result<bool, Error> {
        self.end(item, None, out);
        self.ended.retain(|place| *place != item);
        let kind = kind_of(raw);
        let open = match kind.as_deref() {
            Some("message") => OpenItem::Message(OpenMessage::begin(item, Some(raw))),
            Some("reasoning") => OpenItem::Thought(OpenThought::begin(item, Some(raw))),
            Some("function_call" | "custom_tool_call") => match item_in::read(raw) {
                Ok(Item::Part(ContentPart::ToolCall(call))) if !self.runs_at_provider(&call) => {
                    let number = self.calls;
                    self.calls = self.calls.saturating_add(1);
                    OpenItem::Call(OpenCall::begin(item, number, call, &mut self.parts, out))
                }
                _ => OpenItem::Whole,
            },
            _ => OpenItem::Whole,
        };
        let is_whole = matches!(open, OpenItem::Whole);
        if is_whole {
            self.parts.end(out);
        }
        self.insert(item, open)?;
        Ok(is_whole)
    }

    /// Takes the end of an item; `raw` is all of it.
    pub(super) fn end(&mut self, item: u32, raw: Option<&RawValue>, out: &mut Events) {
        let open = self
            .find(item)
            .filter(|at| *at < self.open.len())
            .map(|at| self.open.remove(at).1);
        let parts = &mut self.parts;
        match (open, raw) {
            (Some(OpenItem::Message(mut message)), raw) => message.end(raw, parts, out),
            (Some(OpenItem::Thought(mut thought)), raw) => thought.end(raw, parts, out),
            (Some(OpenItem::Call(mut call)), raw) => call.end(raw, parts, out),
            (Some(OpenItem::Whole) | None, Some(raw)) => self.whole(raw, out),
            (Some(OpenItem::Whole), None) => {}
            (None, None) => return,
        }
        if self.ended.len() < MAX_ITEMS {
            self.ended.push(item);
        }
    }

    /// Takes all items once more, as the reply that is over has them: what was not streamed is handed out now.
    pub(super) fn all(&mut self, raw: Option<&RawValue>, out: &mut Events) {
        let items = raw.and_then(|raw| read_each(raw, Ok).ok());
        for (place, raw) in (0..).zip(items.unwrap_or_default()) {
            if !self.ended.contains(&place) {
                self.end(place, Some(raw), out);
            }
        }
        while let Some((place, _)) = self.open.first() {
            self.end(*place, None, out);
        }
        self.parts.end(out);
    }

    /// Hands out a whole item.
    pub(super) fn whole(&mut self, raw: &RawValue, out: &mut Events) {
        match item_in::read(raw) {
            Ok(Item::Part(ContentPart::ToolCall(call))) if self.runs_at_provider(&call) => {
                self.parts.whole(keep(raw), out);
            }
            Ok(item) => self.whole_item(item, out),
            Err(_) => self.parts.whole(keep(raw), out),
        }
    }

    /// Hands out a whole item that does not run at the provider.
    pub(super) fn whole_item(&mut self, item: Item, out: &mut Events) {
        match item {
            Item::Part(part) => {
                if matches!(part, ContentPart::ToolCall(_)) {
                    self.calls = self.calls.saturating_add(1);
                }
                self.parts.whole(part, out);
            }
            Item::Message(mut message) => {
                // If its first part has no place for the fields of the item, these are lost.
                let parts = item_in::take_parts(&mut message).or(match message.content {
                    Content::Parts(parts) => Some(parts),
                    Content::Text(_) => None,
                });
                for part in parts.into_iter().flatten() {
                    self.parts.whole(without_empty_lists(part), out);
                }
            }
        }
    }

    fn insert(&mut self, item: u32, open: OpenItem) -> Result<usize, Error> {
        if self.open.len() >= MAX_ITEMS {
            return Err(malformed("more items than one reply may have"));
        }
        self.open.push((item, open));
        Ok(self.open.len() - 1)
    }

    fn find(&self, item: u32) -> Option<usize> {
        self.open.iter().rposition(|(place, _)| *place == item)
    }

    fn get(&mut self, item: u32) -> Option<&mut OpenItem> {
        let open = self.open.iter_mut().rev();
        open.into_iter()
            .find(|(place, _)| *place == item)
            .map(|(_, open)| open)
    }
}

fn unannounced(channel: Channel, item: u32) -> Result<OpenItem, Error> {
    match channel {
        Channel::Text | Channel::Refusal => Ok(OpenItem::Message(OpenMessage::begin(item, None))),
        Channel::Summary | Channel::Thought => {
            Ok(OpenItem::Thought(OpenThought::begin(item, None)))
        }
        Channel::Arguments => Err(malformed("arguments belong to no tool call")),
    }
}

fn kind_of(raw: &RawValue) -> Option<Cow<'_, str>> {
    Object::from_raw(raw).ok()?.take("type").ok()?
}

/// Makes the event of a frame that only this protocol understands.
pub(super) fn opaque_event(data: &str) -> Option<StreamEvent> {
    let raw = outlast_types::RawJson::parse(data).ok()?;
    let origin = super::super::PROTOCOL;
    Some(StreamEvent::Opaque(Box::new(outlast_types::Opaque {
        origin,
        raw,
    })))
}
