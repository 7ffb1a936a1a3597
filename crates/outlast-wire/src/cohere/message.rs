//! Reads messages.

use bytes::BytesMut;
use outlast_types::{Content, ContentPart, Extra, Message, Reasoning, Role, ToolCall, ToolResult};
use serde_json::value::RawValue;

use super::write::MessageWriter;
use super::{PROTOCOL, part};
use crate::json::{FieldError, Object, Shape, read_each, read_value, shape, write_array};
use crate::notes::Notes;
use crate::verbatim;

/// The field of a message in which a model says what it plans before it calls a tool.
pub(super) const TOOL_PLAN: &str = "tool_plan";

/// Reads one of `messages`.
pub(super) fn read(raw: &RawValue) -> Result<Message, FieldError> {
    let mut message = understand(raw)?;
    let mut notes = Notes::default();
    let mut written = BytesMut::new();
    let result = write_array(&mut written, |array| {
        MessageWriter::new(true, &mut notes).write(&message, array)
    });
    if result.is_err() {
        written.clear();
    }
    verbatim::keep(&mut message, raw, &written, &PROTOCOL);
    Ok(message)
}

/// Reads a message without regard to how it is written.
pub(super) fn understand(raw: &RawValue) -> Result<Message, FieldError> {
    let mut object = Object::from_raw(raw)?;
    let role = read_role(object.require("role")?);
    let content = object.take_with("content", read_content)?;
    let mut message = if role == Role::Tool {
        let id: Option<String> = object.take("tool_call_id")?;
        let content = content.unwrap_or_else(|| Content::Parts(Vec::new()));
        let result = ToolResult::new(id.unwrap_or_default(), content);
        Message::new(role, vec![ContentPart::ToolResult(result)])
    } else {
        Message::new(role, read_turn(&mut object, content)?)
    };
    message.extra = object.into_extra(PROTOCOL);
    Ok(message)
}

fn read_role(name: String) -> Role {
    match name.as_str() {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => Role::Other(name),
    }
}

fn read_content(raw: &RawValue) -> Result<Content, FieldError> {
    match shape(raw) {
        Shape::String => read_value(raw).map(Content::Text),
        Shape::Array => read_each(raw, part::read).map(Content::Parts),
        _ => Err(FieldError::new("expected a string or an array of parts")),
    }
}

fn read_turn(object: &mut Object<'_>, content: Option<Content>) -> Result<Content, FieldError> {
    let plan: Option<String> = object.take(TOOL_PLAN)?;
    let calls = object
        .take_each("tool_calls", read_call)?
        .unwrap_or_default();
    if plan.is_none() && calls.is_empty() {
        return Ok(content.unwrap_or_else(|| Content::Parts(Vec::new())));
    }
    let mut parts: Vec<ContentPart> = plan
        .map(|plan| ContentPart::Reasoning(planned(plan)))
        .into_iter()
        .collect();
    match content {
        Some(Content::Text(text)) => parts.push(ContentPart::text(text)),
        Some(Content::Parts(own)) => parts.extend(own),
        None => {}
    }
    parts.extend(calls.into_iter().map(ContentPart::ToolCall));
    Ok(Content::Parts(parts))
}

fn read_call(raw: &RawValue) -> Result<ToolCall, FieldError> {
    let mut call = Object::from_raw(raw)?;
    let id: Option<String> = call.take("id")?;
    call.take_raw("type");
    let (name, arguments) = call.require_with("function", |raw| {
        let mut function = Object::from_raw(raw)?;
        let name: Option<String> = function.take("name")?;
        let arguments: Option<String> = function.take("arguments")?;
        Ok((name.unwrap_or_default(), arguments.unwrap_or_default()))
    })?;
    let mut read = ToolCall::new(id.unwrap_or_default(), name, arguments);
    read.extra = call.into_extra(PROTOCOL);
    Ok(read)
}

/// Makes the reasoning part of a plan.
pub(super) fn planned(plan: String) -> Reasoning {
    let mut part = Reasoning::new(plan, Some(PROTOCOL));
    part.extra = Some(plan_mark());
    part
}

/// Returns the fields that tell a plan from thinking.
pub(super) fn plan_mark() -> Extra {
    Extra {
        origin: PROTOCOL,
        fields: [(TOOL_PLAN.to_owned(), serde_json::Value::Bool(true).into())].into(),
    }
}

/// Tells whether a reasoning part is a plan.
pub(super) fn is_plan(part: &Reasoning) -> bool {
    part.extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL))
        .is_some_and(|fields| fields.contains_key(TOOL_PLAN))
}
