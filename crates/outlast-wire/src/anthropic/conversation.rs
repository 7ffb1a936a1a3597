//! The turns of a request, in the form Anthropic takes.
//!
//! A request that came in this protocol goes out as it came. One of another protocol is adapted:
//!
//! - Leading instructions become `system`; later ones are put into the user's turn, marked as what they are.
//! - Tool results move into the user's turn, before everything else in it; turns of the same side are joined.
//! - Ids of tool calls get the form Anthropic takes ([`CallIds`]).
//!
//! For both, what the API refuses whoever sends it is left out: blank text blocks, white space at the end of a last
//! assistant turn, thinking that Anthropic did not sign.

use std::borrow::Cow;

use outlast_types::{
    Content, ContentPart, Error, Extra, Media, MediaSource, Message, Reasoning, Role, ToolCall,
    ToolResult,
};

use super::PROTOCOL;
use super::blocks::{Block, Planned, as_object};
use super::call_ids;
use crate::call_ids::CallIds;
use crate::notes::{Notes, unsupported};

/// The turns of a request, ready to be written.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub(super) system: Option<Planned<'a>>,
    pub(super) turns: Vec<Turn<'a>>,
    /// Whether a block names a file that was uploaded before.
    pub(super) has_files: bool,
}

/// One turn.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) role: &'a str,
    pub(super) content: Planned<'a>,
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
            ids: CallIds::unless_own(own, call_ids::valid),
            has_files: false,
            notes,
        };
        let system = planner.system(instructions)?;
        let mut turns = planner.turns(turns)?;
        planner.trim_last(&mut turns);
        Ok(Self {
            system,
            turns,
            has_files: planner.has_files,
        })
    }

    /// Tells whether the model is in the midst of a turn that did not begin with thinking: it goes on from a last
    /// assistant turn, or from the results of tools it called. It must not be asked to think before that turn is over.
    ///
    /// "When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceding the last set
    /// of `tool_use` and `tool_result` blocks)."
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
        matches!(&self.content, Planned::Blocks(blocks) if blocks.iter().any(is_call))
    }

    fn begins_with_thinking(&self) -> bool {
        let Planned::Blocks(blocks) = &self.content else {
            return false;
        };
        match blocks.first() {
            Some(Block::Thinking(_)) => true,
            Some(Block::Raw(raw)) => raw.get().contains("\"redacted_thinking\""),
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
    has_files: bool,
    notes: &'n mut Notes,
}

impl<'a> Planner<'a, '_> {
    fn system(&mut self, messages: &'a [Message]) -> Result<Option<Planned<'a>>, Error> {
        match messages {
            [] => Ok(None),
            [only] => self
                .content(&only.content)
                .map(|content| self.kept(content)),
            several => {
                let mut blocks = Vec::new();
                for message in several {
                    blocks.extend(into_blocks(self.content(&message.content)?));
                }
                Ok(self.kept(Planned::Blocks(blocks)))
            }
        }
    }

    fn turns(&mut self, messages: &'a [Message]) -> Result<Vec<Turn<'a>>, Error> {
        let mut turns: Vec<Turn<'a>> = Vec::with_capacity(messages.len());
        for message in messages {
            if message.name.is_some() {
                self.notes.loss("names of speakers are left out");
            }
            let Some(turn) = self.turn(message)? else {
                self.notes.change("turns without content are left out");
                continue;
            };
            match turns.last_mut() {
                Some(last) if !self.own && last.role == turn.role => join(last, turn),
                _ => turns.push(turn),
            }
        }
        if !self.own {
            turns.iter_mut().for_each(put_results_first);
            turns
                .iter_mut()
                .for_each(|turn| self.drop_last_thinking(turn));
        }
        Ok(turns)
    }

    fn turn(&mut self, message: &'a Message) -> Result<Option<Turn<'a>>, Error> {
        let content = self.content(&message.content)?;
        let role = match &message.role {
            Role::Assistant => ASSISTANT,
            Role::Other(name) if self.own => name,
            Role::System if self.own => "system",
            _ => USER,
        };
        let content = if is_instruction(&message.role) && role == USER {
            self.notes
                .change("instructions amid the conversation are put into the user's turn");
            as_instruction(content)
        } else {
            content
        };
        Ok(self.kept(content).map(|content| Turn {
            role,
            content,
            extra: message.extra.as_ref(),
        }))
    }

    /// Drops content that says nothing, unless it came like that.
    fn kept(&self, content: Planned<'a>) -> Option<Planned<'a>> {
        let is_empty = match &content {
            Planned::Text(text) => text.trim().is_empty(),
            Planned::Blocks(blocks) => blocks.is_empty(),
        };
        (self.own || !is_empty).then_some(content)
    }

    fn content(&mut self, content: &'a Content) -> Result<Planned<'a>, Error> {
        match content {
            Content::Text(text) => Ok(Planned::Text(Cow::Borrowed(text))),
            Content::Parts(parts) => {
                let mut blocks = Vec::with_capacity(parts.len());
                for part in parts {
                    blocks.extend(self.block(part)?);
                }
                Ok(Planned::Blocks(blocks))
            }
        }
    }

    fn block(&mut self, part: &'a ContentPart) -> Result<Option<Block<'a>>, Error> {
        Ok(match part {
            ContentPart::Text(part) => self.text(&part.text, part.extra.as_ref()),
            ContentPart::Refusal(text) => self.text(text, None),
            ContentPart::Image(media) => Some(Block::Image(self.media(media))),
            ContentPart::Document(media) => Some(Block::Document(self.media(media))),
            ContentPart::Audio(_) => {
                return Err(unsupported("Anthropic's Messages cannot carry audio"));
            }
            ContentPart::ToolCall(call) => Some(self.tool_use(call)),
            ContentPart::ToolResult(result) => Some(self.tool_result(result)?),
            ContentPart::Reasoning(part) => self.thinking(part),
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

    fn text(&mut self, text: &'a str, extra: Option<&'a Extra>) -> Option<Block<'a>> {
        if text.trim().is_empty() {
            self.notes.change("blank text blocks are left out");
            return None;
        }
        Some(Block::Text {
            text: Cow::Borrowed(text),
            extra,
        })
    }

    fn media(&mut self, media: &'a Media) -> &'a Media {
        self.has_files |= matches!(media.source, MediaSource::FileId(_));
        media
    }

    fn tool_use(&mut self, call: &'a ToolCall) -> Block<'a> {
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
        let id = self.ids.of_result(&result.call_id);
        let content = self.content(&result.content)?;
        Ok(Block::ToolResult {
            id,
            result,
            content: self.kept(content).unwrap_or(Planned::Blocks(Vec::new())),
        })
    }

    fn thinking(&mut self, part: &'a Reasoning) -> Option<Block<'a>> {
        if part.origin == Some(PROTOCOL) && part.signature.is_some() {
            return Some(Block::Thinking(part));
        }
        self.notes
            .change("thinking that Anthropic did not sign is left out");
        None
    }

    /// Drops thinking after which nothing comes: the API refuses a turn that ends in it.
    fn drop_last_thinking(&mut self, turn: &mut Turn<'a>) {
        let Planned::Blocks(blocks) = &mut turn.content else {
            return;
        };
        while blocks.len() > 1 && matches!(blocks.last(), Some(Block::Thinking(_))) {
            blocks.pop();
            self.notes
                .change("thinking at the end of a turn is left out");
        }
    }

    /// Trims the end of a last assistant turn, which the model is to go on from.
    ///
    /// "messages: final assistant content cannot end with trailing whitespace"
    fn trim_last(&mut self, turns: &mut [Turn<'a>]) {
        let Some(last) = turns.last_mut().filter(|turn| turn.role == ASSISTANT) else {
            return;
        };
        let text = match &mut last.content {
            Planned::Text(text) => text,
            Planned::Blocks(blocks) => match blocks.last_mut() {
                Some(Block::Text { text, .. }) => text,
                _ => return,
            },
        };
        let trimmed = text.trim_end().len();
        if trimmed == text.len() {
            return;
        }
        self.notes
            .change("white space at the end of the last assistant turn is left out");
        match text {
            Cow::Borrowed(text) => *text = text.trim_end(),
            Cow::Owned(text) => text.truncate(trimmed),
        }
    }
}

fn into_blocks(content: Planned<'_>) -> Vec<Block<'_>> {
    match content {
        Planned::Blocks(blocks) => blocks,
        Planned::Text(text) if text.trim().is_empty() => Vec::new(),
        Planned::Text(text) => vec![Block::Text { text, extra: None }],
    }
}

fn join<'a>(turn: &mut Turn<'a>, next: Turn<'a>) {
    let first = std::mem::replace(&mut turn.content, Planned::Blocks(Vec::new()));
    let mut blocks = into_blocks(first);
    blocks.extend(into_blocks(next.content));
    turn.content = Planned::Blocks(blocks);
}

/// "tool_result blocks must come first in the content array": Anthropic's guide to tool use.
fn put_results_first(turn: &mut Turn<'_>) {
    if let Planned::Blocks(blocks) = &mut turn.content {
        blocks.sort_by_key(|block| !matches!(block, Block::ToolResult { .. }));
    }
}

/// Marks text as the application's, for the model reads it amid the user's.
fn as_instruction(content: Planned<'_>) -> Planned<'_> {
    let mark = |text: Cow<'_, str>| Cow::Owned(format!("<system>\n{text}\n</system>"));
    match content {
        Planned::Text(text) if text.trim().is_empty() => Planned::Text(text),
        Planned::Text(text) => Planned::Text(mark(text)),
        Planned::Blocks(blocks) => Planned::Blocks(
            blocks
                .into_iter()
                .map(|block| match block {
                    Block::Text { text, extra } => Block::Text {
                        text: mark(text),
                        extra,
                    },
                    other => other,
                })
                .collect(),
        ),
    }
}
