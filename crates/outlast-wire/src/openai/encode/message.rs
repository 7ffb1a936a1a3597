//! Messages.
//!
//! In this format a message's text and media are its `content`, its tool calls, reasoning and refusal are fields beside
//! it, and a tool's answer is a message of its own.

use std::borrow::Cow;

use outlast_types::{
    Content, ContentPart, Error, Extra, Message, Reasoning, Role, ToolCall, ToolResult,
};

use super::super::dialect::ReasoningField;
use super::super::shape::{self, ContentForm};
use super::super::{Dialect, PROTOCOL};
use super::{call, own_fields, part};
use crate::call_ids::CallIds;
use crate::json::{ArrayWriter, ObjectWriter};
use crate::notes::Notes;

/// Writes messages into the array of them.
pub(super) struct MessageWriter<'a, 'n> {
    /// Whether the request came in this protocol.
    pub(super) own: bool,
    pub(super) dialect: Dialect,
    pub(super) ids: CallIds<'a>,
    pub(super) notes: &'n mut Notes,
}

/// The parts of a message by the places they go to.
#[derive(Default)]
struct Places<'a> {
    content: Vec<&'a ContentPart>,
    calls: Vec<&'a ToolCall>,
    results: Vec<&'a ToolResult>,
    reasoning: Vec<&'a Reasoning>,
    refusal: Option<&'a str>,
}

impl<'a> Places<'a> {
    /// Sorts the parts; what only another protocol understands has no place here.
    fn of(content: &'a Content, notes: &mut Notes) -> Self {
        let mut places = Self::default();
        for part in content.parts() {
            match part {
                ContentPart::Opaque(opaque) if opaque.origin != PROTOCOL => {
                    notes.leave_out_part(opaque);
                }
                ContentPart::ToolCall(call) => places.calls.push(call),
                ContentPart::ToolResult(result) => places.results.push(result),
                ContentPart::Reasoning(part) => places.reasoning.push(part),
                ContentPart::Refusal(text) if places.refusal.is_none() => {
                    places.refusal = Some(text);
                }
                _ => places.content.push(part),
            }
        }
        places
    }

    fn has_fields(&self) -> bool {
        !self.calls.is_empty() || !self.reasoning.is_empty() || self.refusal.is_some()
    }
}

impl<'a> MessageWriter<'a, '_> {
    /// Writes `message`, which may become several: each tool result is one, and they come first.
    pub(super) fn write(
        &mut self,
        message: &'a Message,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        let mut places = Places::of(&message.content, self.notes);
        if places.results.is_empty() {
            return self.write_turn(message, &places, array);
        }
        let mut content = Vec::new();
        for result in std::mem::take(&mut places.results) {
            content.extend(self.write_result(result, message, array)?);
        }
        // What the user says beside the results follows them.
        content.append(&mut places.content);
        places.content = content;
        if places.content.is_empty() && !places.has_fields() {
            return Ok(());
        }
        self.write_turn(message, &places, array)
    }

    fn write_turn(
        &mut self,
        message: &Message,
        places: &Places<'a>,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        let spelling = own_fields(message.extra.as_ref());
        let role = self.role(&message.role);
        array.object(|object| {
            object.field("role", &*role);
            if self.puts_thoughts_into_content(places) {
                self.write_thoughtful_content(object, message, places)?;
            } else {
                self.write_content(object, message, places)?;
            }
            object.optional("name", message.name.as_ref());
            if let Some(refusal) = places.refusal {
                object.field("refusal", refusal);
            }
            self.write_reasoning(object, &places.reasoning);
            if !places.calls.is_empty() {
                object.array("tool_calls", |array| {
                    for tool_call in &places.calls {
                        let id = self.ids.of_call(&tool_call.id);
                        self.note_id(&tool_call.id, &id);
                        array.object(|object| call::write(tool_call, &id, object));
                        self.notes.leave_out(tool_call.extra.as_ref(), &PROTOCOL);
                    }
                });
            }
            spelling.write_rest(object, &["content"]);
            self.notes.leave_out(message.extra.as_ref(), &PROTOCOL);
            Ok(())
        })
    }

    fn note_id(&mut self, before: &str, after: &str) {
        if before != after {
            self.notes.change("ids of tool calls are changed");
        }
    }

    fn role<'r>(&mut self, role: &'r Role) -> Cow<'r, str> {
        Cow::Borrowed(match role {
            Role::Developer if !self.dialect.developer_role => {
                self.notes
                    .change("the role `developer` is written as `system`");
                "system"
            }
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
            Role::Other(name) => name,
            _ => "user",
        })
    }

    fn write_content(
        &mut self,
        object: &mut ObjectWriter<'_>,
        message: &Message,
        places: &Places<'_>,
    ) -> Result<(), Error> {
        if let Content::Text(text) = &message.content {
            object.field("content", text);
            return Ok(());
        }
        let form = shape::form_of(message.extra.as_ref());
        let is_assistant = message.role == Role::Assistant;
        match (places.content.as_slice(), form) {
            ([], Some(ContentForm::Null)) => object.field("content", &()),
            ([], Some(ContentForm::Text)) => object.field("content", ""),
            ([], None) if self.own => object,
            // Some providers miss the field, none minds a `null` beside calls.
            ([], None) if is_assistant && !places.calls.is_empty() => object.field("content", &()),
            ([], None) => object.field("content", ""),
            ([ContentPart::Text(one)], form)
                if form != Some(ContentForm::Array)
                    && one.extra.is_none()
                    && places.has_fields() =>
            {
                object.field("content", &one.text)
            }
            (parts, _) => return self.write_parts(object, parts, is_user(&message.role)),
        };
        Ok(())
    }

    /// Writes the parts as an array, or as one string where the account takes no array of texts.
    fn write_parts(
        &mut self,
        object: &mut ObjectWriter<'_>,
        parts: &[&ContentPart],
        is_user: bool,
    ) -> Result<(), Error> {
        let texts = || parts.iter().map(|part| part.as_text());
        if !self.dialect.text_parts && !is_user && texts().all(|text| text.is_some()) {
            let texts: Vec<&str> = texts().flatten().collect();
            object.field("content", &texts.join("\n"));
            return Ok(());
        }
        object.array("content", |array| {
            parts
                .iter()
                .try_for_each(|part| part::write(part, array, self.notes))
        })
    }

    /// Writes a tool's result as a message of its own. Returns its media, which only a user's message can carry, if the
    /// result came in another protocol.
    fn write_result(
        &mut self,
        result: &'a ToolResult,
        message: &Message,
        array: &mut ArrayWriter<'_>,
    ) -> Result<Vec<&'a ContentPart>, Error> {
        let mut parts: Vec<&ContentPart> = result.content.parts().iter().collect();
        let mut media = Vec::new();
        if !self.own {
            (media, parts) = parts.into_iter().partition(|part| is_media(part));
        }
        if !media.is_empty() {
            self.notes
                .change("a tool's pictures and documents are given in a message of the user");
        }
        if result.is_error {
            self.notes.loss("the mark that a tool failed is left out");
        }
        let own_turn = message.role == Role::Tool;
        let spelling = own_fields(message.extra.as_ref().filter(|_| own_turn));
        array.object(|object| {
            object.field("role", "tool");
            let id = self.ids.of_result(&result.call_id);
            if !id.is_empty() {
                object.field("tool_call_id", &*id);
            }
            match &result.content {
                Content::Text(text) => {
                    object.field("content", text);
                }
                Content::Parts(_) if parts.is_empty() => {
                    self.write_empty_result(object, message.extra.as_ref(), !media.is_empty());
                }
                Content::Parts(_) => self.write_parts(object, &parts, false)?,
            }
            if own_turn {
                object.optional("name", message.name.as_ref());
            }
            spelling.write_rest(object, &["content"]);
            self.notes.leave_out(result.extra.as_ref(), &PROTOCOL);
            Ok::<_, Error>(())
        })?;
        Ok(media)
    }

    fn write_empty_result(
        &self,
        object: &mut ObjectWriter<'_>,
        extra: Option<&Extra>,
        has_media: bool,
    ) {
        match shape::form_of(extra) {
            Some(ContentForm::Null) => object.field("content", &()),
            Some(ContentForm::Array) => object.field::<[&str]>("content", &[]),
            None if self.own => object,
            _ if has_media => object.field("content", "The tool's answer follows."),
            _ => object.field("content", ""),
        };
    }

    fn puts_thoughts_into_content(&self, places: &Places<'_>) -> bool {
        self.dialect.reasoning_field == ReasoningField::ThinkingPart
            && places.reasoning.iter().any(|part| is_own(part))
    }

    /// Writes content that begins with what the model thought.
    fn write_thoughtful_content(
        &mut self,
        object: &mut ObjectWriter<'_>,
        message: &Message,
        places: &Places<'_>,
    ) -> Result<(), Error> {
        object.array("content", |array| {
            for thought in places.reasoning.iter().filter(|part| is_own(part)) {
                part::write_thought(&thought.text, array);
            }
            if let Content::Text(text) = &message.content {
                array.object(|part| {
                    part.field("type", "text").field("text", text);
                });
            }
            places
                .content
                .iter()
                .try_for_each(|part| part::write(part, array, self.notes))
        })
    }

    fn write_reasoning(&mut self, object: &mut ObjectWriter<'_>, parts: &[&Reasoning]) {
        let (own, foreign): (Vec<&Reasoning>, Vec<&Reasoning>) =
            parts.iter().partition(|part| is_own(part));
        if let Some(origin) = foreign.first().and_then(|part| part.origin.as_ref()) {
            self.notes
                .change(format!("the reasoning of {origin} is left out"));
        }
        let Some(first) = own.first() else { return };
        let field = match self.dialect.reasoning_field {
            ReasoningField::AsWritten => shape::reasoning_field_of(first),
            ReasoningField::ReasoningContent => shape::REASONING_CONTENT,
            ReasoningField::Reasoning => shape::REASONING,
            // They are in the content.
            ReasoningField::ThinkingPart => return,
            ReasoningField::None => {
                self.notes
                    .change("earlier reasoning is left out: the account takes none");
                return;
            }
        };
        let text: String = own.iter().map(|part| part.text.as_str()).collect();
        object.field(field, &text);
    }
}

/// Tells whether a thought came in this protocol, or was written by hand.
fn is_own(part: &Reasoning) -> bool {
    part.origin
        .as_ref()
        .is_none_or(|origin| *origin == PROTOCOL)
}

fn is_user(role: &Role) -> bool {
    *role == Role::User
}

fn is_media(part: &ContentPart) -> bool {
    matches!(
        part,
        ContentPart::Image(_) | ContentPart::Document(_) | ContentPart::Audio(_)
    )
}
