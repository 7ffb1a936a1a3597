//! The turns of a request, in the form Gemini takes.
//!
//! A request that came in this protocol goes out as it came. One of another protocol is adapted:
//!
//! - Leading instructions become `systemInstruction`; later ones are put into the user's turn, marked as what they are.
//! - Tool results move into the user's turn, before everything else in it, with the name of their tool; turns of the same
//!   side are joined.
//! - Calls that Gemini did not sign are marked so, where a model would refuse them.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use outlast_types::{
    Content, ContentPart, Error, Extra, Media, MediaSource, Message, Role, ToolCall, ToolResult,
};

use super::part_in::SIGNATURE;
use super::part_out::{Item, as_object, is_beside_text};
use super::{Dialect, PROTOCOL, media_type, tool_result};
use crate::notes::{Notes, unsupported};

/// What stands in for the signature of a call that another model made. "In the case that you need to transfer history
/// from a different model": Google's page on
/// [thought signatures](https://ai.google.dev/gemini-api/docs/thought-signatures).
pub(super) const NOT_OURS: &str = "skip_thought_signature_validator";

pub(super) const USER: &str = "user";
pub(super) const MODEL: &str = "model";

/// The turns of a request, ready to be written.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub(super) system: Option<Turn<'a>>,
    pub(super) turns: Vec<Turn<'a>>,
}

/// One turn.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// Who speaks; `None` where nobody said.
    pub(super) role: Option<&'a str>,
    pub(super) items: Vec<Item<'a>>,
    pub(super) extra: Option<&'a Extra>,
}

impl<'a> Conversation<'a> {
    /// Plans `messages`; `own` tells that they came in this protocol.
    pub(super) fn plan(
        messages: &'a [Message],
        own: bool,
        dialect: Dialect,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        let is_system = |message: &&Message| is_instruction(&message.role);
        let leading = if own {
            usize::from(messages.first().is_some_and(|first| is_system(&first)))
        } else {
            messages.iter().take_while(is_system).count()
        };
        let (instructions, turns) = messages.split_at(leading);
        let mut planner = Planner {
            own,
            dialect,
            names: Names::default(),
            notes,
        };
        let system = planner.system(instructions)?;
        let mut turns = planner.turns(turns)?;
        match system {
            Some(system) if !own && !dialect.instructions => {
                planner.open_with(system, &mut turns);
                Ok(Self {
                    system: None,
                    turns,
                })
            }
            system => Ok(Self { system, turns }),
        }
    }

    /// Adds words to the instructions above the conversation, or to the first turn of a model that takes none.
    pub(super) fn instruct(&mut self, words: String, dialect: Dialect) {
        let item = Item::Text(Cow::Owned(words));
        match (&mut self.system, self.turns.first_mut()) {
            (Some(system), _) => system.items.push(item),
            (None, Some(first)) if !dialect.instructions => first.items.insert(0, item),
            (None, _) => {
                self.system = Some(Turn {
                    role: None,
                    items: vec![item],
                    extra: None,
                });
            }
        }
    }
}

fn is_instruction(role: &Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

struct Planner<'a, 'n> {
    own: bool,
    dialect: Dialect,
    names: Names<'a>,
    notes: &'n mut Notes,
}

impl<'a> Planner<'a, '_> {
    fn system(&mut self, messages: &'a [Message]) -> Result<Option<Turn<'a>>, Error> {
        let mut items = Vec::new();
        for message in messages {
            items.extend(self.items(message)?);
        }
        let extra = messages.first().and_then(|message| message.extra.as_ref());
        let is_there = if self.own {
            !messages.is_empty()
        } else {
            !items.is_empty()
        };
        Ok(is_there.then_some(Turn {
            role: None,
            items,
            extra,
        }))
    }

    fn turns(&mut self, messages: &'a [Message]) -> Result<Vec<Turn<'a>>, Error> {
        let mut turns: Vec<Turn<'a>> = Vec::with_capacity(messages.len());
        for message in messages {
            if message.name.is_some() {
                self.notes.loss("names of speakers are left out");
            }
            let turn = self.turn(message)?;
            if turn.items.is_empty() && !self.own {
                self.notes.change("turns without content are left out");
                continue;
            }
            match turns.last_mut() {
                Some(last) if !self.own && last.role == turn.role => last.items.extend(turn.items),
                _ => turns.push(turn),
            }
        }
        if !self.own {
            turns.iter_mut().for_each(put_results_first);
            if self.dialect.signed_calls {
                turns.iter_mut().for_each(|turn| self.sign(turn));
            }
        }
        Ok(turns)
    }

    fn turn(&mut self, message: &'a Message) -> Result<Turn<'a>, Error> {
        self.notes.leave_out(message.extra.as_ref(), &PROTOCOL);
        let mut items = self.items(message)?;
        let role = match &message.role {
            Role::Assistant => MODEL,
            Role::Other(name) if self.own => name,
            _ => USER,
        };
        if is_instruction(&message.role) {
            self.notes
                .change("instructions amid the conversation are put into the user's turn");
            items.iter_mut().for_each(mark_as_instruction);
        }
        Ok(Turn {
            role: Some(role),
            items,
            extra: message.extra.as_ref(),
        })
    }

    fn items(&mut self, message: &'a Message) -> Result<Vec<Item<'a>>, Error> {
        match &message.content {
            Content::Text(text) if text.is_empty() && !self.own => Ok(Vec::new()),
            Content::Text(text) => Ok(vec![Item::Text(Cow::Borrowed(text))]),
            Content::Parts(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    self.item(part, &mut items)?;
                }
                Ok(items)
            }
        }
    }

    fn item(&mut self, part: &'a ContentPart, items: &mut Vec<Item<'a>>) -> Result<(), Error> {
        match part {
            ContentPart::ToolCall(call) => self.call(call),
            ContentPart::ToolResult(result) => return self.result(result, items),
            _ if self.own => {}
            ContentPart::Text(text) => {
                self.notes.leave_out(text.extra.as_ref(), &PROTOCOL);
                let is_signed = text.extra.as_ref().is_some_and(is_own);
                if text.text.is_empty() && !is_signed {
                    return Ok(());
                }
            }
            ContentPart::Image(media)
            | ContentPart::Document(media)
            | ContentPart::Audio(media) => {
                self.notes.leave_out(media.extra.as_ref(), &PROTOCOL);
                check_source(media)?;
            }
            ContentPart::Reasoning(part) if part.origin != Some(PROTOCOL) => {
                self.notes.change("thoughts of another model are left out");
                return Ok(());
            }
            ContentPart::Opaque(opaque) if opaque.origin != PROTOCOL => {
                self.notes.leave_out_part(opaque);
                return Ok(());
            }
            _ => {}
        }
        items.push(Item::Part(part));
        Ok(())
    }

    fn call(&mut self, call: &'a ToolCall) {
        self.names.called(call);
        if !self.own {
            self.notes.leave_out(call.extra.as_ref(), &PROTOCOL);
            if !call.arguments.trim().is_empty() && as_object(&call.arguments).is_none() {
                self.notes
                    .change("tool arguments that are no JSON object are wrapped in one");
            }
        }
    }

    fn result(&mut self, result: &'a ToolResult, items: &mut Vec<Item<'a>>) -> Result<(), Error> {
        let known = tool_result::name(result.extra.as_ref()).map(Cow::Owned);
        let called = self.names.of_result(&result.call_id);
        let name = known.or(called.map(Cow::Borrowed)).unwrap_or_else(|| {
            if !self.own {
                self.notes
                    .change("a tool's answer to no known call is given the call's id as its name");
            }
            Cow::Borrowed(&result.call_id)
        });
        let with_media = self.own || self.dialect.media_in_results;
        items.push(Item::Result {
            result,
            name,
            with_media,
        });
        if self.own {
            return Ok(());
        }
        self.notes.leave_out(result.extra.as_ref(), &PROTOCOL);
        let media = result
            .content
            .parts()
            .iter()
            .filter(|part| is_beside_text(part));
        let mut beside = Vec::new();
        for part in media {
            self.item(part, &mut beside)?;
        }
        if !with_media && !beside.is_empty() {
            self.notes
                .change("a tool's pictures and documents stand beside its answer");
            items.append(&mut beside);
        }
        Ok(())
    }

    /// Marks the first call of a model's turn as another's if Gemini did not sign it.
    fn sign(&mut self, turn: &mut Turn<'a>) {
        let is_call = |item: &&mut Item<'_>| matches!(item, Item::Part(ContentPart::ToolCall(_)));
        let Some(item) = turn.items.iter_mut().find(is_call) else {
            return;
        };
        if let Item::Part(ContentPart::ToolCall(call)) = *item
            && !is_signed(call)
        {
            self.notes
                .change("tool calls of another model are marked as not signed");
            *item = Item::Unsigned {
                call,
                signature: NOT_OURS,
            };
        }
    }

    /// Puts the instructions at the head of the conversation.
    fn open_with(&mut self, system: Turn<'a>, turns: &mut Vec<Turn<'a>>) {
        self.notes
            .change("instructions are put into the user's turn: the model takes none");
        match turns.first_mut() {
            Some(first) if first.role == Some(USER) => {
                first.items.splice(0..0, system.items);
            }
            _ => turns.insert(
                0,
                Turn {
                    role: Some(USER),
                    ..system
                },
            ),
        }
    }
}

fn is_own(extra: &Extra) -> bool {
    extra.origin == PROTOCOL
}

fn is_signed(call: &ToolCall) -> bool {
    let fields = call
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    fields.is_some_and(|fields| {
        fields.contains_key(SIGNATURE) || fields.contains_key("thought_signature")
    })
}

/// Fails for a file that was uploaded to another provider.
fn check_source(media: &Media) -> Result<(), Error> {
    match &media.source {
        MediaSource::FileId(id) if !media_type::is_upload(id) => Err(unsupported(
            "a file that was uploaded to another provider cannot be sent here: upload it to this one, or send its bytes",
        )),
        _ => Ok(()),
    }
}

/// "the number of function response parts is equal to the number of function call parts of the function call turn":
/// they come first, in one turn.
fn put_results_first(turn: &mut Turn<'_>) {
    turn.items
        .sort_by_key(|item| !matches!(item, Item::Result { .. }));
}

/// Marks text as the application's, for the model reads it amid the user's.
fn mark_as_instruction(item: &mut Item<'_>) {
    let text = match item {
        Item::Text(text) => &**text,
        Item::Part(ContentPart::Text(part)) => &part.text,
        _ => return,
    };
    *item = Item::Text(Cow::Owned(format!("<system>\n{text}\n</system>")));
}

/// The names of the tools that were called, by the ids of their calls.
///
/// An id may be empty, or given to calls of different turns: a result answers the earliest call of its id that has none
/// yet.
#[derive(Debug, Default)]
struct Names<'a>(HashMap<&'a str, VecDeque<&'a str>>);

impl<'a> Names<'a> {
    fn called(&mut self, call: &'a ToolCall) {
        self.0.entry(&call.id).or_default().push_back(&call.name);
    }

    fn of_result(&mut self, id: &str) -> Option<&'a str> {
        let names = self.0.get_mut(id)?;
        // The last one stays: a call may be answered twice.
        match names.len() {
            1 => names.front().copied(),
            _ => names.pop_front(),
        }
    }
}
