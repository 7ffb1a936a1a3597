//! What it means that a field or block of this protocol cannot be carried by another.

use outlast_types::{Opaque, RawJson};

use super::blocks::CITATIONS;
use super::{model_fields, top_k};
use crate::foreign::Weight;
use crate::json::Object;

/// Weighs an extra field of this protocol, wherever in a request it stands.
pub(crate) fn weigh_field(name: &str, value: &RawJson) -> Weight {
    match name {
        // Nothing but a sign that the field was there.
        "inferenceConfig" | "toolConfig" | "outputConfig" | model_fields::FIELD
            if value.get() == "{}" =>
        {
            Weight::Nothing
        }
        model_fields::FIELD if top_k::is_all(value) => Weight::Nothing,
        // The vocabulary has the value; the text is kept for its spelling.
        "format" | "json" | "name" | "source" | "status" | "type" => Weight::Nothing,
        "cachePoint" | "performanceConfig" | "requestMetadata" | "serviceTier" => Weight::Change,
        // Those of an earlier answer, beside its text.
        CITATIONS => Weight::Change,
        _ => Weight::Loss,
    }
}

/// Weighs a block of this protocol. A mark for the cache bears on cost only, and thoughts that cannot be read mean nothing
/// elsewhere.
pub(crate) fn weigh_part(block: &Opaque) -> Weight {
    match block.raw.read::<Object<'_>>() {
        Ok(block) if block.get("cachePoint").is_some() => Weight::Change,
        Ok(block) if block.get("reasoningContent").is_some() => Weight::Change,
        _ => Weight::Loss,
    }
}
