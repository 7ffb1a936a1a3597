//! The items of a reply's output as they are written, in a stream and in the response at its end.

use outlast_types::{Reasoning, ToolCall};

use super::item_out::write_call;
use super::marks::{Fields, own_fields};
use super::reasoning_item;
use crate::json::{ArrayWriter, ObjectWriter};
use crate::openai::spelling::Spelling;

/// An item that is being written, or was.
#[derive(Debug)]
pub(super) struct OutputItem {
    /// Its id, where its own fields have none.
    pub(super) id: String,
    pub(super) content: OutputContent,
    pub(super) is_done: bool,
}

/// What an item is.
#[derive(Debug)]
pub(super) enum OutputContent {
    Message {
        /// The item's other fields.
        fields: Fields,
        parts: Vec<OutputPart>,
    },
    Thought(Reasoning),
    Call {
        /// The index of its events; a whole call has none.
        index: Option<u32>,
        call: ToolCall,
    },
    /// An item that only this protocol understands.
    Raw(outlast_types::RawJson),
}

/// A part of a message item.
#[derive(Debug)]
pub(super) struct OutputPart {
    pub(super) text: String,
    pub(super) is_refusal: bool,
    pub(super) fields: Fields,
    /// How many annotations were told as they came.
    pub(super) annotated: usize,
}

impl OutputItem {
    /// Returns the id that events name the item by.
    pub(super) fn id(&self) -> String {
        let extra = match &self.content {
            OutputContent::Message { fields, .. } => return self.id_in(Spelling(Some(fields))),
            OutputContent::Thought(part) => part.extra.as_ref(),
            OutputContent::Call { call, .. } => call.extra.as_ref(),
            OutputContent::Raw(raw) => {
                let fields: Fields = raw.read().unwrap_or_default();
                return self.id_in(Spelling(Some(&fields)));
            }
        };
        self.id_in(own_fields(extra))
    }

    fn id_in(&self, fields: Spelling<'_>) -> String {
        fields
            .get("id")
            .and_then(|id| id.read().ok())
            .unwrap_or_else(|| self.id.clone())
    }

    /// Writes the item as it is, or as it began.
    pub(super) fn write(&self, object: &mut ObjectWriter<'_>, is_done: bool) {
        let status = if is_done { "completed" } else { "in_progress" };
        match &self.content {
            OutputContent::Message { fields, parts } => {
                let fields = Spelling(Some(fields));
                object.field("type", "message").field("id", &self.id());
                write_status(fields, status, is_done, object);
                object.field("role", "assistant");
                object.array("content", |array| {
                    for part in parts.iter().filter(|_| is_done) {
                        part.write(array);
                    }
                });
                fields.write_rest(object, &["type", "id", "status", "role", "content"]);
            }
            OutputContent::Thought(part) if is_done => {
                reasoning_item::write(part, Some(&self.id), object);
            }
            OutputContent::Thought(_) => {
                object.field("type", "reasoning").field("id", &self.id());
                object.array("summary", |_| {});
            }
            OutputContent::Call { call, .. } => {
                let mut call = call.clone();
                if let Some(extra) = &mut call.extra {
                    extra.fields.retain(|name, _| name != "status");
                }
                let fields = own_fields(call.extra.as_ref());
                if fields.get("id").is_none() {
                    object.field("id", &self.id);
                }
                object.field("status", status);
                if !is_done {
                    call.arguments.clear();
                }
                write_call(&call, &call.id, object);
            }
            OutputContent::Raw(raw) => {
                if let Ok(fields) = raw.read::<Fields>() {
                    object.fields(&fields);
                }
            }
        }
    }
}

fn write_status(fields: Spelling<'_>, status: &str, is_done: bool, object: &mut ObjectWriter<'_>) {
    match fields.get("status").filter(|_| is_done) {
        Some(status) => object.field("status", status),
        None => object.field("status", status),
    };
}

impl OutputPart {
    /// Writes the part as an item of an array.
    pub(super) fn write(&self, array: &mut ArrayWriter<'_>) {
        array.object(|object| self.write_fields(object, &self.text));
    }

    /// Writes its fields; `text` stands in for its own.
    pub(super) fn write_fields(&self, object: &mut ObjectWriter<'_>, text: &str) {
        if self.is_refusal {
            object.field("type", "refusal").field("refusal", text);
            return;
        }
        object.field("type", "output_text").field("text", text);
        for name in ["annotations", "logprobs"] {
            if !self.fields.contains_key(name) {
                object.array(name, |_| {});
            }
        }
        Spelling(Some(&self.fields)).write_rest(object, &["type", "text", super::marks::ITEM]);
    }
}
