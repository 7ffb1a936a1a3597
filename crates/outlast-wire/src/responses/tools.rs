//! Tools and the choice among them, in both directions.
//!
//! A function stands flat here, its fields beside its type. Any other tool is nothing but its own fields.

use outlast_types::{ToolChoice, ToolSpec};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::marks::own_fields;
use super::origin::Origin;
use crate::json::{ArrayWriter, FieldError, Object, ObjectWriter, Shape, shape};
use crate::notes::Notes;
use crate::openai::spelling;

const FUNCTION: &str = "function";

/// Reads one of `tools`.
pub(super) fn read(raw: &RawValue) -> Result<ToolSpec, FieldError> {
    let mut tool = Object::from_raw(raw)?;
    let kind: String = tool.require("type")?;
    if kind != FUNCTION {
        let mut spec = ToolSpec::without_parameters("");
        spec.extra = Object::from_raw(raw)?.into_extra(PROTOCOL);
        return Ok(spec);
    }
    let mut spec = ToolSpec::without_parameters(tool.require::<String>("name")?);
    spec.description = spelling::take_text(&mut tool, "description")?;
    spec.parameters = spelling::take_some(&mut tool, "parameters", |raw| Ok(raw.into()))?;
    spec.strict = spelling::take(&mut tool, "strict")?;
    spec.extra = tool.into_extra(PROTOCOL);
    Ok(spec)
}

/// Reads `tool_choice`.
pub(super) fn read_choice(raw: &RawValue) -> Result<ToolChoice, FieldError> {
    match shape(raw) {
        Shape::String => Ok(match raw.get() {
            "\"auto\"" => ToolChoice::Auto,
            "\"none\"" => ToolChoice::None,
            "\"required\"" => ToolChoice::Required,
            _ => ToolChoice::Opaque(raw.into()),
        }),
        Shape::Object => {
            Ok(named_tool(raw).map_or_else(|| ToolChoice::Opaque(raw.into()), ToolChoice::Tool))
        }
        _ => Err(FieldError::new("expected a string or an object")),
    }
}

/// Returns the name in `{"type": "function", "name": "f"}` if there is nothing else in it.
fn named_tool(raw: &RawValue) -> Option<String> {
    let mut choice = Object::from_raw(raw).ok()?;
    let is_function = choice.take_raw("type")?.get() == "\"function\"";
    let name = choice.take("name").ok()??;
    (is_function && choice.into_rest().is_empty()).then_some(name)
}

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
pub(super) fn write(
    tool: &ToolSpec,
    origin: Origin,
    array: &mut ArrayWriter<'_>,
    notes: &mut Notes,
) {
    match (&tool.parameters, &tool.extra) {
        // A tool that is nothing but its own fields.
        (None, Some(extra)) if tool.name.is_empty() => {
            array.value(&extra.fields);
        }
        _ => array.object(|object| {
            object
                .field("type", FUNCTION)
                .field("name", &tool.name)
                .optional("description", tool.description.as_ref())
                .optional("parameters", tool.parameters.as_ref());
            // "In Responses, functions are strict by default", in the other protocols they are not:
            // https://platform.openai.com/docs/guides/migrate-to-responses
            match tool.strict {
                None if origin == Origin::Foreign => object.field("strict", &false),
                strict => object.optional("strict", strict.as_ref()),
            };
            own_fields(tool.extra.as_ref()).write_rest(object, &[]);
            notes.leave_out(tool.extra.as_ref(), &PROTOCOL);
        }),
    }
}

/// Writes `tool_choice`.
pub(super) fn write_choice(
    choice: &ToolChoice,
    origin: Origin,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    const FIELD: &str = "tool_choice";

    let word = match choice {
        ToolChoice::Auto => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required => "required",
        ToolChoice::Tool(name) => {
            return object.object(FIELD, |choice| {
                choice.field("type", FUNCTION).field("name", name);
            });
        }
        ToolChoice::Opaque(raw) if origin == Origin::Own => {
            object.field(FIELD, raw);
            return;
        }
        _ => return notes.loss("a tool choice of another protocol is left out"),
    };
    object.field(FIELD, word);
}
