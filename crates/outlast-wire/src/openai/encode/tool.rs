//! Tools and the choice among them.

use outlast_types::{ToolChoice, ToolSpec};

use super::super::PROTOCOL;
use super::own_fields;
use crate::json::{ArrayWriter, ObjectWriter};
use crate::notes::Notes;

/// The field of a tool's extra fields that holds those of its `function` object.
const FUNCTION: &str = "function";

/// Tells whether a tool can be written: one that runs at a provider of another protocol cannot.
pub(super) fn has_form(tool: &ToolSpec, notes: &mut Notes) -> bool {
    let runs_elsewhere = tool.parameters.is_none()
        && tool
            .extra
            .as_ref()
            .is_some_and(|extra| extra.origin != PROTOCOL);
    if runs_elsewhere {
        notes.loss("tools that run at another provider are left out");
    }
    !runs_elsewhere
}

/// Writes a tool.
pub(super) fn write(tool: &ToolSpec, array: &mut ArrayWriter<'_>, notes: &mut Notes) {
    let spelling = own_fields(tool.extra.as_ref());
    match (&tool.parameters, &tool.extra) {
        // A tool that is nothing but its own fields: it has a type of its own, or is no function.
        (None, Some(extra)) if tool.name.is_empty() => {
            array.value(&extra.fields);
        }
        _ => array.object(|object| {
            if !spelling.get("type").is_some_and(|kind| kind.is_null()) {
                object.field("type", FUNCTION);
            }
            object.object(FUNCTION, |function| {
                function
                    .field("name", &tool.name)
                    .optional("description", tool.description.as_ref())
                    .optional("parameters", tool.parameters.as_ref())
                    .optional("strict", tool.strict.as_ref());
                if let Some(inner) = spelling.get(FUNCTION).and_then(|raw| raw.read().ok()) {
                    function.fields(&inner);
                }
            });
            spelling.write_rest(object, &["type", FUNCTION]);
            notes.leave_out(tool.extra.as_ref(), &PROTOCOL);
        }),
    }
}

/// Writes `tool_choice`; `own` tells that the request came in this protocol.
pub(super) fn write_choice(
    choice: &ToolChoice,
    own: bool,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    let word = match choice {
        ToolChoice::Auto => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required => "required",
        ToolChoice::Tool(name) => {
            return object.object("tool_choice", |choice| {
                choice.field("type", FUNCTION);
                choice.object(FUNCTION, |function| {
                    function.field("name", name);
                });
            });
        }
        ToolChoice::Opaque(raw) if own => {
            object.field("tool_choice", raw);
            return;
        }
        _ => return notes.loss("a tool choice of another protocol is left out"),
    };
    object.field("tool_choice", word);
}
