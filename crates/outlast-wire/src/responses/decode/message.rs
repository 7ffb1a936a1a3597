//! A message item that is being streamed.

use std::borrow::Cow;

use outlast_types::{Content, ContentPart, Delta, RawJson, StreamEvent};
use serde_json::value::RawValue;

use super::super::item_in::{self, Item};
use super::super::marks::{Fields, ITEM, mark_item};
use super::super::part_in::{self, Side, keep};
use super::parts::Parts;
use super::plain::Channel;
use crate::Events;
use crate::json::Object;

/// The most bytes of annotations and log probabilities that are gathered for one part; what comes after is left out.
const MAX_GATHERED: usize = 4 * 1024 * 1024;

/// Fields of a message item that are told in other ways.
const NOT_KEPT: [&str; 2] = ["content", "role"];

/// A message item so far.
#[derive(Debug, Default)]
pub(super) struct OpenMessage {
    item: u32,
    /// The item's other fields as it began.
    fields: Fields,
    has_begun: bool,
    /// The part that is streamed, by its place in the content.
    part: u32,
    /// How many bytes of it have come.
    sent: usize,
    /// Whether its end was told.
    is_told: bool,
    /// Lists that came in pieces, by the name of their field.
    gathered: [(&'static str, Vec<RawJson>); 2],
    gathered_bytes: usize,
}

impl OpenMessage {
    /// Begins the item at this place of the output; `raw` is how it was announced.
    pub(super) fn begin(item: u32, raw: Option<&RawValue>) -> Self {
        let mut fields = raw
            .and_then(|raw| Object::from_raw(raw).ok())
            .map(Object::into_rest)
            .unwrap_or_default();
        // It is under way, and that is over when it is read again.
        fields.retain(|name, _| !NOT_KEPT.contains(&name.as_str()) && name != "status");
        Self {
            item,
            fields,
            gathered: [("annotations", Vec::new()), ("logprobs", Vec::new())],
            ..Self::default()
        }
    }

    /// Takes a piece of text or of a refusal.
    pub(super) fn piece(
        &mut self,
        channel: Channel,
        part: u32,
        text: Cow<'_, str>,
        parts: &mut Parts,
        out: &mut Events,
    ) {
        if text.is_empty() {
            return;
        }
        self.go_to(part, out, parts);
        if self.sent == 0 || !parts.is_open(self.item) {
            let fields = (!std::mem::replace(&mut self.has_begun, true)).then(|| self.mark());
            parts.begin(self.item, fields.flatten(), out);
        }
        self.sent += text.len();
        let delta = Delta {
            choice: 0,
            text: text.into_owned(),
        };
        out.push_back(match channel {
            Channel::Refusal => StreamEvent::Refusal(delta),
            _ => StreamEvent::Text(delta),
        });
    }

    /// Keeps the items of a list that belongs to a part.
    pub(super) fn gather(&mut self, name: &str, items: &[&RawValue]) {
        for raw in items {
            self.gathered_bytes = self.gathered_bytes.saturating_add(raw.get().len());
            let list = self.gathered.iter_mut().find(|(list, _)| *list == name);
            if let Some((_, list)) = list.filter(|_| self.gathered_bytes <= MAX_GATHERED) {
                list.push(RawJson::from(*raw));
            }
        }
    }

    /// Takes the whole of a text that was to come in pieces. Some servers send it only so.
    pub(super) fn whole_text(
        &mut self,
        channel: Channel,
        part: u32,
        text: String,
        parts: &mut Parts,
        out: &mut Events,
    ) {
        self.go_to(part, out, parts);
        if self.sent == 0 {
            self.piece(channel, part, Cow::Owned(text), parts, out);
        }
    }

    /// Takes the end of a part.
    pub(super) fn part_end(
        &mut self,
        part: u32,
        raw: &RawValue,
        parts: &mut Parts,
        out: &mut Events,
    ) {
        if let Ok(Some(read)) = part_in::read(raw, Side::Output) {
            self.part_is(part, read, parts, out);
        }
    }

    fn part_is(&mut self, part: u32, read: ContentPart, parts: &mut Parts, out: &mut Events) {
        self.go_to(part, out, parts);
        match read {
            // One that says nothing is handed out with its item.
            ContentPart::Text(text) if text.text.is_empty() && self.sent == 0 => return,
            ContentPart::Text(text) => {
                self.whole_text(Channel::Text, part, text.text, parts, out);
                if !self.is_told {
                    let fields = text.extra.map(|extra| extra.fields).unwrap_or_default();
                    self.tell(fields, parts, out);
                }
            }
            ContentPart::Refusal(text) => {
                self.whole_text(Channel::Refusal, part, text, parts, out);
            }
            other if self.sent == 0 && !self.is_told => self.whole_part(other, parts, out),
            _ => {}
        }
        self.is_told = true;
    }

    fn whole_part(&mut self, mut part: ContentPart, parts: &mut Parts, out: &mut Events) {
        if !std::mem::replace(&mut self.has_begun, true) {
            mark_item(&mut part, &self.fields);
        }
        parts.whole(part, out);
    }

    /// Takes the end of the item.
    pub(super) fn end(&mut self, raw: Option<&RawValue>, parts: &mut Parts, out: &mut Events) {
        let last = match raw.map(item_in::read) {
            Some(Ok(Item::Message(message))) => message,
            Some(_) if !self.has_begun => {
                return raw.map_or((), |raw| parts.whole(keep(raw), out));
            }
            _ => {
                self.tell(Fields::new(), parts, out);
                return parts.end(out);
            }
        };
        self.fields = last.extra.map(|extra| extra.fields).unwrap_or_default();
        let is_first = self.part == 0 && self.has_begun;
        let content = match last.content {
            Content::Parts(parts) => parts,
            Content::Text(text) => vec![ContentPart::text(text)],
        };
        for (place, part) in (0..).zip(content) {
            if place == self.part && self.sent == 0 && !self.is_told {
                // Nothing of it was streamed.
                self.is_told = true;
                self.whole_part(without_empty_lists(part), parts, out);
            } else if place > self.part || (place == self.part && !self.is_told) {
                self.part_is(place, part, parts, out);
            }
        }
        // Now all its fields are known.
        if is_first && self.part == 0 {
            parts.add(self.item, self.mark().unwrap_or_default(), out);
        }
        parts.end(out);
    }

    /// Tells the fields of the part that was streamed: `fields`, and what came in pieces.
    fn tell(&mut self, fields: Fields, parts: &mut Parts, out: &mut Events) {
        let mut fields = without_empty(fields);
        for (name, list) in &mut self.gathered {
            let list = std::mem::take(list);
            if !list.is_empty()
                && !fields.contains_key(*name)
                && let Ok(list) = RawJson::from_value(&list)
            {
                fields.insert((*name).to_owned(), list);
            }
        }
        parts.add(self.item, fields, out);
        self.is_told = true;
    }

    /// Ends the part that is streamed if `part` is a later one.
    fn go_to(&mut self, part: u32, out: &mut Events, parts: &mut Parts) {
        if part <= self.part {
            return;
        }
        if !self.is_told {
            self.tell(Fields::new(), parts, out);
        }
        if parts.is_open(self.item) {
            parts.end(out);
        }
        self.part = part;
        self.sent = 0;
        self.is_told = false;
    }

    /// Returns the item's fields as the first part has them.
    fn mark(&self) -> Option<Fields> {
        let mark = RawJson::from_value(&self.fields).ok()?;
        Some([(ITEM.to_owned(), mark)].into())
    }
}

/// Returns a part without the lists that every text has, most of them empty.
pub(super) fn without_empty_lists(mut part: ContentPart) -> ContentPart {
    if let ContentPart::Text(text) = &mut part
        && let Some(extra) = &mut text.extra
    {
        extra.fields = without_empty(std::mem::take(&mut extra.fields));
        if extra.fields.is_empty() {
            text.extra = None;
        }
    }
    part
}

fn without_empty(mut fields: Fields) -> Fields {
    fields.retain(|name, value| {
        !(matches!(name.as_str(), "annotations" | "logprobs")
            && matches!(value.get(), "[]" | "null"))
    });
    fields
}
