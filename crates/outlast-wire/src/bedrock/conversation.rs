//! The turns of a request, in the form Converse takes.
//!
//! A request that came in this protocol goes out as it came. One of another protocol is adapted:
//!
//! - Leading instructions become `system`; later ones are put into the user's turn, marked as what they are.
//! - Tool results move into the user's turn, before everything else in it; turns of the same side are joined.
//! - Ids of tool calls get the form Bedrock takes ([`CallIds`]).
//! - Blank text and thoughts of other providers' models are left out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use outlast_types::{
    Content, ContentPart, Error, Extra, Media, Message, Reasoning, Role, ToolCall, ToolResult,
};

use super::PROTOCOL;
use super::blocks::{Block, as_object};
use super::media::{MediaKind, PlannedMedia};
use crate::anthropic::valid_call_id;
use crate::call_ids::CallIds;
use crate::notes::Notes;

/// The most bytes of a tool call's id.
const MAX_CALL_ID: usize = 64;

/// The turns of a request, ready to be written.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Block<'a>>,
    pub(super) turns: Vec<Turn<'a>>,
}

/// One turn.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) role: &'a str,
    pub(super) content: Vec<Block<'a>>,
    pub(super) extra: Option<&'a Extra>,
}

impl<'a> Conversation<'a> {
    /// Plans `messages`; `own` tells that they came in this protocol.
    pub(super) fn plan(
        messages: &'a [Message],
        own: bool,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        let is_instruction = |message: &Message| is_instruction(&message.role);
        let leading = messages.iter().take_while(|m| is_instruction(m)).count();
        let (instructions, turns) = messages.split_at(leading);
        let mut planner = Planner {
            own,
            ids: CallIds::unless_own(own, valid_id),
            documents: 0,
            notes,
        };
        Ok(Self {
            system: planner.system(instructions)?,
            turns: planner.turns(turns)?,
        })
    }

    /// Returns the names of the tools that are called.
    pub(super) fn called(&self) -> BTreeSet<&'a str> {
        let blocks = self.turns.iter().flat_map(|turn| &turn.content);
        let name = |block: &Block<'a>| match block {
            Block::ToolUse { call, .. } => Some(call.name.as_str()),
            _ => None,
        };
        blocks.filter_map(name).collect()
    }

    /// Tells whether the model is in the midst of a turn that did not begin with thinking: it goes on from a last
    /// assistant turn, or from the results of tools it called. A Claude must not be asked to think before that turn is
    /// over: see [`crate::anthropic`].
    pub(super) fn is_amid_thoughtless_turn(&self) -> bool {
        let last = self.turns.iter().rposition(|turn| turn.role == ASSISTANT);
        let Some((at, turn)) = last.and_then(|at| Some((at, self.turns.get(at)?))) else {
            return false;
        };
        let goes_on = at + 1 == self.turns.len() || turn.has_calls();
        goes_on && !turn.begins_with_thinking()
    }
}

impl Turn<'_> {
    fn has_calls(&self) -> bool {
        let is_call = |block: &Block<'_>| matches!(block, Block::ToolUse { .. });
        self.content.iter().any(is_call)
    }

    fn begins_with_thinking(&self) -> bool {
        match self.content.first() {
            Some(Block::Reasoning(_)) => true,
            Some(Block::Raw(raw)) => raw.get().contains("\"reasoningContent\""),
            _ => false,
        }
    }
}

const USER: &str = "user";
const ASSISTANT: &str = "assistant";

fn is_instruction(role: &Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

struct Planner<'a, 'n> {
    own: bool,
    ids: CallIds<'a>,
    /// How many documents were given a name.
    documents: u32,
    notes: &'n mut Notes,
}

impl<'a> Planner<'a, '_> {
    fn system(&mut self, messages: &'a [Message]) -> Result<Vec<Block<'a>>, Error> {
        let mut blocks = Vec::new();
        for message in messages {
            self.notes.leave_out(message.extra.as_ref(), &PROTOCOL);
            blocks.extend(self.content(&message.content)?);
        }
        Ok(blocks)
    }

    fn turns(&mut self, messages: &'a [Message]) -> Result<Vec<Turn<'a>>, Error> {
        let mut turns: Vec<Turn<'a>> = Vec::with_capacity(messages.len());
        for message in messages {
            if message.name.is_some() {
                self.notes.loss("names of speakers are left out");
            }
            self.notes.leave_out(message.extra.as_ref(), &PROTOCOL);
            let turn = self.turn(message)?;
            if turn.content.is_empty() && !self.own {
                self.notes.change("turns without content are left out");
                continue;
            }
            match turns.last_mut() {
                Some(last) if !self.own && last.role == turn.role => {
                    last.content.extend(turn.content);
                }
                _ => turns.push(turn),
            }
        }
        if !self.own {
            turns.iter_mut().for_each(put_results_first);
        }
        Ok(turns)
    }

    fn turn(&mut self, message: &'a Message) -> Result<Turn<'a>, Error> {
        let role = match &message.role {
            Role::Assistant => ASSISTANT,
            Role::Other(name) if self.own => name,
            _ => USER,
        };
        let mut content = self.content(&message.content)?;
        if is_instruction(&message.role) {
            self.notes
                .change("instructions amid the conversation are put into the user's turn");
            content.iter_mut().for_each(mark_as_instruction);
        }
        Ok(Turn {
            role,
            content,
            extra: message.extra.as_ref(),
        })
    }

    fn content(&mut self, content: &'a Content) -> Result<Vec<Block<'a>>, Error> {
        match content {
            Content::Text(text) => Ok(self.text(text, None).into_iter().collect()),
            Content::Parts(parts) => {
                let mut blocks = Vec::with_capacity(parts.len());
                for part in parts {
                    blocks.extend(self.block(part)?);
                }
                Ok(blocks)
            }
        }
    }

    fn block(&mut self, part: &'a ContentPart) -> Result<Option<Block<'a>>, Error> {
        Ok(match part {
            ContentPart::Text(part) => self.text(&part.text, part.extra.as_ref()),
            ContentPart::Refusal(text) => self.text(text, None),
            ContentPart::Image(media) => Some(self.media(MediaKind::Image, media)?),
            ContentPart::Document(media) => Some(self.media(MediaKind::Document, media)?),
            ContentPart::Audio(media) => Some(self.media(MediaKind::Audio, media)?),
            ContentPart::ToolCall(call) => Some(self.tool_use(call)),
            ContentPart::ToolResult(result) => Some(self.tool_result(result)?),
            ContentPart::Reasoning(part) => self.reasoning(part),
            ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => {
                Some(Block::Raw(&opaque.raw))
            }
            ContentPart::Opaque(opaque) => {
                self.notes.leave_out_part(opaque);
                None
            }
            _ => {
                self.notes
                    .loss("a part of a kind that has no form here is left out");
                None
            }
        })
    }

    /// "The text field in the ContentBlock object is blank."
    fn text(&mut self, text: &'a str, extra: Option<&'a Extra>) -> Option<Block<'a>> {
        self.notes.leave_out(extra, &PROTOCOL);
        if text.trim().is_empty() && !self.own {
            self.notes.change("blank text is left out");
            return None;
        }
        Some(Block::Text {
            text: Cow::Borrowed(text),
            extra,
        })
    }

    fn media(&mut self, kind: MediaKind, media: &'a Media) -> Result<Block<'a>, Error> {
        self.notes.leave_out(media.extra.as_ref(), &PROTOCOL);
        let planned = PlannedMedia::plan(kind, media, self.documents + 1)?;
        self.documents += u32::from(planned.is_named_here());
        Ok(Block::Media(planned))
    }

    fn tool_use(&mut self, call: &'a ToolCall) -> Block<'a> {
        self.notes.leave_out(call.extra.as_ref(), &PROTOCOL);
        let arguments = &call.arguments;
        if !arguments.trim().is_empty() && as_object(arguments).is_none() {
            self.notes
                .change("tool arguments that are no JSON object are wrapped in one");
        }
        let id = self.ids.of_call(&call.id);
        if id != call.id {
            self.notes.change("ids of tool calls are changed");
        }
        Block::ToolUse { id, call }
    }

    fn tool_result(&mut self, result: &'a ToolResult) -> Result<Block<'a>, Error> {
        self.notes.leave_out(result.extra.as_ref(), &PROTOCOL);
        let id = self.ids.of_result(&result.call_id);
        Ok(Block::ToolResult {
            id,
            result,
            content: self.content(&result.content)?,
        })
    }

    fn reasoning(&mut self, part: &'a Reasoning) -> Option<Block<'a>> {
        if part.origin == Some(PROTOCOL) {
            return Some(Block::Reasoning(part));
        }
        self.notes
            .change("thoughts that came in another protocol are left out");
        None
    }
}

/// Makes any id one that matches `^[a-zA-Z0-9_-]{1,64}$`.
fn valid_id(id: &str) -> Cow<'_, str> {
    let mut id = valid_call_id(id);
    match &mut id {
        // Each of its characters is one byte.
        Cow::Borrowed(id) => *id = id.get(..MAX_CALL_ID).unwrap_or(id),
        Cow::Owned(id) => id.truncate(MAX_CALL_ID),
    }
    id
}

fn put_results_first(turn: &mut Turn<'_>) {
    turn.content
        .sort_by_key(|block| !matches!(block, Block::ToolResult { .. }));
}

/// Marks text as the application's, for the model reads it amid the user's.
fn mark_as_instruction(block: &mut Block<'_>) {
    if let Block::Text { text, .. } = block {
        *text = Cow::Owned(format!("<system>\n{text}\n</system>"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_no_longer_than_it_may_be_and_still_its_own() {
        let [long, same] = ["1", "2"].map(|end| "x".repeat(MAX_CALL_ID) + end);
        let mut ids = CallIds::new(valid_id);
        assert_eq!(ids.of_call(&long), "x".repeat(MAX_CALL_ID));
        let second = ids.of_call(&same);
        assert_eq!(second, "x".repeat(MAX_CALL_ID - 2) + "_1");
        assert_eq!(ids.of_result(&same), second);
        assert_eq!(ids.of_call("a.b"), "a_b");
    }
}
