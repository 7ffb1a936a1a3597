//! What Google binds to the account that made it: the signatures of thoughts, and what was cached.

use outlast_types::{ContentPart, Extra, RawJson};

use super::PROTOCOL;
use super::conversation::NOT_OURS;
use super::part_in::SIGNATURE;
use crate::bound::Bound;
use crate::notes::Notes;

/// The two spellings of a signature.
const SIGNATURES: [&str; 2] = [SIGNATURE, "thought_signature"];

pub(crate) const BOUND: Bound = Bound {
    protocol: PROTOCOL,
    content: &["cachedContent", "cached_content"],
    parts: &[],
    is_stored_for_tool: |name, _| matches!(name, "fileSearch" | "file_search"),
    fields: &[],
    free_part,
    free_fields: |_, _| {},
};

fn free_part(part: &mut ContentPart, notes: &mut Notes) -> bool {
    if let ContentPart::Reasoning(thought) = part
        && thought.origin == Some(PROTOCOL)
    {
        if thought.signature.take().is_some() {
            note(notes);
        }
        return !thought.text.is_empty();
    }
    let is_call = matches!(part, ContentPart::ToolCall(_));
    let is_empty = part.as_text().is_some_and(str::is_empty);
    if let Some(Some(extra)) = part.extra_mut()
        && extra.origin == PROTOCOL
        && free(extra, is_call)
    {
        note(notes);
        return !is_empty;
    }
    true
}

/// Takes signatures away, or puts in their place that a call comes from elsewhere, for a call must have one.
fn free(extra: &mut Extra, is_call: bool) -> bool {
    let mut is_signed = false;
    for name in SIGNATURES {
        if extra.fields.remove(name).is_some() {
            is_signed = true;
            if is_call {
                let stand_in = RawJson::from(serde_json::json!(NOT_OURS));
                extra.fields.insert(name.to_owned(), stand_in);
            }
        }
    }
    is_signed
}

fn note(notes: &mut Notes) {
    notes.change("signatures of another account are left out");
}
