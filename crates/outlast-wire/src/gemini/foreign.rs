//! What it means that a field of this protocol cannot be carried by another.

use outlast_types::RawJson;

use crate::foreign::Weight;

/// Weighs an extra field of this protocol, wherever in a request it stands.
pub(crate) fn weigh_field(name: &str, value: &RawJson) -> Weight {
    match name {
        "thought" => Weight::Nothing,
        // The vocabulary finds the call by its id, and keeps other spellings of base64 only for this protocol.
        "functionResponse.name"
        | "function_response.name"
        | "inlineData.data"
        | "inline_data.data" => Weight::Nothing,
        // An object with nothing in it, kept because it was there.
        "generationConfig" | "toolConfig" if value.get() == "{}" => Weight::Nothing,
        // Of use to its own provider only; and the others show or hide their thoughts without being asked.
        "thoughtSignature" | "thought_signature" | "includeThoughts" => Weight::Change,
        _ => Weight::Loss,
    }
}
