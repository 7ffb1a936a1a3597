//! Tools in the form `{"type": "function", "function": {"name", "description", "parameters"}}`, which several protocols
//! took over.

use bytes::BytesMut;
use outlast_types::{Protocol, RawJson, ToolSpec};
use serde_json::value::RawValue;

use crate::json::{ArrayWriter, FieldError, Object, write_array};
use crate::notes::Notes;
use crate::verbatim;

const FUNCTION: &str = "function";

/// Reads a tool. One in another form is nothing but its own fields.
pub(crate) fn read(raw: &RawValue, protocol: &Protocol) -> Result<ToolSpec, FieldError> {
    let mut tool = understand(raw, protocol)?;
    let mut written = BytesMut::new();
    write_array(&mut written, |array| write(&tool, array, protocol));
    verbatim::keep(&mut tool, raw, &written, protocol);
    Ok(tool)
}

fn understand(raw: &RawValue, protocol: &Protocol) -> Result<ToolSpec, FieldError> {
    let mut object = Object::from_raw(raw)?;
    let Some(function) = object.take_raw(FUNCTION) else {
        let mut tool = ToolSpec::without_parameters("");
        tool.extra = object.into_extra(protocol.clone());
        return Ok(tool);
    };
    object.take_raw("type");
    let mut tool = read_function(function).map_err(|error| error.within(FUNCTION))?;
    tool.extra = object.into_extra(protocol.clone());
    Ok(tool)
}

fn read_function(raw: &RawValue) -> Result<ToolSpec, FieldError> {
    let mut function = Object::from_raw(raw)?;
    let mut tool = ToolSpec::without_parameters(function.require::<String>("name")?);
    tool.description = function.take("description")?;
    tool.strict = function.take("strict")?;
    tool.parameters = function
        .take_raw("parameters")
        .filter(|raw| raw.get() != "null")
        .map(RawJson::from);
    Ok(tool)
}

/// Tells whether a tool can be written: one that runs at a provider of another protocol cannot.
pub(crate) fn has_form(tool: &ToolSpec, protocol: &Protocol, notes: &mut Notes) -> bool {
    let foreign = |tool: &ToolSpec| {
        let extra = tool.extra.as_ref();
        extra.is_some_and(|extra| extra.origin != *protocol)
    };
    let runs_elsewhere = tool.parameters.is_none() && foreign(tool);
    if runs_elsewhere {
        notes.loss("tools that run at another provider are left out");
    }
    !runs_elsewhere
}

/// Writes a tool.
pub(crate) fn write(tool: &ToolSpec, array: &mut ArrayWriter<'_>, protocol: &Protocol) {
    if let Some(raw) = verbatim::text_of(tool, protocol, |raw| understand(raw, protocol)) {
        array.value(raw);
        return;
    }
    let own = tool
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(protocol));
    if let (None, true, Some(fields)) = (&tool.parameters, tool.name.is_empty(), own) {
        array.value(fields);
        return;
    }
    array.object(|object| {
        object.field("type", FUNCTION);
        object.object(FUNCTION, |function| {
            function
                .field("name", &tool.name)
                .optional("description", tool.description.as_ref())
                .optional("parameters", tool.parameters.as_ref())
                .optional("strict", tool.strict.as_ref());
        });
        for (name, value) in own.into_iter().flatten() {
            if name != verbatim::FIELD {
                object.field(name, value);
            }
        }
    });
}
