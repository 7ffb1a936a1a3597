//! A call of one of the caller's tools that is being streamed.

use std::borrow::Cow;

use outlast_types::{ContentPart, StreamEvent, ToolCall, ToolCallDelta};
use serde_json::value::RawValue;

use super::super::item_in::{self, Item};
use super::parts::Parts;
use crate::Events;

/// A call so far.
#[derive(Debug)]
pub(super) struct OpenCall {
    item: u32,
    /// Which of the reply's calls it is.
    number: u32,
    /// How many bytes of its arguments have come.
    sent: usize,
}

impl OpenCall {
    /// Begins the item at this place of the output.
    pub(super) fn begin(
        item: u32,
        number: u32,
        call: ToolCall,
        parts: &mut Parts,
        out: &mut Events,
    ) -> Self {
        let mut fields = call.extra.map(|extra| extra.fields).unwrap_or_default();
        // It is under way, and that is over when it is read again.
        fields.remove("status");
        parts.begin(item, Some(fields), out);
        out.push_back(StreamEvent::ToolCall(ToolCallDelta {
            choice: 0,
            index: number,
            id: Some(call.id),
            name: Some(call.name),
            arguments: String::new(),
        }));
        Self {
            item,
            number,
            sent: 0,
        }
    }

    /// Takes a piece of the arguments.
    pub(super) fn piece(&mut self, arguments: Cow<'_, str>, out: &mut Events) {
        if arguments.is_empty() {
            return;
        }
        self.sent += arguments.len();
        out.push_back(StreamEvent::ToolCall(ToolCallDelta {
            choice: 0,
            index: self.number,
            id: None,
            name: None,
            arguments: arguments.into_owned(),
        }));
    }

    /// Takes the whole of the arguments. Some servers send them only so.
    pub(super) fn whole_arguments(&mut self, arguments: String, out: &mut Events) {
        if self.sent == 0 {
            self.piece(Cow::Owned(arguments), out);
        }
    }

    /// Takes the end of the item.
    pub(super) fn end(&mut self, raw: Option<&RawValue>, parts: &mut Parts, out: &mut Events) {
        if let Some(Ok(Item::Part(ContentPart::ToolCall(call)))) = raw.map(item_in::read) {
            self.whole_arguments(call.arguments, out);
            let fields = call.extra.map(|extra| extra.fields).unwrap_or_default();
            parts.add(self.item, fields, out);
        }
        parts.end(out);
    }
}
