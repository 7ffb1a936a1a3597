//! What it means that a field or block of this protocol cannot be carried by another.

use outlast_types::{Opaque, RawJson};
use serde::Deserialize;

use super::BETA_FIELD;
use crate::foreign::{Weight, weigh_unread};
use crate::json::{Shape, shape};

/// Weighs an extra field of this protocol, wherever in a request it stands.
pub(crate) fn weigh_field(name: &str, value: &RawJson) -> Weight {
    match name {
        // The vocabulary has the value; the text is kept for its spelling.
        "max_tokens" | "output_format" | "source" | "stop_sequences" | "stream" | "temperature"
        | "tool_choice" | "tools" | "top_p" | "type" => Weight::Nothing,
        "is_error" if value.get() == "false" => Weight::Nothing,
        // What they switch on is asked for by other fields.
        BETA_FIELD => Weight::Nothing,
        "service_tier" => weigh_unread::<String>(value),
        "cache_control" => Weight::Change,
        // Those of an earlier answer, beside its text; as an object they ask for those of the next one.
        "citations" if shape(value.as_raw_value()) == Shape::Array => Weight::Change,
        _ => Weight::Loss,
    }
}

/// Weighs a block of this protocol.
pub(crate) fn weigh_part(block: &Opaque) -> Weight {
    #[derive(Deserialize)]
    struct Kind {
        r#type: String,
    }
    match block.raw.read::<Kind>() {
        Ok(kind) if kind.r#type == "redacted_thinking" => Weight::Change,
        _ => Weight::Loss,
    }
}
