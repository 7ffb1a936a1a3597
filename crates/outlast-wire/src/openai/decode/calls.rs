//! Puts the pieces of tool calls in order.
//!
//! The standard gives every piece the call's `index`, and `id` and `name` with the first. In use are also: no index;
//! no id, or an empty one; id and name again with every piece; the whole call in one piece; several calls that all say
//! index 0; the name after the first arguments. So a piece belongs to the call of its index unless it brings another
//! id and a name, else to the call of its id, else to the last call unless it brings a name.

use std::collections::BTreeMap;

use outlast_types::{Error, Extra, RawJson, StreamEvent, ToolCallDelta};

use super::super::{PROTOCOL, custom_call};
use super::chunk::{CallPiece, FunctionPiece};
use crate::Events;
use crate::error::malformed;

/// The most tool calls of one choice.
const MAX_CALLS: usize = 1024;

/// The most bytes of arguments that are held back until a call's name is known.
const MAX_HELD: usize = 1024 * 1024;

/// The tool calls of one choice so far.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<OpenCall>);

#[derive(Debug)]
struct OpenCall {
    /// The provider's own index.
    wire_index: Option<u32>,
    id: String,
    /// Arguments that came before the name; `None` once the call was announced.
    held: Option<String>,
    /// Fields of this protocol that came with the first piece.
    extra: Option<Box<Extra>>,
}

/// One piece, whichever of the forms it came in.
struct Piece<'a> {
    index: Option<u32>,
    id: &'a str,
    name: &'a str,
    arguments: &'a str,
    extra: Option<Box<Extra>>,
}

impl Calls {
    /// Takes a piece from `tool_calls`.
    pub(super) fn push(
        &mut self,
        choice: u32,
        piece: &CallPiece<'_>,
        out: &mut Events,
    ) -> Result<(), Error> {
        let mut read = Piece {
            index: piece.index,
            id: text(piece.id.as_ref()),
            name: "",
            arguments: "",
            extra: extra_of(piece),
        };
        match (&piece.function, &piece.custom) {
            // Snowflake sends an empty `custom` beside every `function`.
            (Some(function), _) => read.take_function(function),
            (None, Some(custom)) => {
                read.name = text(custom.name.as_ref());
                read.arguments = text(custom.input.as_ref());
            }
            (None, None) => {}
        }
        self.push_piece(choice, read, out)
    }

    /// Takes a piece of the one call that the format had before `tool_calls`.
    pub(super) fn push_function(
        &mut self,
        choice: u32,
        function: &FunctionPiece<'_>,
        out: &mut Events,
    ) -> Result<(), Error> {
        let mut read = Piece {
            index: Some(0),
            id: "",
            name: "",
            arguments: "",
            extra: None,
        };
        read.take_function(function);
        // Some providers send the field, empty, with everything.
        if read.name.is_empty() && read.arguments.is_empty() {
            return Ok(());
        }
        self.push_piece(choice, read, out)
    }

    /// Announces what never got a name.
    pub(super) fn finish(&mut self, choice: u32, out: &mut Events) {
        for (index, call) in (0..).zip(&mut self.0) {
            if let Some(arguments) = call.held.take() {
                announce(choice, index, call, "", arguments, out);
            }
        }
    }

    fn push_piece(&mut self, choice: u32, piece: Piece<'_>, out: &mut Events) -> Result<(), Error> {
        let at = match self.find(&piece) {
            Some(at) => at,
            None if self.0.len() == MAX_CALLS => {
                return Err(malformed("more tool calls than one answer may have"));
            }
            None => self.open(&piece),
        };
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let Some(call) = self.0.get_mut(at) else {
            return Ok(());
        };
        if call.id.is_empty() {
            call.id.push_str(piece.id);
        }
        match call.held.take() {
            None if piece.arguments.is_empty() => {}
            None => out.push_back(StreamEvent::ToolCall(ToolCallDelta {
                choice,
                index,
                arguments: piece.arguments.to_owned(),
                ..ToolCallDelta::default()
            })),
            Some(mut held) => {
                call.extra = call.extra.take().or(piece.extra);
                held.push_str(piece.arguments);
                if piece.name.is_empty() && held.len() <= MAX_HELD {
                    call.held = Some(held);
                } else {
                    announce(choice, index, call, piece.name, held, out);
                }
            }
        }
        Ok(())
    }

    fn find(&self, piece: &Piece<'_>) -> Option<usize> {
        let by_id = |call: &OpenCall| !piece.id.is_empty() && call.id == piece.id;
        if let Some(index) = piece.index {
            let is_other = |call: &OpenCall| {
                !call.id.is_empty()
                    && !piece.id.is_empty()
                    && call.id != piece.id
                    && !piece.name.is_empty()
            };
            // The last one of the index: several calls may share it.
            return self
                .0
                .iter()
                .rposition(|call| call.wire_index == Some(index))
                .filter(|at| !self.0.get(*at).is_some_and(is_other))
                .or_else(|| self.0.iter().position(by_id));
        }
        if !piece.id.is_empty() {
            return self.0.iter().position(by_id);
        }
        if piece.name.is_empty() {
            return self.0.len().checked_sub(1);
        }
        None
    }

    fn open(&mut self, piece: &Piece<'_>) -> usize {
        self.0.push(OpenCall {
            wire_index: piece.index,
            id: String::new(),
            held: Some(String::new()),
            extra: None,
        });
        self.0.len() - 1
    }
}

impl<'a> Piece<'a> {
    fn take_function(&mut self, function: &'a FunctionPiece<'_>) {
        self.name = text(function.name.as_ref());
        self.arguments = function
            .arguments
            .as_ref()
            .map_or("", |arguments| &arguments.0);
    }
}

fn announce(
    choice: u32,
    index: u32,
    call: &mut OpenCall,
    name: &str,
    arguments: String,
    out: &mut Events,
) {
    if let Some(extra) = call.extra.take() {
        // Fields go before the part they belong to, so that whoever passes the call on has all of it at once.
        out.push_back(StreamEvent::PartEnd { choice });
        out.push_back(StreamEvent::PartExtra { choice, extra });
    }
    out.push_back(StreamEvent::ToolCall(ToolCallDelta {
        choice,
        index,
        id: Some(call.id.clone()),
        name: Some(name.to_owned()),
        arguments,
    }));
}

/// Returns the fields of a call that the vocabulary has no name for: the type of a custom one, and what Google's models
/// want to see again (`extra_content` holds their signature).
fn extra_of(piece: &CallPiece<'_>) -> Option<Box<Extra>> {
    let is_custom = piece.custom.is_some() && piece.function.is_none();
    let mut extra = is_custom.then(custom_call::mark);
    if let Some(content) = piece.extra_content {
        extra
            .get_or_insert_with(|| Extra {
                origin: PROTOCOL,
                fields: BTreeMap::new(),
            })
            .fields
            .insert("extra_content".to_owned(), RawJson::from(content));
    }
    extra.map(Box::new)
}

fn text<'a>(text: Option<&'a super::chunk::Text<'_>>) -> &'a str {
    text.map_or("", |text| &text.0)
}
