//! Writes messages.

use outlast_types::{Content, ContentPart, Error, Message, Reasoning, Role, ToolCall, ToolResult};

use super::message::{TOOL_PLAN, is_plan, understand};
use super::{PROTOCOL, part};
use crate::call_ids::{CallIds, short};
use crate::json::{ArrayWriter, ObjectWriter};
use crate::notes::{Notes, unsupported};
use crate::verbatim;

/// The most bytes of an id; Cohere states no limit of its own.
const MAX_ID: usize = 64;

/// Writes messages into the array of them.
pub(super) struct MessageWriter<'a, 'n> {
    own: bool,
    ids: CallIds<'a>,
    notes: &'n mut Notes,
}

/// The parts of a message by the places they go to.
#[derive(Default)]
struct Places<'a> {
    content: Vec<&'a ContentPart>,
    plan: Option<&'a Reasoning>,
    calls: Vec<&'a ToolCall>,
    results: Vec<&'a ToolResult>,
}

impl<'a> Places<'a> {
    fn of(message: &'a Message, notes: &mut Notes) -> Self {
        let mut places = Self::default();
        for part in message.content.parts() {
            match part {
                ContentPart::ToolCall(call) => places.calls.push(call),
                ContentPart::ToolResult(result) => places.results.push(result),
                ContentPart::Reasoning(thought) if is_plan(thought) => places.plan = Some(thought),
                ContentPart::Reasoning(thought) if thought.origin.as_ref() != Some(&PROTOCOL) => {
                    notes.change("reasoning of another provider is left out");
                }
                ContentPart::Opaque(opaque) if opaque.origin != PROTOCOL => {
                    notes.leave_out_part(opaque)
                }
                part => places.content.push(part),
            }
        }
        places
    }
}

impl<'a, 'n> MessageWriter<'a, 'n> {
    /// `own` tells that the request came in this protocol.
    pub(super) fn new(own: bool, notes: &'n mut Notes) -> Self {
        Self {
            own,
            ids: CallIds::unless_own(own, |id| short(id, MAX_ID)),
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
        let places = Places::of(message, self.notes);
        for result in &places.results {
            self.write_result(result, message, array)?;
        }
        let says_more =
            places.plan.is_some() || !places.content.is_empty() || !places.calls.is_empty();
        if !places.results.is_empty() && !says_more {
            return Ok(());
        }
        array.object(|object| self.write_turn(message, &places, object))
    }

    fn write_turn(
        &mut self,
        message: &Message,
        places: &Places<'a>,
        object: &mut ObjectWriter<'_>,
    ) -> Result<(), Error> {
        object.field("role", role(&message.role));
        if let Content::Text(text) = &message.content {
            object.field("content", text);
        } else if !places.content.is_empty() {
            write_parts(places.content.iter().copied(), object)?;
        } else if places.calls.is_empty() && places.plan.is_none() {
            if self.own {
                object.array("content", |_| {});
            } else {
                object.field("content", "");
            }
        }
        object.optional(TOOL_PLAN, places.plan.map(|plan| &plan.text));
        if !places.calls.is_empty() {
            object.array("tool_calls", |array| {
                for call in &places.calls {
                    self.write_call(call, array);
                }
            });
        }
        self.write_fields_of(message, object);
        Ok(())
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
        let id = self.ids.of_result(&result.call_id);
        array.object(|object| {
            object.field("role", "tool").field("tool_call_id", &*id);
            match &result.content {
                Content::Text(text) => {
                    object.field("content", text);
                }
                Content::Parts(parts) => {
                    if parts
                        .iter()
                        .any(|part| matches!(part, ContentPart::Image(_)))
                    {
                        return Err(unsupported("a tool's picture cannot be sent to Cohere"));
                    }
                    write_parts(parts.iter(), object)?;
                }
            }
            if message.role == Role::Tool {
                self.write_fields_of(message, object);
            }
            Ok(())
        })
    }

    fn write_call(&mut self, call: &'a ToolCall, array: &mut ArrayWriter<'_>) {
        let id = self.ids.of_call(&call.id);
        if id != call.id {
            self.notes.change("ids of tool calls are changed");
        }
        array.object(|object| {
            object.field("id", &*id).field("type", "function");
            object.object("function", |function| {
                function
                    .field("name", &call.name)
                    .field("arguments", &call.arguments);
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

fn write_parts<'p>(
    parts: impl Iterator<Item = &'p ContentPart>,
    object: &mut ObjectWriter<'_>,
) -> Result<(), Error> {
    let mut parts = parts;
    object.array("content", |array| {
        parts.try_for_each(|part| part::write(part, array))
    })
}
