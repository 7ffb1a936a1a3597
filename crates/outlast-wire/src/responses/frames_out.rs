//! The events of a streamed reply, numbered one after the other.

use bytes::{BufMut, BytesMut};
use outlast_types::{RawJson, ToolCall};

use super::marks::Fields;
use super::output_item::{OutputItem, OutputPart};
use crate::json::{ObjectWriter, write_object};
use crate::sse::write_json_line;

/// Writes events.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The number of the next one.
    next: u64,
}

/// A part of a message.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The place of the item in the output.
    pub(super) item: usize,
    /// The place of the part in the item.
    pub(super) part: usize,
    /// The id of the item.
    pub(super) id: &'a str,
}

impl Frames {
    /// Writes an event; `write` writes its fields after type and number.
    pub(super) fn event(
        &mut self,
        name: &str,
        out: &mut BytesMut,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        out.put_slice(b"event: ");
        out.put_slice(name.as_bytes());
        out.put_slice(b"\ndata: ");
        write_json_line(out, |out| {
            write_object(out, |object| {
                object
                    .field("type", name)
                    .field("sequence_number", &self.next);
                write(object);
            });
        });
        self.next += 1;
        out.put_slice(b"\n\n");
    }

    /// Writes that an item was `added` or is `done`.
    pub(super) fn item(&mut self, what: &str, place: usize, item: &OutputItem, out: &mut BytesMut) {
        let name = format!("response.output_item.{what}");
        self.event(&name, out, |object| {
            object.field("output_index", &place);
            object.object("item", |object| item.write(object, what == "done"));
        });
    }

    pub(super) fn part_added(&mut self, at: Place<'_>, part: &OutputPart, out: &mut BytesMut) {
        self.event("response.content_part.added", out, |object| {
            at.write(object);
            object.object("part", |object| part.write_fields(object, ""));
        });
    }

    pub(super) fn text_delta(
        &mut self,
        at: Place<'_>,
        text: &str,
        is_refusal: bool,
        logprobs: Option<&RawJson>,
        out: &mut BytesMut,
    ) {
        let name = if is_refusal {
            "response.refusal.delta"
        } else {
            "response.output_text.delta"
        };
        self.event(name, out, |object| {
            at.write(object);
            object.field("delta", text);
            match logprobs {
                _ if is_refusal => {}
                Some(logprobs) => {
                    object.field("logprobs", logprobs);
                }
                None => object.array("logprobs", |_| {}),
            }
        });
    }

    pub(super) fn annotation(
        &mut self,
        at: Place<'_>,
        number: usize,
        annotation: &RawJson,
        out: &mut BytesMut,
    ) {
        self.event("response.output_text.annotation.added", out, |object| {
            at.write(object);
            object
                .field("annotation_index", &number)
                .field("annotation", annotation);
        });
    }

    /// Writes the end of a part: its annotations, its text once more, and all of it.
    pub(super) fn part_done(&mut self, at: Place<'_>, part: &OutputPart, out: &mut BytesMut) {
        let annotations = part
            .fields
            .get("annotations")
            .and_then(|raw| raw.read::<Vec<RawJson>>().ok());
        let annotations = annotations.iter().flatten().enumerate();
        for (number, annotation) in annotations.skip(part.annotated) {
            self.annotation(at, number, annotation, out);
        }
        let (name, field) = if part.is_refusal {
            ("response.refusal.done", "refusal")
        } else {
            ("response.output_text.done", "text")
        };
        self.event(name, out, |object| {
            at.write(object);
            object.field(field, &part.text);
            if !part.is_refusal {
                object.array("logprobs", |_| {});
            }
        });
        self.event("response.content_part.done", out, |object| {
            at.write(object);
            object.object("part", |object| part.write_fields(object, &part.text));
        });
    }

    pub(super) fn summary_delta(
        &mut self,
        place: usize,
        id: &str,
        text: &str,
        is_first: bool,
        out: &mut BytesMut,
    ) {
        if is_first {
            self.event("response.reasoning_summary_part.added", out, |object| {
                write_summary_place(place, id, object);
                write_summary_part("", object);
            });
        }
        self.event("response.reasoning_summary_text.delta", out, |object| {
            write_summary_place(place, id, object);
            object.field("delta", text);
        });
    }

    pub(super) fn summary_done(&mut self, place: usize, id: &str, text: &str, out: &mut BytesMut) {
        if text.is_empty() {
            return;
        }
        self.event("response.reasoning_summary_text.done", out, |object| {
            write_summary_place(place, id, object);
            object.field("text", text);
        });
        self.event("response.reasoning_summary_part.done", out, |object| {
            write_summary_place(place, id, object);
            write_summary_part(text, object);
        });
    }

    pub(super) fn arguments_delta(
        &mut self,
        place: usize,
        id: &str,
        text: &str,
        is_custom: bool,
        out: &mut BytesMut,
    ) {
        let name = if is_custom {
            "response.custom_tool_call_input.delta"
        } else {
            "response.function_call_arguments.delta"
        };
        self.event(name, out, |object| {
            object
                .field("item_id", id)
                .field("output_index", &place)
                .field("delta", text);
        });
    }

    pub(super) fn arguments_done(
        &mut self,
        place: usize,
        id: &str,
        call: &ToolCall,
        is_custom: bool,
        out: &mut BytesMut,
    ) {
        let (name, field) = if is_custom {
            ("response.custom_tool_call_input.done", "input")
        } else {
            ("response.function_call_arguments.done", "arguments")
        };
        self.event(name, out, |object| {
            object.field("item_id", id).field("output_index", &place);
            if !is_custom {
                object.field("name", &call.name);
            }
            object.field(field, &call.arguments);
        });
    }

    /// Passes on an event as it was, but for its number and the place of its item.
    pub(super) fn raw(&mut self, fields: &Fields, place: usize, out: &mut BytesMut) {
        let name = fields
            .get("type")
            .and_then(|name| name.read::<String>().ok());
        let Some(name) = name.filter(|name| is_event_name(name)) else {
            return;
        };
        self.event(&name, out, |object| {
            for (field, value) in fields {
                match field.as_str() {
                    "type" | "sequence_number" => {}
                    "output_index" => {
                        object.field(field, &place);
                    }
                    _ => {
                        object.field(field, value);
                    }
                }
            }
        });
    }
}

impl Place<'_> {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        object
            .field("item_id", self.id)
            .field("output_index", &self.item)
            .field("content_index", &self.part);
    }
}

fn write_summary_place(place: usize, id: &str, object: &mut ObjectWriter<'_>) {
    object
        .field("item_id", id)
        .field("output_index", &place)
        .field("summary_index", &0);
}

fn write_summary_part(text: &str, object: &mut ObjectWriter<'_>) {
    object.object("part", |part| {
        part.field("type", "summary_text").field("text", text);
    });
}

/// Tells whether a name can stand in an `event:` line.
fn is_event_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['\n', '\r', '\0'])
}
