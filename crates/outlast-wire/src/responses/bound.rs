//! What OpenAI binds to the account that made it.
//!
//! Encrypted reasoning is readable by the organization it was made for ("The encrypted content could not be verified"), and
//! ids name items that are stored there.

use outlast_types::{ContentPart, Extra, Opaque};

use super::PROTOCOL;
use super::marks::{Fields, ITEM};
use crate::bound::Bound;
use crate::notes::Notes;

const ID: &str = "id";

pub(crate) const BOUND: Bound = Bound {
    protocol: PROTOCOL,
    content: &["previous_response_id", "conversation", "prompt"],
    free_part,
    free_fields,
};

fn free_part(part: &mut ContentPart, notes: &mut Notes) -> bool {
    let is_thought = match part {
        ContentPart::Reasoning(thought) => thought.origin.as_ref() == Some(&PROTOCOL),
        ContentPart::Opaque(item) => item.origin == PROTOCOL && is_reasoning(item),
        _ => false,
    };
    if is_thought {
        notes.change("reasoning of another account is left out");
        return false;
    }
    if let Some(Some(extra)) = part.extra_mut()
        && extra.origin == PROTOCOL
    {
        free_fields(extra, notes);
    }
    true
}

fn is_reasoning(item: &Opaque) -> bool {
    let fields: Fields = item.raw.read().unwrap_or_default();
    let kind = fields.get("type");
    kind.is_some_and(|kind| kind.get() == "\"reasoning\"")
}

/// Takes the ids away, those of the item that a part begins too.
fn free_fields(extra: &mut Extra, notes: &mut Notes) {
    let mut is_named = extra.fields.remove(ID).is_some();
    if let Some(mark) = extra.fields.get_mut(ITEM)
        && let Ok(mut item) = mark.read::<Fields>()
        && item.remove(ID).is_some()
        && let Ok(item) = outlast_types::RawJson::from_value(&item)
    {
        *mark = item;
        is_named = true;
    }
    if is_named {
        notes.change("ids of items of another account are left out");
    }
}
