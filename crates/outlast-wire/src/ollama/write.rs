//! Writes messages.

use std::borrow::Cow;
use std::collections::HashMap;

use outlast_types::{
    Content, ContentPart, Error, Media, MediaSource, Message, RawJson, Role, ToolCall, ToolResult,
};

use super::PROTOCOL;
use super::message::understand;
use crate::call_ids::{CallIds, short};
use crate::json::{ArrayWriter, ObjectWriter, Shape, shape};
use crate::notes::{Notes, unsupported};
use crate::verbatim;

const TOOL_NAME: &str = "tool_name";

/// The most bytes of an id; Ollama states no limit of its own.
const MAX_ID: usize = 64;

/// Writes messages into the array of them.
pub(super) struct MessageWriter<'a, 'n> {
    ids: CallIds<'a>,
    /// The tools that were called, by the ids of their calls: a tool's answer names the tool.
    names: HashMap<Cow<'a, str>, &'a str>,
    notes: &'n mut Notes,
}

/// What the parts of a message are written as.
#[derive(Default)]
struct Fields<'a> {
    text: String,
    thinking: String,
    images: Vec<&'a str>,
    calls: Vec<&'a ToolCall>,
    results: Vec<&'a ToolResult>,
}

impl<'a, 'n> MessageWriter<'a, 'n> {
    /// `own` tells that the request came in this protocol.
    pub(super) fn new(own: bool, notes: &'n mut Notes) -> Self {
        Self {
            ids: CallIds::unless_own(own, |id| short(id, MAX_ID)),
            names: HashMap::new(),
            notes,
        }
    }

    /// Writes `message`, which may become several: each tool result is one, and they come first.
    pub(super) fn write(
        &mut self,
        message: &'a Message,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        if let Some(raw) = verbatim::text_of(message, &PROTOCOL, understand) {
            array.value(raw);
            return Ok(());
        }
        let mut fields = self.sort(&message.content)?;
        let results = std::mem::take(&mut fields.results);
        for result in &results {
            self.write_result(result, message, array)?;
        }
        let says_more =
            !fields.text.is_empty() || !fields.images.is_empty() || !fields.calls.is_empty();
        if !results.is_empty() && !says_more {
            return Ok(());
        }
        array.object(|object| {
            object
                .field("role", role(&message.role))
                .field("content", &fields.text);
            if !fields.thinking.is_empty() {
                object.field("thinking", &fields.thinking);
            }
            if !fields.images.is_empty() {
                object.field("images", &fields.images);
            }
            if !fields.calls.is_empty() {
                object.array("tool_calls", |array| {
                    for call in &fields.calls {
                        self.write_call(call, array);
                    }
                });
            }
            self.write_fields_of(message, object);
        });
        Ok(())
    }

    fn sort<'m>(&mut self, content: &'m Content) -> Result<Fields<'m>, Error> {
        let mut fields = Fields::default();
        if let Content::Text(text) = content {
            fields.text.clone_from(text);
        }
        for part in content.parts() {
            match part {
                ContentPart::Text(part) => fields.text.push_str(&part.text),
                ContentPart::Refusal(text) => fields.text.push_str(text),
                ContentPart::Image(media) => fields.images.push(base64_of(media)?),
                ContentPart::ToolCall(call) => fields.calls.push(call),
                ContentPart::ToolResult(result) => fields.results.push(result),
                ContentPart::Reasoning(part) if part.origin.as_ref() == Some(&PROTOCOL) => {
                    fields.thinking.push_str(&part.text);
                }
                ContentPart::Reasoning(_) => {
                    self.notes
                        .change("reasoning of another provider is left out");
                }
                ContentPart::Document(_) => {
                    return Err(unsupported("a document cannot be sent to Ollama"));
                }
                ContentPart::Audio(_) => return Err(unsupported("sound cannot be sent to Ollama")),
                ContentPart::Opaque(part) => self.notes.leave_out_part(part),
                _ => self
                    .notes
                    .loss("a part of a kind that has no form here is left out"),
            }
        }
        Ok(fields)
    }

    fn write_result(
        &mut self,
        result: &'a ToolResult,
        message: &Message,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        if result.is_error {
            self.notes
                .change("that a tool failed is told by its words only");
        }
        let fields = self.sort(&result.content)?;
        let own = message
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL));
        let id = self.ids.of_result(&result.call_id);
        let named = own.is_some_and(|fields| fields.contains_key(TOOL_NAME));
        array.object(|object| {
            object.field("role", "tool").field("content", &fields.text);
            if !fields.images.is_empty() {
                object.field("images", &fields.images);
            }
            if !id.is_empty() {
                object.field("tool_call_id", &*id);
            }
            if !named {
                let name = self.names.get(&id).filter(|_| !id.is_empty());
                object.optional(TOOL_NAME, name);
            }
            if message.role == Role::Tool {
                self.write_fields_of(message, object);
            }
        });
        Ok(())
    }

    fn write_call(&mut self, call: &'a ToolCall, array: &mut ArrayWriter<'_>) {
        let arguments = RawJson::parse(call.arguments.as_str())
            .ok()
            .filter(|raw| shape(raw.as_raw_value()) == Shape::Object);
        if arguments.is_none() && !call.arguments.is_empty() {
            self.notes
                .loss("arguments of a tool call that are no JSON object are left out");
        }
        let id = self.ids.of_call(&call.id);
        if id != call.id {
            self.notes.change("ids of tool calls are changed");
        }
        self.names.insert(id.clone(), &call.name);
        array.object(|object| {
            if !id.is_empty() {
                object.field("id", &*id);
            }
            object.object("function", |function| {
                function.field("name", &call.name);
                match &arguments {
                    Some(arguments) => function.field("arguments", arguments),
                    None => {
                        function.object("arguments", |_| ());
                        function
                    }
                };
            });
            object.extra(call.extra.as_ref(), &PROTOCOL);
        });
    }

    /// Writes the fields of a message that came in this protocol; others stay behind.
    fn write_fields_of(&mut self, message: &Message, object: &mut ObjectWriter<'_>) {
        let own = message
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL));
        for (name, value) in own.into_iter().flatten() {
            if name != verbatim::FIELD {
                object.field(name, value);
            }
        }
        self.notes.leave_out(message.extra.as_ref(), &PROTOCOL);
    }
}

fn role(role: &Role) -> &str {
    match role {
        Role::System | Role::Developer => "system",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
        Role::Other(name) => name,
        _ => "user",
    }
}

fn base64_of(media: &Media) -> Result<&str, Error> {
    match &media.source {
        MediaSource::Base64 { data, .. } => Ok(data),
        _ => Err(unsupported(
            "a picture can be sent to Ollama only as base64, not by its address",
        )),
    }
}
