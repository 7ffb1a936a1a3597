//! Writes the turns of a conversation as items.

use std::borrow::Cow;
use std::collections::HashSet;

use outlast_types::{Content, ContentPart, Error, Message, Reasoning, Role, ToolCall, ToolResult};
use serde::Deserialize;

use super::marks::{Fields, INSTRUCTIONS, item_of, own_fields};
use super::origin::Origin;
use super::part_in::{Side, is_content};
use super::part_out::PartWriter;
use super::{PROTOCOL, call_ids, reasoning_item};
use crate::call_ids::CallIds;
use crate::json::{ArrayWriter, ObjectWriter};
use crate::notes::Notes;
use crate::openai::spelling::Spelling;

const FUNCTION_CALL: &str = "function_call";
const CUSTOM_CALL: &str = "custom_tool_call";
const FUNCTION_OUTPUT: &str = "function_call_output";
const CUSTOM_OUTPUT: &str = "custom_tool_call_output";

/// Writes messages into the array of items.
pub(super) struct ItemWriter<'a, 'n> {
    origin: Origin,
    ids: CallIds<'a>,
    /// Ids of calls of custom tools: their answers are items of another type.
    custom_calls: HashSet<&'a str>,
    notes: &'n mut Notes,
}

/// A message item whose parts are being gathered.
struct OpenMessage<'a> {
    role: &'a str,
    side: Side,
    fields: Cow<'a, Fields>,
    parts: Vec<&'a ContentPart>,
}

impl<'a, 'n> ItemWriter<'a, 'n> {
    pub(super) fn new(origin: Origin, notes: &'n mut Notes) -> Self {
        Self {
            origin,
            ids: CallIds::unless_own(origin.is_own(), call_ids::fit),
            custom_calls: HashSet::new(),
            notes,
        }
    }

    /// Writes `message`, which may become several items, or none.
    pub(super) fn write(
        &mut self,
        message: &'a Message,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        if message.name.is_some() {
            self.notes.loss("names of speakers are left out");
        }
        self.notes.leave_out(message.extra.as_ref(), &PROTOCOL);
        let fields = own_fields(message.extra.as_ref()).0;
        let open = OpenMessage {
            role: role_name(&message.role),
            side: Side::of(&message.role),
            fields: fields.map_or_else(|| Cow::Owned(Fields::new()), Cow::Borrowed),
            parts: Vec::new(),
        };
        match &message.content {
            Content::Text(text) => {
                array.object(|object| open.write_text(text, object));
                Ok(())
            }
            Content::Parts(parts) if parts.is_empty() && self.origin.is_own() => {
                self.write_message(&open, array)
            }
            Content::Parts(parts) => self.write_parts(parts, open, array),
        }
    }

    fn write_parts(
        &mut self,
        parts: &'a [ContentPart],
        mut open: OpenMessage<'a>,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        for part in parts {
            if is_foreign(part, self.notes) {
                continue;
            }
            if !is_in_message(part) {
                self.end_message(&mut open, array)?;
                self.write_item(part, array)?;
                continue;
            }
            if let Some(fields) = item_of(part) {
                self.end_message(&mut open, array)?;
                open.fields = Cow::Owned(fields);
            }
            open.parts.push(part);
        }
        self.end_message(&mut open, array)
    }

    /// Writes what was gathered. Another message item of the turn has none of the message's own fields.
    fn end_message(
        &mut self,
        open: &mut OpenMessage<'a>,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        if open.parts.is_empty() {
            return Ok(());
        }
        self.write_message(open, array)?;
        open.parts.clear();
        open.fields = Cow::Owned(Fields::new());
        Ok(())
    }

    fn write_message(
        &mut self,
        open: &OpenMessage<'a>,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        array.object(|object| {
            if let [ContentPart::Text(only)] = open.parts.as_slice()
                && (open.was_text() || (only.extra.is_none() && !self.origin.is_own()))
            {
                open.write_text(&only.text, object);
                return Ok(());
            }
            object.field("role", open.role);
            let mut writer = PartWriter {
                origin: self.origin,
                side: open.side,
                notes: self.notes,
            };
            object.array("content", |array| {
                open.parts
                    .iter()
                    .try_for_each(|part| writer.write(part, array))
            })?;
            open.write_rest(object);
            Ok(())
        })
    }

    fn write_item(
        &mut self,
        part: &'a ContentPart,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        match part {
            ContentPart::ToolCall(call) => self.write_call(call, array),
            ContentPart::ToolResult(result) => return self.write_result(result, array),
            ContentPart::Reasoning(part) => self.write_reasoning(part, array),
            ContentPart::Opaque(opaque) => {
                array.value(&opaque.raw);
            }
            _ => {}
        }
        Ok(())
    }

    fn write_call(&mut self, call: &'a ToolCall, array: &mut ArrayWriter<'_>) {
        if is_custom(call) {
            self.custom_calls.insert(&call.id);
        }
        let id = self.ids.of_call(&call.id);
        self.note_change(&call.id, &id);
        array.object(|object| write_call(call, &id, object));
        self.notes.leave_out(call.extra.as_ref(), &PROTOCOL);
    }

    fn note_change(&mut self, before: &str, after: &str) {
        if before != after {
            self.notes.change("ids of tool calls are changed");
        }
    }

    fn write_result(
        &mut self,
        result: &'a ToolResult,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        let id = self.ids.of_result(&result.call_id);
        if result.is_error {
            self.notes.loss("the mark that a tool failed is left out");
        }
        let spelling = own_fields(result.extra.as_ref());
        let kind = if self.custom_calls.contains(result.call_id.as_str()) {
            CUSTOM_OUTPUT
        } else {
            FUNCTION_OUTPUT
        };
        array.object(|object| {
            match spelling.get("type") {
                Some(kind) => object.field("type", kind),
                None => object.field("type", kind),
            };
            object.field("call_id", &*id);
            self.write_output(&result.content, object)?;
            spelling.write_rest(object, &["type"]);
            self.notes.leave_out(result.extra.as_ref(), &PROTOCOL);
            Ok(())
        })
    }

    fn write_output(
        &mut self,
        content: &Content,
        object: &mut ObjectWriter<'_>,
    ) -> Result<(), Error> {
        const FIELD: &str = "output";

        let parts = match content {
            Content::Text(text) => {
                object.field(FIELD, text);
                return Ok(());
            }
            Content::Parts(parts) => parts.as_slice(),
        };
        match parts {
            [] if !self.origin.is_own() => {
                object.field(FIELD, "");
                Ok(())
            }
            [ContentPart::Text(only)] if only.extra.is_none() && !self.origin.is_own() => {
                object.field(FIELD, &only.text);
                Ok(())
            }
            _ => object.array(FIELD, |array| {
                let mut writer = PartWriter {
                    origin: self.origin,
                    side: Side::Input,
                    notes: self.notes,
                };
                parts.iter().try_for_each(|part| writer.write(part, array))
            }),
        }
    }

    fn write_reasoning(&mut self, part: &Reasoning, array: &mut ArrayWriter<'_>) {
        match &part.origin {
            Some(origin) if *origin == PROTOCOL => {
                array.object(|object| reasoning_item::write(part, None, object));
            }
            Some(origin) => self
                .notes
                .change(format!("the reasoning of {origin} is left out")),
            None => self
                .notes
                .change("reasoning that no provider of this protocol wrote is left out"),
        }
    }
}

impl OpenMessage<'_> {
    fn was_text(&self) -> bool {
        self.fields
            .get("content")
            .is_some_and(|mark| mark.get() == "\"\"")
    }

    fn write_text(&self, text: &str, object: &mut ObjectWriter<'_>) {
        object.field("role", self.role).field("content", text);
        self.write_rest(object);
    }

    fn write_rest(&self, object: &mut ObjectWriter<'_>) {
        Spelling(Some(&*self.fields)).write_rest(object, &["content", INSTRUCTIONS]);
    }
}

/// Writes the fields of a call.
pub(super) fn write_call(call: &ToolCall, id: &str, object: &mut ObjectWriter<'_>) {
    let spelling = own_fields(call.extra.as_ref());
    let (kind, input) = if is_custom(call) {
        (CUSTOM_CALL, "input")
    } else {
        (FUNCTION_CALL, "arguments")
    };
    object
        .field("type", kind)
        .field("call_id", id)
        .field("name", &call.name);
    match spelling.get(input) {
        // The caller put JSON where a string belongs.
        Some(raw) if raw.get() == call.arguments => object.field(input, raw),
        Some(raw) if raw.is_null() && call.arguments.is_empty() => object.field(input, raw),
        _ => object.field(input, &call.arguments),
    };
    spelling.write_rest(object, &["type", input]);
}

/// Tells whether a call is one of a custom tool.
pub(super) fn is_custom(call: &ToolCall) -> bool {
    own_fields(call.extra.as_ref()).get("type").is_some()
}

/// Tells whether a part stands in a message item; any other is an item of its own.
fn is_in_message(part: &ContentPart) -> bool {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
    }

    match part {
        ContentPart::ToolCall(_) | ContentPart::ToolResult(_) | ContentPart::Reasoning(_) => false,
        ContentPart::Opaque(opaque) => opaque
            .raw
            .read::<Typed<'_>>()
            .is_ok_and(|part| is_content(&part.kind)),
        _ => true,
    }
}

fn is_foreign(part: &ContentPart, notes: &mut Notes) -> bool {
    match part {
        ContentPart::Opaque(opaque) if opaque.origin != PROTOCOL => {
            notes.leave_out_part(opaque);
            true
        }
        _ => false,
    }
}

fn role_name(role: &Role) -> &str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::Assistant => "assistant",
        Role::Other(name) => name,
        _ => "user",
    }
}
