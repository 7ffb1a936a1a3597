//! Reads messages.

use bytes::BytesMut;
use outlast_types::{
    Content, ContentPart, Media, MediaSource, Message, Reasoning, Role, ToolCall, ToolResult,
};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::write::MessageWriter;
use crate::json::{FieldError, Object, write_array};
use crate::notes::Notes;
use crate::verbatim;

/// The media type that a picture is said to have where the format does not say it.
const UNTOLD_TYPE: &str = "image/png";

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
    let text: Option<String> = object.take("content")?;
    let mut message = if role == Role::Tool {
        let id: Option<String> = object.take("tool_call_id")?;
        let result = ToolResult::new(id.unwrap_or_default(), text.unwrap_or_default());
        Message::new(role, vec![ContentPart::ToolResult(result)])
    } else {
        Message::new(role, read_turn(&mut object, text.unwrap_or_default())?)
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

fn read_turn(object: &mut Object<'_>, text: String) -> Result<Content, FieldError> {
    let thinking: Option<String> = object.take("thinking")?;
    let images: Option<Vec<String>> = object.take("images")?;
    let calls = object.take_each("tool_calls", read_call)?;
    let mut parts = Vec::new();
    if let Some(thinking) = thinking {
        let thought = Reasoning::new(thinking, Some(PROTOCOL));
        parts.push(ContentPart::Reasoning(thought));
    }
    let images = images.into_iter().flatten().map(|data| {
        ContentPart::Image(Media::new(MediaSource::Base64 {
            media_type: media_type(&data).to_owned(),
            data,
        }))
    });
    let calls = calls.into_iter().flatten().map(ContentPart::ToolCall);
    let others: Vec<ContentPart> = images.chain(calls).collect();
    if parts.is_empty() && others.is_empty() {
        return Ok(Content::Text(text));
    }
    if !text.is_empty() {
        parts.push(ContentPart::text(text));
    }
    parts.extend(others);
    Ok(Content::Parts(parts))
}

/// Tells the type of a picture by its first bytes, which the format does not name.
fn media_type(base64: &str) -> &'static str {
    match base64.get(..4) {
        Some("/9j/") => "image/jpeg",
        Some("R0lG") => "image/gif",
        Some("UklG") => "image/webp",
        _ => UNTOLD_TYPE,
    }
}

fn read_call(raw: &RawValue) -> Result<ToolCall, FieldError> {
    let mut call = Object::from_raw(raw)?;
    let id: Option<String> = call.take("id")?;
    let (name, arguments) = call.require_with("function", |raw| {
        let mut function = Object::from_raw(raw)?;
        let name: Option<String> = function.take("name")?;
        let arguments = function.take_raw("arguments").map_or("{}", RawValue::get);
        Ok((name.unwrap_or_default(), arguments.to_owned()))
    })?;
    let mut read = ToolCall::new(id.unwrap_or_default(), name, arguments);
    read.extra = call.into_extra(PROTOCOL);
    Ok(read)
}
