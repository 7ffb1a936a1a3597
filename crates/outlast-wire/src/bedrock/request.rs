//! A caller's request.
//!
//! It is read without loss: what the vocabulary has no name for is kept as extra fields of this protocol, so that
//! [`BedrockConverse`](super::BedrockConverse) writes the same request again. A field that is `null` counts as absent.

use std::collections::BTreeMap;

use outlast_types::{ChatBody, Content, Extra, Message, RawJson, ResponseFormat, Role};
use serde_json::value::RawValue;

use super::blocks::read_blocks;
use super::{PROTOCOL, model_fields, settings, tools, top_k};
use crate::json::{FieldError, Object, read_each};

/// The name of a schema that has none: other protocols want one.
const DEFAULT_SCHEMA_NAME: &str = "answer";

/// Reads a request's body, which is for `model`.
pub(super) fn read(document: &[u8], model: &str) -> Result<ChatBody, FieldError> {
    let mut fields = Object::read(document)?;
    let mut body = ChatBody::default();
    body.model = model.to_owned();
    read_messages(&mut fields, &mut body)?;
    let kept = [
        ("toolConfig", read_tool_config(&mut fields, &mut body)?),
        (
            "inferenceConfig",
            read_inference_config(&mut fields, &mut body)?,
        ),
        ("outputConfig", read_output_config(&mut fields, &mut body)?),
    ];
    let raw = fields.get(model_fields::FIELD).map(RawJson::from);
    body.reasoning = raw.as_ref().and_then(model_fields::read_reasoning);
    body.top_k = raw.as_ref().and_then(top_k::read);
    settings::read(&mut fields, &mut body);
    // Even without a field: it tells that the request came in this protocol.
    let mut extra = Extra {
        origin: PROTOCOL,
        fields: fields.into_rest(),
    };
    for (name, rest) in kept {
        if let Some(rest) = rest.and_then(|rest| RawJson::from_value(&rest).ok()) {
            extra.fields.insert(name.to_owned(), rest);
        }
    }
    body.extra = Some(extra);
    Ok(body)
}

fn read_messages(fields: &mut Object<'_>, body: &mut ChatBody) -> Result<(), FieldError> {
    if !is_empty_array(fields, "system")
        && let Some(system) = fields.take_with("system", read_blocks)?
    {
        body.messages.push(Message::system(system));
    }
    let messages = fields.require_with("messages", |raw| read_each(raw, read_message))?;
    body.messages.extend(messages);
    Ok(())
}

fn read_message(raw: &RawValue) -> Result<Message, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let role = match fields.require::<String>("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        other => Role::Other(other.to_owned()),
    };
    let content: Content = fields.require_with("content", read_blocks)?;
    let mut message = Message::new(role, content);
    message.extra = fields.into_extra(PROTOCOL);
    Ok(message)
}

type Rest = Option<BTreeMap<String, RawJson>>;

/// Reads the field `name` with `read`, which takes from it what the vocabulary has a name for. Returns what is left, if
/// that is needed to write the same again: an empty object too, where nothing was taken.
fn read_part<'a>(
    fields: &mut Object<'a>,
    name: &str,
    read: impl FnOnce(&mut Object<'a>) -> Result<bool, FieldError>,
) -> Result<Rest, FieldError> {
    let Some(mut part) = fields.take::<Object<'a>>(name)? else {
        return Ok(None);
    };
    let is_told = read(&mut part).map_err(|error| error.within(name))?;
    let rest = part.into_rest();
    Ok((!is_told || !rest.is_empty()).then_some(rest))
}

fn read_tool_config(fields: &mut Object<'_>, body: &mut ChatBody) -> Result<Rest, FieldError> {
    read_part(fields, "toolConfig", |config| {
        if !is_empty_array(config, "tools") {
            body.tools = config
                .take_each("tools", tools::read_tool)?
                .unwrap_or_default();
        }
        body.tool_choice = config.take_with("toolChoice", tools::read_choice)?;
        Ok(!body.tools.is_empty() || body.tool_choice.is_some())
    })
}

fn read_inference_config(fields: &mut Object<'_>, body: &mut ChatBody) -> Result<Rest, FieldError> {
    read_part(fields, "inferenceConfig", |config| {
        body.max_output_tokens = config.take("maxTokens")?;
        body.temperature = config.take("temperature")?;
        body.top_p = config.take("topP")?;
        if !is_empty_array(config, "stopSequences") {
            body.stop = config.take("stopSequences")?.unwrap_or_default();
        }
        let is_told = body.max_output_tokens.is_some()
            || body.temperature.is_some()
            || body.top_p.is_some()
            || !body.stop.is_empty();
        Ok(is_told)
    })
}

/// Reads the form of the answer. What cannot be written again from that stays where it is.
fn read_output_config(fields: &mut Object<'_>, body: &mut ChatBody) -> Result<Rest, FieldError> {
    read_part(fields, "outputConfig", |config| {
        let Some(format) = config.get("textFormat").and_then(read_format) else {
            return Ok(false);
        };
        body.response_format = Some(format.format);
        if format.is_exact {
            config.take_raw("textFormat");
        }
        Ok(true)
    })
}

struct Format {
    format: ResponseFormat,
    /// Whether writing it gives back what was read.
    is_exact: bool,
}

/// Reads the form of the answer; `None` if the vocabulary has no name for it.
fn read_format(raw: &RawValue) -> Option<Format> {
    let mut format = Object::from_raw(raw).ok()?;
    if format.take::<String>("type").ok()?? != "json_schema" {
        return None;
    }
    let mut structure = format.take::<Object<'_>>("structure").ok()??;
    let mut json = structure.take::<Object<'_>>("jsonSchema").ok()??;
    let schema = RawJson::parse(json.take::<String>("schema").ok()??).ok()?;
    let name = json.take::<String>("name").ok()?;
    let description = json.take("description").ok()?;
    let rest = [format, structure, json];
    let is_exact = name.is_some() && rest.into_iter().all(|rest| rest.into_rest().is_empty());
    Some(Format {
        format: ResponseFormat::JsonSchema {
            name: name.unwrap_or_else(|| DEFAULT_SCHEMA_NAME.to_owned()),
            schema,
            description,
            strict: Some(true),
        },
        is_exact,
    })
}

/// Tells whether a field is `[]`: it means the same as an absent one, and stays where it is to go back as it came.
fn is_empty_array(fields: &Object<'_>, name: &str) -> bool {
    let is_empty = |raw: &RawValue| raw.get().trim_matches(['[', ']']).trim().is_empty();
    fields.get(name).is_some_and(is_empty)
}
