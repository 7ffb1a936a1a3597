//! Reads messages.

use std::collections::BTreeMap;

use outlast_types::{Content, ContentPart, Extra, Message, Reasoning, Role, TextPart, ToolResult};
use serde_json::value::RawValue;

use super::super::shape::{self, ContentForm};
use super::super::{PROTOCOL, spelling};
use super::{call, part};
use crate::json::{FieldError, Object, Shape, read_each, read_value, shape as shape_of};

/// Reads one of `messages`.
pub(super) fn read(raw: &RawValue) -> Result<Message, FieldError> {
    let mut object = Object::from_raw(raw)?;
    let role = read_role(object.require("role")?);
    let content = take_content(&mut object)?;
    let mut message = if role == Role::Tool {
        read_result(&mut object, content)?
    } else {
        read_turn(&mut object, role, content)?
    };
    message.name = spelling::take_text(&mut object, "name")?;
    let marks = message.extra.take().map(|extra| extra.fields);
    let mut fields = object.into_rest();
    fields.extend(marks.unwrap_or_default());
    message.extra = Extra::from_fields(PROTOCOL, fields);
    Ok(message)
}

fn read_role(name: String) -> Role {
    match name.as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => Role::Other(name),
    }
}

/// Reads `content`. A `null` stays where it is, as the mark of its form.
fn take_content(object: &mut Object<'_>) -> Result<Option<Content>, FieldError> {
    object
        .get("content")
        .filter(|raw| raw.get() != "null")
        .map(|_| object.require_with("content", read_content))
        .transpose()
}

fn read_content(raw: &RawValue) -> Result<Content, FieldError> {
    match shape_of(raw) {
        Shape::String => read_value(raw).map(Content::Text),
        Shape::Array => read_each(raw, part::read).map(Content::Parts),
        _ => Err(FieldError::new("expected a string or an array of parts")),
    }
}

/// Reads the fields of a tool's answer, which is a message of its own here.
fn read_result(object: &mut Object<'_>, content: Option<Content>) -> Result<Message, FieldError> {
    // An empty id stays where it is, or it could not be told from none.
    let call_id = match object.get("tool_call_id").map(RawValue::get) {
        Some("\"\"") => String::new(),
        _ => spelling::take_text(object, "tool_call_id")?.unwrap_or_default(),
    };
    let form = form_of_empty(content.as_ref());
    let content = content.unwrap_or_else(|| Content::Parts(Vec::new()));
    let result = ContentPart::ToolResult(ToolResult::new(call_id, content));
    Ok(marked(Message::new(Role::Tool, vec![result]), form))
}

fn read_turn(
    object: &mut Object<'_>,
    role: Role,
    content: Option<Content>,
) -> Result<Message, FieldError> {
    let reasoning = take_reasoning(object)?;
    let refusal = take_filled(object, "refusal")?;
    let calls = spelling::take_list(object, "tool_calls", call::read)?;
    if reasoning.is_none() && refusal.is_none() && calls.is_empty() {
        let form = form_of_empty(content.as_ref());
        let content = content.unwrap_or_else(|| Content::Parts(Vec::new()));
        return Ok(marked(Message::new(role, content), form));
    }
    let form = form_beside_fields(content.as_ref());
    let mut parts = Vec::new();
    parts.extend(reasoning.map(ContentPart::Reasoning));
    match content {
        Some(Content::Text(text)) if !text.is_empty() => {
            parts.push(ContentPart::Text(TextPart::new(text)));
        }
        Some(Content::Parts(content)) => parts.extend(content),
        _ => {}
    }
    parts.extend(refusal.map(ContentPart::Refusal));
    parts.extend(calls.into_iter().map(ContentPart::ToolCall));
    Ok(marked(Message::new(role, parts), form))
}

/// Returns the mark for the content of a message that has nothing beside it.
fn form_of_empty(content: Option<&Content>) -> Option<ContentForm> {
    match content? {
        Content::Parts(parts) if parts.is_empty() => Some(ContentForm::Array),
        _ => None,
    }
}

/// Returns the mark for the content of a message that has other fields, where its form cannot be seen from the parts:
/// one plain text is written as a string.
fn form_beside_fields(content: Option<&Content>) -> Option<ContentForm> {
    match content? {
        Content::Text(text) => text.is_empty().then_some(ContentForm::Text),
        Content::Parts(parts) => match parts.as_slice() {
            [] => Some(ContentForm::Array),
            [ContentPart::Text(one)] if one.extra.is_none() => Some(ContentForm::Array),
            _ => None,
        },
    }
}

fn marked(mut message: Message, form: Option<ContentForm>) -> Message {
    message.extra = form.map(|form| Extra {
        origin: PROTOCOL,
        fields: BTreeMap::from([("content".to_owned(), form.to_mark())]),
    });
    message
}

/// Reads earlier reasoning from whichever field has it; the other one, if there, stays where it is.
fn take_reasoning(object: &mut Object<'_>) -> Result<Option<Reasoning>, FieldError> {
    if let Some(text) = take_filled(object, shape::REASONING_CONTENT)? {
        return Ok(Some(Reasoning::new(text, Some(PROTOCOL))));
    }
    Ok(take_filled(object, shape::REASONING)?.map(shape::reasoning_in_field))
}

/// Reads a text that is not empty; anything else stays where it is.
fn take_filled(object: &mut Object<'_>, name: &str) -> Result<Option<String>, FieldError> {
    let is_filled = |raw: &&RawValue| shape_of(raw) == Shape::String && raw.get() != "\"\"";
    match object.get(name).filter(is_filled) {
        Some(_) => object.take(name),
        None => Ok(None),
    }
}
