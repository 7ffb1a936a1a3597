//! Which part of the answer is being streamed.

use outlast_types::{ContentPart, Extra, StreamEvent};

use super::super::PROTOCOL;
use super::super::marks::Fields;
use crate::Events;

/// Begins and ends the parts of the answer, one at a time.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The item that the open part belongs to, by its place in the output.
    open: Option<u32>,
}

impl Parts {
    /// Begins a part of `item`; `fields` are its extra fields.
    pub(super) fn begin(&mut self, item: u32, fields: Option<Fields>, out: &mut Events) {
        self.end(out);
        push_extra(fields.unwrap_or_default(), out);
        self.open = Some(item);
    }

    /// Adds extra fields to the open part if it belongs to `item`. To a part that others have interrupted nothing can be
    /// added.
    pub(super) fn add(&mut self, item: u32, fields: Fields, out: &mut Events) {
        if self.open == Some(item) {
            push_extra(fields, out);
        }
    }

    /// Ends the open part.
    pub(super) fn end(&mut self, out: &mut Events) {
        if self.open.take().is_some() {
            out.push_back(StreamEvent::PartEnd { choice: 0 });
        }
    }

    /// Tells whether the open part belongs to `item`.
    pub(super) fn is_open(&self, item: u32) -> bool {
        self.open == Some(item)
    }

    /// Hands out a whole part.
    pub(super) fn whole(&mut self, part: ContentPart, out: &mut Events) {
        self.end(out);
        let part = Box::new(part);
        out.push_back(StreamEvent::Part { choice: 0, part });
    }
}

fn push_extra(fields: Fields, out: &mut Events) {
    if let Some(extra) = Extra::from_fields(PROTOCOL, fields) {
        let extra = Box::new(extra);
        out.push_back(StreamEvent::PartExtra { choice: 0, extra });
    }
}
