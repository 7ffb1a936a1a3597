//! Reads a request's `input` as turns.
//!
//! An item of the user or of a tool is a turn of its own. What the model said, thought, called and had run at the
//! provider, one item after the other, is one turn: other protocols want it in one piece.

use outlast_types::{Content, ContentPart, Message, Role};
use serde_json::value::RawValue;

use super::item_in::{self, Item};
use crate::json::{FieldError, read_each};

/// Reads the items of `input`.
pub(super) fn read(raw: &RawValue) -> Result<Vec<Message>, FieldError> {
    let mut turns = Turns::default();
    for item in read_each(raw, item_in::read)? {
        match item {
            Item::Message(message) if message.role == Role::Assistant => turns.push_said(message),
            Item::Message(message) => turns.push(message),
            Item::Part(part @ ContentPart::ToolResult(_)) => {
                turns.push(Message::new(Role::Tool, vec![part]));
            }
            Item::Part(part) => turns.push_parts(vec![part]),
        }
    }
    turns.end_turn();
    Ok(turns.done)
}

#[derive(Default)]
struct Turns {
    done: Vec<Message>,
    /// The model's turn so far.
    open: Open,
}

#[derive(Default)]
enum Open {
    #[default]
    None,
    /// Nothing but this message: it stays as it came.
    Message(Message),
    Parts(Vec<ContentPart>),
}

impl Turns {
    fn push(&mut self, message: Message) {
        self.end_turn();
        self.done.push(message);
    }

    fn push_said(&mut self, mut message: Message) {
        if matches!(self.open, Open::None) {
            self.open = Open::Message(message);
            return;
        }
        match item_in::take_parts(&mut message) {
            Some(parts) => self.push_parts(parts),
            None => self.push(message),
        }
    }

    fn push_parts(&mut self, next: Vec<ContentPart>) {
        self.open = match std::mem::take(&mut self.open) {
            Open::None => Open::Parts(next),
            Open::Parts(mut parts) => {
                parts.extend(next);
                Open::Parts(parts)
            }
            Open::Message(mut message) => match item_in::take_parts(&mut message) {
                Some(mut parts) => {
                    parts.extend(next);
                    Open::Parts(parts)
                }
                None => {
                    self.done.push(message);
                    Open::Parts(next)
                }
            },
        };
    }

    fn end_turn(&mut self) {
        self.done.extend(match std::mem::take(&mut self.open) {
            Open::None => None,
            Open::Message(message) => Some(message),
            Open::Parts(parts) => Some(Message::new(Role::Assistant, Content::Parts(parts))),
        });
    }
}
