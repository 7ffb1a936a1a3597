//! Calls of tools whose input is free text.
//!
//! The vocabulary has one kind of call, whose arguments are JSON. A custom call keeps its `type` as a field of this
//! protocol, so that it can be told apart and written as it came.

use outlast_types::{Extra, RawJson, ToolCall};

use super::PROTOCOL;

const TYPE: &str = "type";
const CUSTOM: &str = "\"custom\"";

/// Returns the fields that mark a call as a custom one.
pub(super) fn mark() -> Extra {
    let kind = RawJson::from(serde_json::Value::from("custom"));
    Extra {
        origin: PROTOCOL,
        fields: [(TYPE.to_owned(), kind)].into(),
    }
}

/// Tells whether `call` is one.
pub(super) fn is_custom(call: &ToolCall) -> bool {
    call.extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL))
        .and_then(|fields| fields.get(TYPE))
        .is_some_and(|kind| kind.get() == CUSTOM)
}
