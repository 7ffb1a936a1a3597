//! Tools and the choice among them: `tools` and `toolConfig`.
//!
//! An object of `tools` holds declarations of functions, or names a tool that runs at Google (`googleSearch`,
//! `codeExecution`, ...), or both. In the vocabulary each function and each of Google's tools is a tool of its own; one
//! of Google's is nothing but the field it came in.

use std::collections::BTreeMap;

use outlast_types::{ChatBody, Extra, RawJson, ToolChoice, ToolSpec};
use serde_json::value::RawValue;

use super::origin::Origin;
use super::spelling::Spelling;
use super::{PROTOCOL, generation, schema};
use crate::json::{ArrayWriter, FieldError, Object, ObjectWriter, read_each, read_value};
use crate::notes::Notes;

pub(super) const FIELD: &str = "tools";
pub(super) const CONFIG: &str = "toolConfig";

const DECLARATIONS: &str = "functionDeclarations";
const JSON_SCHEMA: &str = "parametersJsonSchema";
const OPEN_API_SCHEMA: &str = "parameters";
const CALLING: &str = "functionCallingConfig";
const ALLOWED: &str = "allowedFunctionNames";

type Fields = BTreeMap<String, RawJson>;

/// Reads the field `tools`.
pub(super) fn read(raw: &RawValue, spelling: &mut Spelling) -> Result<Vec<ToolSpec>, FieldError> {
    let mut tools = Vec::new();
    read_each(raw, |raw| {
        let mut object = Object::from_raw(raw)?;
        if let Some(raw) = spelling.take(&mut object, DECLARATIONS) {
            let declared = read_each(raw, |raw| read_declaration(raw, spelling))
                .map_err(|error| error.within(DECLARATIONS))?;
            tools.extend(declared);
        }
        let at_google = object.into_rest().into_iter();
        tools.extend(
            at_google
                .filter(|(_, raw)| !raw.is_null())
                .map(tool_at_google),
        );
        Ok(())
    })?;
    Ok(tools)
}

fn tool_at_google((name, raw): (String, RawJson)) -> ToolSpec {
    let mut tool = ToolSpec::without_parameters(name.clone());
    tool.extra = Extra::from_fields(PROTOCOL, BTreeMap::from([(name, raw)]));
    tool
}

/// Returns the field of a tool that runs at Google.
fn field_at_google(tool: &ToolSpec) -> Option<&RawJson> {
    tool.extra.as_ref()?.fields_for(&PROTOCOL)?.get(&tool.name)
}

fn read_declaration(raw: &RawValue, spelling: &mut Spelling) -> Result<ToolSpec, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let name: String = fields.require("name")?;
    let mut tool = ToolSpec::without_parameters(name);
    tool.description = fields.take("description")?;
    tool.parameters = match spelling.take(&mut fields, JSON_SCHEMA) {
        Some(raw) => Some(raw.into()),
        None => spelling
            .take(&mut fields, OPEN_API_SCHEMA)
            .map(schema::to_json_schema),
    };
    tool.extra = fields.into_extra(PROTOCOL);
    Ok(tool)
}

/// What `toolConfig` says.
#[derive(Debug, Default)]
pub(super) struct ReadConfig {
    pub(super) choice: Option<ToolChoice>,
    /// The fields that the vocabulary has no name for.
    pub(super) rest: Fields,
}

/// Reads the field `toolConfig`.
pub(super) fn read_config(
    raw: &RawValue,
    spelling: &mut Spelling,
) -> Result<ReadConfig, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let choice = spelling
        .take(&mut fields, CALLING)
        .map(|raw| read_choice(raw, spelling))
        .transpose()
        .map_err(|error| error.within(CALLING))?;
    Ok(ReadConfig {
        choice,
        rest: fields.into_rest(),
    })
}

/// Reads a choice. One that the vocabulary has no name for is kept as it is.
fn read_choice(raw: &RawValue, spelling: &mut Spelling) -> Result<ToolChoice, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let mode: Option<String> = fields.take("mode").ok().flatten();
    let allowed: Option<Vec<String>> = spelling
        .take(&mut fields, ALLOWED)
        .map(read_value)
        .transpose()
        .map_err(|error| error.within(ALLOWED))?;
    let mode = mode.unwrap_or_default().to_ascii_uppercase();
    let choice = match (mode.as_str(), allowed.unwrap_or_default().as_slice()) {
        ("AUTO", []) => Some(ToolChoice::Auto),
        ("NONE", []) => Some(ToolChoice::None),
        ("ANY", []) => Some(ToolChoice::Required),
        ("ANY", [name]) => Some(ToolChoice::Tool(name.clone())),
        _ => None,
    };
    let is_all = fields.into_rest().is_empty();
    Ok(choice
        .filter(|_| is_all)
        .unwrap_or_else(|| ToolChoice::Opaque(raw.into())))
}

/// Writes the field `tools` if there are any that can be written.
pub(super) fn write(
    body: &ChatBody,
    origin: Origin,
    spelling: &Spelling,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    let tools: Vec<&ToolSpec> = body
        .tools
        .iter()
        .filter(|tool| has_form(tool, notes))
        .collect();
    if tools.is_empty() {
        return;
    }
    let is_at_google = |tool: &&ToolSpec| field_at_google(tool).is_some();
    object.array(FIELD, |array| {
        // Functions that follow each other stand in one object.
        for run in tools.chunk_by(|one, next| !is_at_google(one) && !is_at_google(next)) {
            array.object(|object| match run {
                [tool] if is_at_google(tool) => {
                    object.optional(&tool.name, field_at_google(tool));
                }
                declared => object.array(&spelling.name(DECLARATIONS), |array| {
                    for tool in declared {
                        write_declaration(tool, origin, spelling, array, notes);
                    }
                }),
            });
        }
    });
}

/// Tells whether a tool can be written: one that runs at a provider of another protocol cannot.
fn has_form(tool: &ToolSpec, notes: &mut Notes) -> bool {
    let is_foreign = |extra: &Extra| extra.origin != PROTOCOL;
    let runs_elsewhere = tool.parameters.is_none() && tool.extra.as_ref().is_some_and(is_foreign);
    if runs_elsewhere {
        notes.loss("tools that run at another provider are left out");
    }
    !runs_elsewhere
}

fn write_declaration(
    tool: &ToolSpec,
    origin: Origin,
    spelling: &Spelling,
    array: &mut ArrayWriter<'_>,
    notes: &mut Notes,
) {
    if tool.strict == Some(true) && !origin.is_own() {
        notes.loss("tool schemas are not enforced: the format has no strict tools");
    }
    notes.leave_out(tool.extra.as_ref(), &PROTOCOL);
    array.object(|object| {
        object
            .field("name", &tool.name)
            .optional("description", tool.description.as_ref())
            .optional(&spelling.name(JSON_SCHEMA), tool.parameters.as_ref())
            .extra(tool.extra.as_ref(), &PROTOCOL);
    });
}

/// Returns the fields of `toolConfig`.
pub(super) fn config(
    body: &ChatBody,
    origin: Origin,
    spelling: &Spelling,
    notes: &mut Notes,
) -> Fields {
    let mut fields = generation::within(body.extra.as_ref(), CONFIG);
    if body.parallel_tool_calls == Some(false) {
        notes.loss("that tools are called one at a time is left out: the format cannot say so");
    }
    if body.tools.is_empty() && !origin.is_own() {
        return fields;
    }
    let calling = match &body.tool_choice {
        None => return fields,
        Some(ToolChoice::Opaque(raw)) if origin.is_own() => raw.clone(),
        Some(ToolChoice::Auto) => calling("AUTO", None, spelling),
        Some(ToolChoice::None) => calling("NONE", None, spelling),
        Some(ToolChoice::Required) => calling("ANY", None, spelling),
        Some(ToolChoice::Tool(name)) => calling("ANY", Some(name), spelling),
        Some(_) => {
            notes.loss("a tool choice of another protocol is left out");
            return fields;
        }
    };
    fields.insert(spelling.name(CALLING).into_owned(), calling);
    fields
}

fn calling(mode: &str, name: Option<&str>, spelling: &Spelling) -> RawJson {
    let mut fields = serde_json::Map::new();
    fields.insert("mode".to_owned(), mode.into());
    if let Some(name) = name {
        let names = serde_json::Value::from(vec![name]);
        fields.insert(spelling.name(ALLOWED).into_owned(), names);
    }
    RawJson::from(serde_json::Value::Object(fields))
}
