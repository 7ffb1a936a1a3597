//! Reads requests without loss: what the vocabulary has no name for stays among the extra fields.

use bytes::Bytes;
use outlast_types::{
    ChatBody, ChatRequest, Extra, Opaque, RawJson, ReasoningConfig, ResponseFormat, ToolChoice,
    ToolSpec,
};
use serde_json::value::RawValue;

use super::super::{PROTOCOL, reasoning_config, settings, spelling};
use super::message;
use crate::Incoming;
use crate::json::{FieldError, Object, Shape, read_value, shape};

/// Reads a request's body.
pub(super) fn read(body: &Bytes) -> Result<Incoming, FieldError> {
    let mut object = Object::read(body)?;
    let mode = spelling::take_mode(&mut object)?;
    let mut body = ChatBody::default();
    body.model = spelling::take_text(&mut object, "model")?.unwrap_or_default();
    body.messages = object
        .take_each("messages", message::read)?
        .ok_or_else(|| FieldError::new("required field is missing").within("messages"))?;
    body.tools = spelling::take_list(&mut object, "tools", read_tool)?;
    body.tool_choice = spelling::take_some(&mut object, "tool_choice", read_choice)?;
    body.parallel_tool_calls = spelling::take(&mut object, "parallel_tool_calls")?;
    body.response_format = spelling::take_some(&mut object, "response_format", read_format)?;
    body.max_output_tokens = read_max_tokens(&object)?;
    body.temperature = spelling::take(&mut object, "temperature")?;
    body.top_p = spelling::take(&mut object, "top_p")?;
    body.stop = read_stop(&mut object)?;
    body.seed = spelling::take(&mut object, "seed")?;
    body.n = spelling::take(&mut object, "n")?;
    settings::read(&mut object, &mut body);
    body.reasoning = read_reasoning(&mut object);
    // Even without fields: it tells in which protocol the request came.
    body.extra = Some(Extra {
        origin: PROTOCOL,
        fields: object.into_rest(),
    });
    Ok(Incoming {
        request: ChatRequest::from_body(body),
        mode,
    })
}

/// Reads the limit from either of its fields. Both stay where they are, for a target that takes only the one.
fn read_max_tokens(object: &Object<'_>) -> Result<Option<u64>, FieldError> {
    let read = |name| -> Result<Option<u64>, FieldError> {
        match object.get(name) {
            Some(raw) => read_value(raw).map_err(|error| error.within(name)),
            None => Ok(None),
        }
    };
    Ok(read("max_completion_tokens")?.or(read("max_tokens")?))
}

/// Reads `stop`, a text or several.
fn read_stop(object: &mut Object<'_>) -> Result<Vec<String>, FieldError> {
    match object.get("stop") {
        None => Ok(Vec::new()),
        Some(raw) => match shape(raw) {
            Shape::Null => Ok(Vec::new()),
            Shape::String => read_value(raw)
                .map(|one| vec![one])
                .map_err(|error| error.within("stop")),
            Shape::Array => spelling::take_list(object, "stop", read_value),
            _ => Err(FieldError::new("expected a string or an array of strings").within("stop")),
        },
    }
}

/// Reads how much to think. The fields stay with it as they are, unless it is `reasoning_effort` alone.
fn read_reasoning(object: &mut Object<'_>) -> Option<ReasoningConfig> {
    const FIELDS: [&str; 3] = ["reasoning", "reasoning_effort", "thinking"];

    let mut config = reasoning_config::read_fields(|name| object.get(name));
    if config == ReasoningConfig::default() {
        return None;
    }
    let fields: std::collections::BTreeMap<String, RawJson> = FIELDS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), object.take_raw(name)?.into())))
        .collect();
    let plain = fields.len() == 1 && fields.contains_key("reasoning_effort");
    if !plain {
        config.extra = Extra::from_fields(PROTOCOL, fields);
    }
    Some(config)
}

/// Reads a tool. One that is no function is nothing but its own fields.
fn read_tool(raw: &RawValue) -> Result<ToolSpec, FieldError> {
    let mut tool = Object::from_raw(raw)?;
    let kind = tool.get("type").map(RawValue::get);
    let is_function = kind.is_none_or(|kind| kind == "\"function\"");
    if !is_function || tool.get("function").is_none() {
        let mut spec = nameless_tool();
        spec.extra = tool.into_extra(PROTOCOL);
        return Ok(spec);
    }
    let without_type = kind.is_none();
    tool.take_raw("type");
    let mut spec = tool.require_with("function", read_function)?;
    let mut fields = tool.into_rest();
    if without_type {
        fields.insert("type".to_owned(), RawJson::from(serde_json::Value::Null));
    }
    if let Some(inner) = spec.extra.take() {
        // The fields of the inner object, under its name.
        let inner = RawJson::from_value(&inner.fields)
            .map_err(|_| FieldError::new("expected an object").within("function"))?;
        fields.insert("function".to_owned(), inner);
    }
    spec.extra = Extra::from_fields(PROTOCOL, fields);
    Ok(spec)
}

fn nameless_tool() -> ToolSpec {
    let mut spec = ToolSpec::new("", RawJson::from(serde_json::Value::Null));
    spec.parameters = None;
    spec
}

fn read_function(raw: &RawValue) -> Result<ToolSpec, FieldError> {
    let mut function = Object::from_raw(raw)?;
    let mut spec = nameless_tool();
    spec.name = function.require("name")?;
    spec.description = spelling::take_text(&mut function, "description")?;
    spec.parameters =
        spelling::take_some(&mut function, "parameters", |raw| Ok(RawJson::from(raw)))?;
    spec.strict = spelling::take(&mut function, "strict")?;
    spec.extra = function.into_extra(PROTOCOL);
    Ok(spec)
}

fn read_choice(raw: &RawValue) -> Result<ToolChoice, FieldError> {
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

/// Returns the name in `{"type": "function", "function": {"name": "f"}}` if there is nothing else in it.
fn named_tool(raw: &RawValue) -> Option<String> {
    let mut choice = Object::from_raw(raw).ok()?;
    let is_function = choice.take_raw("type")?.get() == "\"function\"";
    let mut function = Object::from_raw(choice.take_raw("function")?).ok()?;
    let name = function.take("name").ok()??;
    let is_all = choice.into_rest().is_empty() && function.into_rest().is_empty();
    (is_function && is_all).then_some(name)
}

fn read_format(raw: &RawValue) -> Result<ResponseFormat, FieldError> {
    let mut format = Object::from_raw(raw)?;
    let kind = format.require::<String>("type")?;
    let schema = match kind.as_str() {
        "json_schema" => format.take_raw("json_schema").and_then(read_schema),
        "json_object" => Some(ResponseFormat::JsonObject),
        "text" => Some(ResponseFormat::Text),
        _ => None,
    };
    match schema {
        Some(read) if format.into_rest().is_empty() => Ok(read),
        _ => Ok(ResponseFormat::Opaque(Opaque {
            origin: PROTOCOL,
            raw: raw.into(),
        })),
    }
}

/// Reads the description of a schema if the vocabulary has a name for all of it.
fn read_schema(raw: &RawValue) -> Option<ResponseFormat> {
    let mut spec = Object::from_raw(raw).ok()?;
    let format = ResponseFormat::JsonSchema {
        name: spec.require("name").ok()?,
        schema: spec.take_raw("schema")?.into(),
        description: spelling::take_text(&mut spec, "description").ok()?,
        strict: spelling::take(&mut spec, "strict").ok()?,
    };
    spec.into_rest().is_empty().then_some(format)
}
