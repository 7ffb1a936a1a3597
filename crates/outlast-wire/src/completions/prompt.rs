//! The prompt: what a caller wrote as the vocabulary, and a conversation as one text.

use std::fmt::Write;

use outlast_types::{Content, ContentPart, Error, Message, Opaque, RawJson, Role};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::{FieldError, Shape, read_value, shape};
use crate::notes::{Notes, unsupported};

/// Where the answer to a conversation ends: before the next turn of the user.
pub(super) const NEXT_TURN: &str = "\nUser:";

/// Reads `prompt`: a text, a list of texts, or token numbers.
pub(super) fn read(raw: &RawValue) -> Result<Vec<Message>, FieldError> {
    let content = match shape(raw) {
        Shape::String => Content::Text(read_value(raw)?),
        Shape::Array => Content::Parts(match serde_json::from_str::<Vec<String>>(raw.get()) {
            Ok(texts) => texts.into_iter().map(ContentPart::text).collect(),
            Err(_) => vec![ContentPart::Opaque(Opaque {
                origin: PROTOCOL,
                raw: RawJson::from(raw),
            })],
        }),
        _ => return Err(FieldError::new("expected a string or an array")),
    };
    Ok(vec![Message::new(Role::User, content)])
}

/// Returns the prompt of a conversation and whether it is a text with several speakers.
pub(super) fn of(messages: &[Message], notes: &mut Notes) -> Result<(String, bool), Error> {
    if let [message] = messages
        && message.role == Role::User
    {
        return Ok((text_of(message, notes)?, false));
    }
    let mut prompt = String::new();
    for message in messages {
        let text = text_of(message, notes)?;
        // Writing to a string cannot fail.
        let _ = match message.role {
            Role::System | Role::Developer => write!(prompt, "{text}\n\n"),
            Role::Assistant => writeln!(prompt, "Assistant: {text}"),
            _ => writeln!(prompt, "User: {text}"),
        };
    }
    prompt.push_str("Assistant:");
    notes.change("the conversation is given as one text");
    Ok((prompt, true))
}

fn text_of(message: &Message, notes: &mut Notes) -> Result<String, Error> {
    let has_no_form = |part: &ContentPart| {
        matches!(
            part,
            ContentPart::Image(_)
                | ContentPart::Document(_)
                | ContentPart::Audio(_)
                | ContentPart::ToolCall(_)
                | ContentPart::ToolResult(_)
        )
    };
    let parts = message.content.parts();
    if parts.iter().any(has_no_form) {
        return Err(unsupported(
            "a text completion takes text only: no tools, pictures, documents or sound",
        ));
    }
    let others = parts.iter().filter(|part| part.as_text().is_none());
    if others.count() > 0 {
        notes.loss("what is not text is left out");
    }
    Ok(message.text())
}
