//! The whole reply.

use bytes::Bytes;

use crate::{
    ContentPart, Extra, FinishReason, Message, Opaque, ReplyMeta, ReplyStart, ToolCall, Usage,
};

/// A whole reply.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatResponse {
    /// How the provider introduced it.
    pub start: ReplyStart,
    /// The answers; one unless the request asked for more.
    pub choices: Vec<Choice>,
    /// Its tokens; zero where the provider did not say.
    pub usage: Usage,
    /// Its token counts as the provider wrote them.
    pub raw_usage: Option<Opaque>,
    /// The body as it was received; empty when the reply was collected from a stream.
    pub raw: Bytes,
    /// Who served it, and how it came to that.
    pub meta: ReplyMeta,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// Its number, from 0.
    pub index: u32,
    /// Its parts, in order.
    pub content: Vec<ContentPart>,
    /// Why it ended; `None` if the provider never said.
    pub finish: Option<FinishReason>,
    /// Fields of the choice that the vocabulary has no name for.
    pub extra: Option<Extra>,
    /// Fields of its message that the vocabulary has no name for.
    pub message_extra: Option<Extra>,
}

impl ChatResponse {
    /// Returns the text of the first answer.
    pub fn text(&self) -> String {
        self.content()
            .iter()
            .filter_map(ContentPart::as_text)
            .collect()
    }

    /// Returns the parts of the first answer.
    pub fn content(&self) -> &[ContentPart] {
        self.choices.first().map_or(&[], |choice| &choice.content)
    }

    /// Returns the first answer as a turn for the next request, with who wrote it and the fields of its own protocol.
    pub fn message(&self) -> Message {
        let choice = self.choices.first();
        Message {
            extra: choice.and_then(|choice| choice.message_extra.clone()),
            author: Some(self.meta.target.clone()),
            ..Message::assistant(self.content().to_vec())
        }
    }

    /// Iterates over the tool calls of the first answer.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.content().iter().filter_map(|part| match part {
            ContentPart::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// Returns why the first answer ended.
    pub fn finish(&self) -> Option<&FinishReason> {
        self.choices
            .first()
            .and_then(|choice| choice.finish.as_ref())
    }

    /// Returns who served the reply, and how it came to that.
    pub fn meta(&self) -> &ReplyMeta {
        &self.meta
    }

    /// Tells whether the reply says nothing at all: no part in any answer, and a `stop` that cost no output token or
    /// no reason for ending. Providers in trouble send such replies with status 200.
    pub fn is_empty(&self) -> bool {
        self.choices.iter().all(|choice| {
            !choice.content.iter().any(has_substance)
                && says_nothing(choice.finish.as_ref(), self.usage)
        })
    }
}

fn has_substance(part: &ContentPart) -> bool {
    match part {
        ContentPart::Text(part) => !part.text.is_empty(),
        ContentPart::Refusal(text) => !text.is_empty(),
        _ => true,
    }
}

/// Judges an ending without content; shared with the stream's commit.
pub(crate) fn says_nothing(finish: Option<&FinishReason>, usage: Usage) -> bool {
    match finish {
        None => true,
        Some(FinishReason::Stop) => usage.output == 0,
        Some(_) => false,
    }
}
