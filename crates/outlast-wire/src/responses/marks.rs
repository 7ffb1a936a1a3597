//! Marks that say how something stood where the vocabulary does not tell. They are extra fields of this protocol.

use std::collections::BTreeMap;

use outlast_types::{ContentPart, Extra, Message, RawJson};

use super::PROTOCOL;
use crate::openai::spelling::Spelling;

/// The fields of one object by name.
pub(super) type Fields = BTreeMap<String, RawJson>;

/// A request whose `input` was a text has an empty one in this field.
pub(super) const INPUT: &str = "input";

/// A message with this field stood in the request's `instructions`.
pub(super) const INSTRUCTIONS: &str = "instructions";

/// The first part of a message item that is one of several items of its turn has the item's other fields here. It also
/// tells that the item begins with this part.
pub(super) const ITEM: &str = "item";

/// Returns the fields of this protocol in `extra`.
pub(super) fn own_fields(extra: Option<&Extra>) -> Spelling<'_> {
    Spelling(extra.and_then(|extra| extra.fields_for(&PROTOCOL)))
}

/// Tells whether a message stood in `instructions`.
pub(super) fn is_instructions(message: &Message) -> bool {
    own_fields(message.extra.as_ref())
        .get(INSTRUCTIONS)
        .is_some()
}

/// Returns the fields of the message item that begins with `part`.
pub(super) fn item_of(part: &ContentPart) -> Option<Fields> {
    let extra = match part {
        ContentPart::Text(part) => part.extra.as_ref(),
        ContentPart::Image(media) | ContentPart::Document(media) | ContentPart::Audio(media) => {
            media.extra.as_ref()
        }
        _ => None,
    };
    own_fields(extra).get(ITEM)?.read().ok()
}

/// Marks `part` as the first of a message item with these fields. Returns whether there is a place for the mark.
pub(super) fn mark_item(part: &mut ContentPart, fields: &Fields) -> bool {
    let Some(extra) = part.extra_mut() else {
        return false;
    };
    let Ok(mark) = RawJson::from_value(fields) else {
        return false;
    };
    extra
        .get_or_insert_with(|| Extra {
            origin: PROTOCOL,
            fields: Fields::new(),
        })
        .fields
        .insert(ITEM.to_owned(), mark);
    true
}
