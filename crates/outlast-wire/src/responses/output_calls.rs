//! Writes the items of a streamed reply that are no messages and no reasoning: calls, and what only this protocol
//! understands.

use bytes::BytesMut;
use outlast_types::{Extra, Opaque, RawJson, ToolCall, ToolCallDelta};

use super::PROTOCOL;
use super::item_out::is_custom;
use super::marks::Fields;
use super::output_item::{OutputContent, OutputItem};
use super::output_writer::{Growing, OutputWriter};
use super::part_in::is_content;

impl OutputWriter {
    pub(super) fn call(&mut self, delta: &ToolCallDelta, out: &mut BytesMut) {
        let known = self.items.iter().position(|item| {
            matches!(item.content, OutputContent::Call { index, .. } if index == Some(delta.index))
        });
        let place = match known {
            Some(place) => place,
            None => {
                let mut call = ToolCall::new(
                    delta.id.clone().unwrap_or_default(),
                    delta.name.clone().unwrap_or_default(),
                    "",
                );
                call.extra = Extra::from_fields(PROTOCOL, std::mem::take(&mut self.part_extra));
                self.begin_call(Some(delta.index), call, out)
            }
        };
        self.arguments(place, &delta.arguments, out);
    }

    pub(super) fn begin_call(
        &mut self,
        index: Option<u32>,
        mut call: ToolCall,
        out: &mut BytesMut,
    ) -> usize {
        // A call that could go on is not ended by the next one.
        if matches!(self.growing, Growing::Call(_)) {
            self.growing = Growing::Nothing;
        }
        if call.id.is_empty() {
            call.id = self.id("call_");
        }
        let place = self.add("fc_outlast_", OutputContent::Call { index, call }, out);
        self.growing = Growing::Call(place);
        place
    }

    pub(super) fn arguments(&mut self, place: usize, text: &str, out: &mut BytesMut) {
        let Some(item) = self.items.get_mut(place).filter(|item| !item.is_done) else {
            return;
        };
        let id = item.id();
        if let OutputContent::Call { call, .. } = &mut item.content
            && !text.is_empty()
        {
            call.arguments.push_str(text);
            self.frames
                .arguments_delta(place, &id, text, is_custom(call), out);
        }
    }

    pub(super) fn raw_item(&mut self, opaque: &Opaque, out: &mut BytesMut) {
        let fields: Fields = opaque.raw.read().unwrap_or_default();
        let string = |name| -> String {
            let raw: Option<&RawJson> = fields.get(name);
            raw.and_then(|raw| raw.read().ok()).unwrap_or_default()
        };
        let (kind, id) = (string("type"), string("id"));
        if kind.is_empty() || is_content(&kind) {
            return;
        }
        let content = OutputContent::Raw(opaque.raw.clone());
        let is_begun = |item: &OutputItem| match &item.content {
            OutputContent::Raw(_) => !item.is_done && item.id() == id,
            _ => false,
        };
        let place = match self.items.iter().position(is_begun) {
            Some(place) => {
                if let Some(item) = self.items.get_mut(place) {
                    item.content = content;
                }
                place
            }
            None => self.add("item_outlast_", content, out),
        };
        self.end_item(place, out);
    }

    /// Passes on an event that only this protocol understands. One that adds an item adds it here, too.
    pub(super) fn raw_event(&mut self, opaque: &Opaque, out: &mut BytesMut) {
        let Ok(fields) = opaque.raw.read::<Fields>() else {
            return;
        };
        let kind = fields.get("type").map(|kind| kind.get());
        if kind == Some("\"response.output_item.added\"") {
            if let Some(item) = fields.get("item") {
                self.add("item_outlast_", OutputContent::Raw(item.clone()), out);
            }
            return;
        }
        let place = self.items.len().saturating_sub(1);
        self.frames.raw(&fields, place, out);
    }
}
