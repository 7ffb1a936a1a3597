//! What a stream is made of.

use crate::{ContentPart, Extra, FinishReason, Opaque, Protocol, Usage};

/// One step of a reply.
///
/// A reply is: [`Start`](StreamEvent::Start) at most once and first; content in order; a
/// [`Finish`](StreamEvent::Finish) per choice; [`Usage`](StreamEvent::Usage) anywhere, a later one replacing an
/// earlier. [`Collector`](crate::Collector) turns the events of one reply into a
/// [`ChatResponse`](crate::ChatResponse).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The reply has begun.
    Start(Box<ReplyStart>),
    /// More text of the answer.
    Text(Delta),
    /// More of what the model thinks.
    Reasoning(ReasoningDelta),
    /// More of the model's words for declining.
    Refusal(Delta),
    /// A tool call begins or goes on.
    ToolCall(ToolCallDelta),
    /// A whole part at once.
    Part {
        /// The choice it belongs to.
        choice: u32,
        /// The part.
        part: Box<ContentPart>,
    },
    /// Fields of a streamed part that the vocabulary has no name for: of the part that is being streamed, or of the
    /// next one when none is. They are added to those that came before.
    PartExtra {
        /// The choice it belongs to.
        choice: u32,
        /// The fields.
        extra: Box<Extra>,
    },
    /// The part that was being streamed is complete: the next delta of its kind begins another.
    PartEnd {
        /// The choice it belongs to.
        choice: u32,
    },
    /// A choice is complete.
    Finish(Finish),
    /// Token counts of the reply so far.
    Usage {
        /// The counts.
        usage: Usage,
        /// The counts as the provider wrote them.
        raw: Option<Box<Opaque>>,
    },
    /// Fields of a choice's message that the vocabulary has no name for.
    Extra {
        /// The choice they belong to.
        choice: u32,
        /// The fields.
        extra: Box<Extra>,
    },
    /// The next piece of fields that come in pieces, as it came: log probabilities, annotations, sound. All of it is told
    /// once more when it is complete, by [`PartExtra`](StreamEvent::PartExtra), [`Extra`](StreamEvent::Extra) or
    /// [`Finish`](StreamEvent::Finish); the pieces are for those who pass a stream on while it comes.
    ExtraDelta {
        /// The choice it belongs to.
        choice: u32,
        /// The piece.
        extra: Box<Extra>,
    },
    /// An event that only its own protocol understands.
    Opaque(Box<Opaque>),
    /// A sign of life without content.
    Ping,
}

/// How a reply introduces itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReplyStart {
    /// The protocol it comes in.
    pub protocol: Protocol,
    /// The provider's id of the reply.
    pub id: Option<String>,
    /// The model that answers, as the provider names it.
    pub model: Option<String>,
    /// When the provider made it, in seconds since 1970.
    pub created: Option<i64>,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
}

impl ReplyStart {
    /// Begins a reply in `protocol`.
    pub fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            id: None,
            model: None,
            created: None,
            extra: None,
        }
    }
}

/// A piece of text of one choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// The choice, from 0.
    pub choice: u32,
    /// The text to append.
    pub text: String,
}

/// A piece of reasoning of one choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasoningDelta {
    /// The choice, from 0.
    pub choice: u32,
    /// The text to append.
    pub text: String,
    /// The signature of the whole part; comes last.
    pub signature: Option<String>,
}

/// A piece of a tool call of one choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCallDelta {
    /// The choice, from 0.
    pub choice: u32,
    /// Which of the choice's calls, from 0.
    pub index: u32,
    /// The call's id, with its first piece.
    pub id: Option<String>,
    /// The tool's name, with its first piece.
    pub name: Option<String>,
    /// The text to append to the arguments.
    pub arguments: String,
}

/// The end of one choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// The choice, from 0.
    pub choice: u32,
    /// Why it ended.
    pub reason: FinishReason,
    /// Fields of the choice that the vocabulary has no name for (log probabilities, filter results).
    pub extra: Option<Box<Extra>>,
}

impl StreamEvent {
    /// Makes a piece of text of the first choice.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Delta {
            choice: 0,
            text: text.into(),
        })
    }

    /// Makes the end of the first choice.
    pub fn finish(reason: FinishReason) -> Self {
        Self::Finish(Finish {
            choice: 0,
            reason,
            extra: None,
        })
    }

    /// Makes a report of token counts.
    pub fn usage(usage: Usage) -> Self {
        Self::Usage { usage, raw: None }
    }

    /// Counts the bytes of the protocol's own JSON that an event without content carries.
    pub(crate) fn carried_bytes(&self) -> usize {
        let opaque = |opaque: &Opaque| opaque.raw.get().len();
        match self {
            Self::Start(start) => start.extra.as_ref().map_or(0, Extra::len_in_bytes),
            Self::Usage { raw, .. } => raw.as_deref().map_or(0, opaque),
            Self::Extra { extra, .. }
            | Self::PartExtra { extra, .. }
            | Self::ExtraDelta { extra, .. } => extra.len_in_bytes(),
            Self::Finish(finish) => finish.extra.as_deref().map_or(0, Extra::len_in_bytes),
            Self::Opaque(event) => opaque(event),
            _ => 0,
        }
    }

    /// Tells whether the event gives the caller something of the answer: text, reasoning, a refusal, a named tool
    /// call, a whole part or a piece of fields. A stream that has shown one is never replayed.
    pub fn is_content(&self) -> bool {
        match self {
            Self::Text(delta) | Self::Refusal(delta) => !delta.text.is_empty(),
            Self::Reasoning(delta) => !delta.text.is_empty() || delta.signature.is_some(),
            Self::ToolCall(delta) => delta.name.is_some() || !delta.arguments.is_empty(),
            Self::Part { .. } | Self::ExtraDelta { .. } => true,
            _ => false,
        }
    }
}
