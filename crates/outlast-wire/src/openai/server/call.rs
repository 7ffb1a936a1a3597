//! Reads the tool calls of an assistant's message.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson, ToolCall};
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use crate::json::{FieldError, Object, Shape, read_value, shape};

const FUNCTION: &str = "function";
const ARGUMENTS: &str = "arguments";

/// Reads one of `tool_calls`.
pub(super) fn read(raw: &RawValue) -> Result<ToolCall, FieldError> {
    let mut object = Object::from_raw(raw)?;
    let mut call = match object.get("type").map(RawValue::get) {
        // Its type stays among the extra fields, to tell it from a function.
        Some("\"custom\"") => object.require_with("custom", read_custom)?,
        _ => {
            object.take_raw("type");
            object.require_with(FUNCTION, read_function)?
        }
    };
    if let Some(id) = object
        .get("id")
        .filter(|raw| shape(raw) == Shape::String && raw.get() != "\"\"")
    {
        call.id = read_value(id).map_err(|error| error.within("id"))?;
        object.take_raw("id");
    }
    let inner = call.extra.take().map(|extra| extra.fields);
    let mut fields = object.into_rest();
    fields.extend(inner.unwrap_or_default());
    call.extra = Extra::from_fields(PROTOCOL, fields);
    Ok(call)
}

fn read_custom(raw: &RawValue) -> Result<ToolCall, FieldError> {
    let mut custom = Object::from_raw(raw)?;
    let name: String = custom.require("name")?;
    let input: String = custom.require("input")?;
    Ok(ToolCall::new("", name, input))
}

/// Reads `function`; its own extra fields are kept under its name.
fn read_function(raw: &RawValue) -> Result<ToolCall, FieldError> {
    let mut function = Object::from_raw(raw)?;
    let name: String = function.require("name")?;
    let arguments = match function.get(ARGUMENTS) {
        None => String::new(),
        Some(raw) if shape(raw) == Shape::String => function.require(ARGUMENTS)?,
        // JSON where a string of JSON belongs; it stays where it is, as the mark of its form.
        Some(raw) => raw.get().to_owned(),
    };
    let mut call = ToolCall::new("", name, arguments);
    let fields = function.into_rest();
    if !fields.is_empty() {
        let inner =
            RawJson::from_value(&fields).map_err(|_| FieldError::new("expected an object"))?;
        call.extra = Some(Extra {
            origin: PROTOCOL,
            fields: BTreeMap::from([(FUNCTION.to_owned(), inner)]),
        });
    }
    Ok(call)
}
