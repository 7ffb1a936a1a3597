//! Reads items: of a request's `input`, and of a reply's `output`.

use outlast_types::{Content, ContentPart, Message, Role, ToolCall, ToolResult};
use serde_json::value::RawValue;

use super::marks::{Fields, mark_item};
use super::part_in::{self, Side, is_content, keep};
use super::{PROTOCOL, reasoning_item};
use crate::json::{FieldError, Object, Shape, read_each, read_value, shape};

/// What an item is.
#[derive(Debug)]
pub(super) enum Item {
    /// What somebody said. The item's other fields are the message's own.
    Message(Message),
    /// A call, the answer to one, reasoning; or, word for word, anything else.
    Part(ContentPart),
}

/// Reads an item.
pub(super) fn read(raw: &RawValue) -> Result<Item, FieldError> {
    let item = Object::from_raw(raw)?;
    let part = match item.get("type").map(RawValue::get) {
        None | Some("\"message\"") => return read_message(item, raw),
        Some("\"function_call\"") => ContentPart::ToolCall(read_function_call(item)?),
        Some("\"custom_tool_call\"") => ContentPart::ToolCall(read_call(item, CallForm::Custom)?),
        Some("\"function_call_output\"") => read_result(item, CallForm::Function, raw)?,
        Some("\"custom_tool_call_output\"") => read_result(item, CallForm::Custom, raw)?,
        Some("\"reasoning\"") => {
            reasoning_item::read(item).map_or_else(|| keep(raw), ContentPart::Reasoning)
        }
        Some(_) => keep_item(item, raw)?,
    };
    Ok(Item::Part(part))
}

/// Keeps an item that the vocabulary has no form for. One that claims to be a part of content could not be told from a
/// part when it is written again, and OpenAI does not take it either.
fn keep_item(mut item: Object<'_>, raw: &RawValue) -> Result<ContentPart, FieldError> {
    match item.take::<String>("type") {
        Ok(Some(kind)) if is_content(&kind) => Err(FieldError::new(
            "expected the type of an item, not of a part of content",
        )
        .within("type")),
        _ => Ok(keep(raw)),
    }
}

fn read_message(mut item: Object<'_>, raw: &RawValue) -> Result<Item, FieldError> {
    let role = read_role(item.require("role")?);
    let content = item.require_with("content", |raw| match shape(raw) {
        Shape::String => read_value(raw).map(|text| Some(Content::Text(text))),
        Shape::Array => read_parts(raw, Side::of(&role)),
        _ => Err(FieldError::new("expected a string or an array of parts")),
    })?;
    let Some(content) = content else {
        return Ok(Item::Part(keep(raw)));
    };
    let mut message = Message::new(role, content);
    message.extra = item.into_extra(PROTOCOL);
    Ok(Item::Message(message))
}

/// Reads parts; `None` if one of them could not be told from an item.
fn read_parts(raw: &RawValue, side: Side) -> Result<Option<Content>, FieldError> {
    let parts: Option<Vec<ContentPart>> = read_each(raw, |raw| part_in::read(raw, side))?
        .into_iter()
        .collect();
    Ok(parts.map(Content::Parts))
}

fn read_role(name: String) -> Role {
    match name.as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => Role::Other(name),
    }
}

/// The two kinds of tools that the caller runs. Calls and answers of a custom one keep their `type` as an extra field,
/// to tell them from a function's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CallForm {
    Function,
    Custom,
}

/// Reads a call of a function.
pub(super) fn read_function_call(item: Object<'_>) -> Result<ToolCall, FieldError> {
    read_call(item, CallForm::Function)
}

fn read_call(mut item: Object<'_>, form: CallForm) -> Result<ToolCall, FieldError> {
    let input = match form {
        CallForm::Function => "arguments",
        CallForm::Custom => "input",
    };
    let arguments = match item.get(input) {
        None => String::new(),
        Some(raw) if shape(raw) == Shape::String => item.require(input)?,
        Some(raw) if raw.get() == "null" => String::new(),
        // JSON where a string of JSON belongs; it stays where it is, as the mark of its form.
        Some(raw) => raw.get().to_owned(),
    };
    let id = match part_in::string(&mut item, "call_id") {
        Some(id) => id,
        // Some servers have one id only.
        None => match item.get("id") {
            Some(raw) => read_value(raw).map_err(|error| error.within("id"))?,
            None => return Err(FieldError::new("required field is missing").within("call_id")),
        },
    };
    let mut call = ToolCall::new(id, item.require::<String>("name")?, arguments);
    if form == CallForm::Function {
        item.take_raw("type");
    }
    call.extra = item.into_extra(PROTOCOL);
    Ok(call)
}

fn read_result(
    mut item: Object<'_>,
    form: CallForm,
    raw: &RawValue,
) -> Result<ContentPart, FieldError> {
    let call_id: String = item.require("call_id")?;
    let content = item.require_with("output", |raw| match shape(raw) {
        Shape::String => read_value(raw).map(|text| Some(Content::Text(text))),
        Shape::Array => read_parts(raw, Side::Input),
        _ => Ok(None),
    })?;
    let Some(content) = content else {
        return Ok(keep(raw));
    };
    let mut result = ToolResult::new(call_id, content);
    if form == CallForm::Function {
        item.take_raw("type");
    }
    result.extra = item.into_extra(PROTOCOL);
    Ok(ContentPart::ToolResult(result))
}

/// Returns the parts of a message item that is one of several items of a turn: the first one has the item's other fields.
/// Leaves the message as it is if there is no place for them.
pub(super) fn take_parts(message: &mut Message) -> Option<Vec<ContentPart>> {
    let extra = message.extra.as_ref();
    match &mut message.content {
        Content::Text(text) => {
            let mut fields = extra.map_or_else(Fields::new, |extra| extra.fields.clone());
            // Tells that it was a string.
            fields.insert("content".to_owned(), serde_json::Value::from("").into());
            let mut part = ContentPart::text(std::mem::take(text));
            mark_item(&mut part, &fields);
            Some(vec![part])
        }
        Content::Parts(parts) => {
            let none = Fields::new();
            let fields = extra.map_or(&none, |extra| &extra.fields);
            let is_marked = mark_item(parts.first_mut()?, fields);
            is_marked.then(|| std::mem::take(parts))
        }
    }
}
