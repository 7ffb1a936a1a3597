//! A reasoning item that is being streamed.

use std::borrow::Cow;

use outlast_types::{ContentPart, ReasoningDelta, StreamEvent};
use serde_json::value::RawValue;

use super::super::item_in::{self, Item};
use super::super::marks::Fields;
use super::super::part_in::keep;
use super::super::reasoning_item::BETWEEN;
use super::parts::Parts;
use super::plain::Channel;
use crate::Events;
use crate::json::Object;

/// Fields of a reasoning item that are told in other ways, or only at its end.
const NOT_KEPT: [&str; 5] = ["content", "encrypted_content", "status", "summary", "type"];

/// A reasoning item so far.
#[derive(Debug)]
pub(super) struct OpenThought {
    item: u32,
    /// The item's other fields as it began.
    fields: Fields,
    /// The text that is streamed: a summary or a thought in full, by its place among them.
    at: Option<(Channel, u32)>,
}

impl OpenThought {
    /// Begins the item at this place of the output; `raw` is how it was announced.
    pub(super) fn begin(item: u32, raw: Option<&RawValue>) -> Self {
        let mut fields = raw
            .and_then(|raw| Object::from_raw(raw).ok())
            .map(Object::into_rest)
            .unwrap_or_default();
        fields.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
        Self {
            item,
            fields,
            at: None,
        }
    }

    /// Takes a piece.
    pub(super) fn piece(
        &mut self,
        channel: Channel,
        part: u32,
        text: Cow<'_, str>,
        parts: &mut Parts,
        out: &mut Events,
    ) {
        let before = self.at.replace((channel, part));
        if before.is_none() || !parts.is_open(self.item) {
            let fields = before.is_none().then(|| std::mem::take(&mut self.fields));
            parts.begin(self.item, fields, out);
        }
        if before.is_some_and(|before| before != (channel, part)) {
            push(BETWEEN.to_owned(), None, out);
        }
        if !text.is_empty() {
            push(text.into_owned(), None, out);
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
        if self.at != Some((channel, part)) {
            self.piece(channel, part, Cow::Owned(text), parts, out);
        }
    }

    /// Takes the end of the item.
    pub(super) fn end(&mut self, raw: Option<&RawValue>, parts: &mut Parts, out: &mut Events) {
        let has_begun = self.at.is_some();
        match raw.map(|raw| (raw, item_in::read(raw))) {
            Some((_, Ok(Item::Part(part)))) if !has_begun => parts.whole(part, out),
            Some((raw, _)) if !has_begun => parts.whole(keep(raw), out),
            Some((_, Ok(Item::Part(ContentPart::Reasoning(part))))) if parts.is_open(self.item) => {
                if part.signature.is_some() {
                    push(String::new(), part.signature, out);
                }
                let fields = part.extra.map(|extra| extra.fields).unwrap_or_default();
                parts.add(self.item, fields, out);
            }
            _ => {}
        }
        parts.end(out);
    }
}

fn push(text: String, signature: Option<String>, out: &mut Events) {
    out.push_back(StreamEvent::Reasoning(ReasoningDelta {
        choice: 0,
        text,
        signature,
    }));
}
