//! What it means that a field of this protocol cannot be carried by another.

use outlast_types::RawJson;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use crate::foreign::{Weight, weigh_unread};

/// Weighs an extra field of this protocol, wherever in a request it stands.
pub(crate) fn weigh_field(name: &str, value: &RawJson) -> Weight {
    match name {
        // The vocabulary has the value; the text is kept for its spelling.
        "max_completion_tokens"
        | "max_tokens"
        | "n"
        | "parallel_tool_calls"
        | "reasoning"
        | "reasoning_effort"
        | "response_format"
        | "seed"
        | "stop"
        | "temperature"
        | "thinking"
        | "tool_choice"
        | "tools"
        | "top_p" => Weight::Nothing,
        // Marks of form, of a message's content, a call, reasoning, an image.
        "content" | "field" | "image_url" | "type" => Weight::Nothing,
        "function" if is_spelling(value) => Weight::Nothing,
        // They are about the stream's own frames.
        "stream" | "stream_options" => Weight::Nothing,
        // Nobody else keeps what is not to be kept.
        "store" if value.get() == "false" => Weight::Nothing,
        "frequency_penalty" | "presence_penalty" => weigh_unread::<f64>(value),
        "logprobs" => weigh_unread::<bool>(value),
        "metadata" => weigh_unread::<BTreeMap<String, String>>(value),
        "service_tier" | "user" => weigh_unread::<String>(value),
        "top_k" => weigh_unread::<u64>(value),
        "top_logprobs" => weigh_unread::<u32>(value),
        "prompt_cache_key" | "prompt_cache_retention" | "cache_control" | "filename" => {
            Weight::Change
        }
        // About an earlier answer, beside its text.
        "annotations" | "reasoning_details" => Weight::Change,
        _ => Weight::Loss,
    }
}

/// Tells whether a function's extra fields are but the form in which its arguments stood.
fn is_spelling(function: &RawJson) -> bool {
    function
        .read::<BTreeMap<&str, &RawValue>>()
        .is_ok_and(|fields| fields.keys().all(|name| *name == "arguments"))
}
