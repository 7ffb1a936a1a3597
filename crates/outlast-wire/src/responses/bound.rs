//! What OpenAI binds to the account that made it.
//!
//! Encrypted reasoning is readable by the organization it was made for ("The encrypted content could not be verified"), and
//! ids name items that are stored there.

use outlast_types::{ContentPart, Extra, Opaque, RawJson};

use super::PROTOCOL;
use super::marks::{Fields, ITEM};
use crate::bound::{Bound, kind_of};
use crate::notes::Notes;

const ID: &str = "id";

/// Items of tools that run at the provider.
const HOSTED: [&str; 8] = [
    "code_interpreter_call",
    "file_search_call",
    "image_generation_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "web_search_call",
];

pub(crate) const BOUND: Bound = Bound {
    protocol: PROTOCOL,
    content: &["previous_response_id", "conversation", "prompt"],
    parts: &["item_reference"],
    is_stored_for_tool,
    fields: &[],
    free_part,
    free_fields,
};

/// A code interpreter's `container` is an object if it is to be a new one, and an id if it is there already.
fn is_stored_for_tool(name: &str, value: &RawJson) -> bool {
    match name {
        "container" => value.get().starts_with('"'),
        "vector_store_ids" => true,
        _ => false,
    }
}

fn free_part(part: &mut ContentPart, notes: &mut Notes) -> bool {
    match part {
        ContentPart::Reasoning(thought) if thought.origin.as_ref() == Some(&PROTOCOL) => {
            leave_out_reasoning(notes)
        }
        ContentPart::Opaque(item) if item.origin == PROTOCOL => free_item(item, notes),
        _ => {
            if let Some(Some(extra)) = part.extra_mut()
                && extra.origin == PROTOCOL
            {
                free_fields(extra, notes);
            }
            true
        }
    }
}

fn leave_out_reasoning(notes: &mut Notes) -> bool {
    notes.change("reasoning of another account is left out");
    false
}

/// Frees an item that is kept word for word. What a hosted tool did cannot be told without its id.
fn free_item(item: &mut Opaque, notes: &mut Notes) -> bool {
    let kind = kind_of(item);
    if kind == "reasoning" {
        return leave_out_reasoning(notes);
    }
    if HOSTED.contains(&kind.as_str()) {
        notes.loss(format!("an item `{kind}` of another account is left out"));
        return false;
    }
    if let Some(raw) = without_id(&item.raw) {
        item.raw = raw;
        note_ids(notes);
    }
    true
}

fn without_id(item: &RawJson) -> Option<RawJson> {
    let mut fields = item.read::<Fields>().ok()?;
    fields.remove(ID)?;
    RawJson::from_value(&fields).ok()
}

/// Takes the ids away, those of the item that a part begins too.
fn free_fields(extra: &mut Extra, notes: &mut Notes) {
    let mut is_named = extra.fields.remove(ID).is_some();
    if let Some(mark) = extra.fields.get_mut(ITEM)
        && let Some(item) = without_id(mark)
    {
        *mark = item;
        is_named = true;
    }
    if is_named {
        note_ids(notes);
    }
}

fn note_ids(notes: &mut Notes) {
    notes.change("ids of items of another account are left out");
}
