//! What it means that a field or item of this protocol cannot be carried by another.

use std::collections::BTreeMap;

use outlast_types::{Opaque, RawJson};

use super::marks::{INPUT, INSTRUCTIONS, ITEM};
use crate::bound::kind_of;
use crate::foreign::{Weight, weigh_unread};

/// Weighs an extra field of this protocol, wherever in a request it stands.
pub(crate) fn weigh_field(name: &str, value: &RawJson) -> Weight {
    match name {
        // Marks of form, of an input, instructions, a message, a call.
        INPUT | INSTRUCTIONS | ITEM | "arguments" | "content" | "type" => Weight::Nothing,
        // The vocabulary has the value; the text is kept for its spelling.
        "max_output_tokens"
        | "parallel_tool_calls"
        | "reasoning"
        | "stream"
        | "stream_options"
        | "temperature"
        | "text"
        | "tool_choice"
        | "tools"
        | "top_p"
            if !is_wordiness(name, value) =>
        {
            Weight::Nothing
        }
        // About an item that is over: other providers know no items.
        "id" | "phase" | "status" => Weight::Nothing,
        "metadata" => weigh_unread::<BTreeMap<String, String>>(value),
        "service_tier" | "user" => weigh_unread::<String>(value),
        "top_logprobs" => weigh_unread::<u32>(value),
        // Nobody else keeps what is not to be kept, or drops turns unasked.
        "store" | "background" if value.get() == "false" => Weight::Nothing,
        "truncation" if value.get() == "\"disabled\"" => Weight::Nothing,
        "prompt_cache_breakpoint"
        | "prompt_cache_key"
        | "prompt_cache_options"
        | "prompt_cache_retention" => Weight::Change,
        // Of an earlier answer; as a word it asks for that of the next one.
        "summary" if value.get().starts_with('[') => Weight::Change,
        "encrypted_content" | "filename" => Weight::Change,
        // What is told beside the answer, now or of an earlier one.
        "annotations" | "include" | "logprobs" => Weight::Change,
        _ => Weight::Loss,
    }
}

/// Tells whether the field says how wordy the answer is to be.
fn is_wordiness(name: &str, value: &RawJson) -> bool {
    name == "text" && value.get().contains("\"verbosity\"")
}

/// Weighs an item or part of this protocol.
pub(crate) fn weigh_part(item: &Opaque) -> Weight {
    match kind_of(item).as_str() {
        "reasoning" => Weight::Change,
        _ => Weight::Loss,
    }
}
