//! What a streamed reply says amid a tool call that is not complete.

use std::collections::VecDeque;

use outlast_types::{ContentPart, ReasoningDelta, ToolCallDelta};

/// The most bytes that wait: 16 MiB.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Parts of a reply that wait for the open block to end, in order.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    parts: VecDeque<WaitingPart>,
    bytes: usize,
}

/// A part that waits.
#[derive(Debug)]
pub(crate) enum WaitingPart {
    Text(String),
    Thinking(ReasoningDelta),
    Call(ToolCallDelta),
    Whole(Box<ContentPart>),
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(crate) fn is_too_much(&self) -> bool {
        self.bytes > MAX_BYTES
    }

    pub(crate) fn push(&mut self, part: WaitingPart) {
        self.bytes = self.bytes.saturating_add(part.size());
        self.parts.push_back(part);
    }

    /// Adds text to the last part if that is text.
    pub(crate) fn push_text(&mut self, text: &str) {
        match self.parts.back_mut() {
            Some(WaitingPart::Text(waiting)) => {
                waiting.push_str(text);
                self.bytes = self.bytes.saturating_add(text.len());
            }
            _ => self.push(WaitingPart::Text(text.to_owned())),
        }
    }

    /// Adds a piece to the call it belongs to; returns `false` if that does not wait.
    pub(crate) fn add_to_call(&mut self, delta: &ToolCallDelta) -> bool {
        for part in &mut self.parts {
            if let WaitingPart::Call(call) = part
                && call.index == delta.index
            {
                call.arguments.push_str(&delta.arguments);
                self.bytes = self.bytes.saturating_add(delta.arguments.len());
                return true;
            }
        }
        false
    }

    pub(crate) fn pop(&mut self) -> Option<WaitingPart> {
        let part = self.parts.pop_front()?;
        self.bytes = self.bytes.saturating_sub(part.size());
        Some(part)
    }
}

impl WaitingPart {
    /// Returns about how many bytes it takes.
    fn size(&self) -> usize {
        let text = match self {
            Self::Text(text) => text.len(),
            Self::Thinking(delta) => delta.text.len(),
            Self::Call(delta) => delta.arguments.len(),
            Self::Whole(part) => match &**part {
                ContentPart::Text(part) => part.text.len(),
                ContentPart::ToolCall(call) => call.arguments.len(),
                ContentPart::Opaque(opaque) => opaque.raw.get().len(),
                _ => 0,
            },
        };
        size_of::<Self>() + text
    }
}
