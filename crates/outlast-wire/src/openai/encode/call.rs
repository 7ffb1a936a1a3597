//! Tool calls of an assistant's message.

use std::collections::BTreeMap;

use outlast_types::{RawJson, ToolCall};

use super::super::custom_call;
use super::super::spelling::Spelling;
use super::own_fields;
use crate::json::ObjectWriter;

/// Writes the fields of a tool call; `id` stands in for its own.
pub(in crate::openai) fn write(call: &ToolCall, id: &str, object: &mut ObjectWriter<'_>) {
    const FUNCTION: &str = "function";
    const ARGUMENTS: &str = "arguments";

    let spelling = own_fields(call.extra.as_ref());
    if !id.is_empty() {
        object.field("id", id);
    }
    if custom_call::is_custom(call) {
        object.field("type", "custom");
        object.object("custom", |custom| {
            custom
                .field("name", &call.name)
                .field("input", &call.arguments);
        });
    } else {
        object.field("type", FUNCTION);
        object.object(FUNCTION, |function| {
            function.field("name", &call.name);
            let inner: Option<BTreeMap<String, RawJson>> =
                spelling.get(FUNCTION).and_then(|raw| raw.read().ok());
            let inner = inner.unwrap_or_default();
            match inner.get(ARGUMENTS) {
                // The caller put JSON where a string belongs.
                Some(raw) if raw.get() == call.arguments => function.field(ARGUMENTS, raw),
                _ => function.field(ARGUMENTS, &call.arguments),
            };
            Spelling(Some(&inner)).write_rest(function, &[ARGUMENTS]);
        });
    }
    spelling.write_rest(object, &["type", FUNCTION]);
}
