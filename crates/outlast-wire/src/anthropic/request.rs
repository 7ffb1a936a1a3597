//! A caller's request.
//!
//! It is read without loss: what the vocabulary has no name for is kept as extra fields of this protocol, so that
//! [`AnthropicMessages`](super::AnthropicMessages) writes the same request again. A field that is `null` counts as
//! absent.

use bytes::Bytes;
use outlast_types::{ChatBody, ChatRequest, Extra, Message, Mode, RawJson, ResponseFormat, Role};
use serde_json::value::RawValue;

use super::blocks::read_content;
use super::{PROTOCOL, settings, thinking, tools};
use crate::Incoming;
use crate::json::{FieldError, Object, read_each, read_value};
use crate::openai::spelling::take_readable;

/// The name of a schema that has none: other protocols want one.
const DEFAULT_SCHEMA_NAME: &str = "answer";

/// The longest name of a schema that other protocols take.
const MAX_SCHEMA_NAME: usize = 64;

/// Reads a request's body.
pub(super) fn read(document: &Bytes) -> Result<Incoming, FieldError> {
    let mut fields = Object::read(document)?;
    let mut body = ChatBody::default();
    body.model = fields.require("model")?;
    body.max_output_tokens = Some(fields.require("max_tokens")?);
    read_fields(fields, body)
}

/// Reads the body of a request whose tokens are to be counted: it need not limit an answer.
pub(super) fn read_count(document: &Bytes) -> Result<ChatRequest, FieldError> {
    let mut fields = Object::read(document)?;
    let mut body = ChatBody::default();
    body.model = fields.require("model")?;
    body.max_output_tokens = fields.take("max_tokens")?;
    Ok(read_fields(fields, body)?.request)
}

fn read_fields(mut fields: Object<'_>, mut body: ChatBody) -> Result<Incoming, FieldError> {
    read_messages(&mut fields, &mut body)?;
    read_tools(&mut fields, &mut body)?;
    body.temperature = fields.take("temperature")?;
    body.top_p = fields.take("top_p")?;
    body.top_k = take_readable(&mut fields, "top_k");
    if !is_empty_array(&fields, "stop_sequences") {
        body.stop = fields.take("stop_sequences")?.unwrap_or_default();
    }
    let output_config = read_output_config(&mut fields, &mut body)?;
    let metadata = settings::read(&mut fields, &mut body);
    let mode = read_mode(&mut fields)?;
    // Even without a field: it tells that the request came in this protocol.
    let mut extra = Extra {
        origin: PROTOCOL,
        fields: fields.into_rest(),
    };
    if let Some(rest) = output_config {
        extra.fields.insert("output_config".to_owned(), rest);
    }
    if let Some(rest) = metadata {
        extra.fields.insert(settings::METADATA.to_owned(), rest);
    }
    body.extra = Some(extra);
    Ok(Incoming {
        request: ChatRequest::from_body(body),
        mode,
    })
}

fn read_messages(fields: &mut Object<'_>, body: &mut ChatBody) -> Result<(), FieldError> {
    if let Some(system) = fields.take_with("system", read_content)? {
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
        "system" => Role::System,
        other => Role::Other(other.to_owned()),
    };
    let mut message = Message::new(role, fields.require_with("content", read_content)?);
    message.extra = fields.into_extra(PROTOCOL);
    Ok(message)
}

fn read_tools(fields: &mut Object<'_>, body: &mut ChatBody) -> Result<(), FieldError> {
    if !is_empty_array(fields, "tools") {
        body.tools = fields
            .take_each("tools", tools::read_tool)?
            .unwrap_or_default();
    }
    let choice = fields
        .take_with("tool_choice", tools::read_choice)?
        .unwrap_or_default();
    body.tool_choice = choice.choice;
    body.parallel_tool_calls = choice.parallel;
    Ok(())
}

/// Tells whether a field is `[]`: it means the same as an absent one, and stays where it is to go back as it came.
fn is_empty_array(fields: &Object<'_>, name: &str) -> bool {
    let is_empty = |raw: &RawValue| raw.get().trim_matches(['[', ']']).trim().is_empty();
    fields.get(name).is_some_and(is_empty)
}

/// Reads `thinking`, and `output_config` with the effort and the form of the answer. Returns what else is in the latter.
fn read_output_config(
    fields: &mut Object<'_>,
    body: &mut ChatBody,
) -> Result<Option<RawJson>, FieldError> {
    let mut effort = None;
    let mut rest = None;
    if let Some(mut config) = fields.take::<Object<'_>>("output_config")? {
        let within = |error: FieldError| error.within("output_config");
        effort = config.take::<String>("effort").map_err(within)?;
        if let Some(format) = read_format(config.get("format")) {
            body.response_format = Some(format.format);
            if format.is_exact {
                config.take_raw("format");
            }
        }
        let others = config.into_rest();
        let is_told = effort.is_some() || body.response_format.is_some();
        if !others.is_empty() || !is_told {
            rest = RawJson::from_value(&others).ok();
        }
    }
    // The field's name while it was a beta. It stays where it is, to go back under that name.
    if let Some(format) = read_format(fields.get("output_format")) {
        body.response_format = Some(format.format);
    }
    let thinking = fields.take::<Object<'_>>("thinking")?;
    body.reasoning =
        thinking::read(thinking, effort.as_deref()).map_err(|error| error.within("thinking"))?;
    Ok(rest)
}

struct Format {
    format: ResponseFormat,
    /// Whether writing it gives back what was read.
    is_exact: bool,
}

/// Reads the form of the answer; `None` if the vocabulary has no name for it.
fn read_format(raw: Option<&RawValue>) -> Option<Format> {
    let mut fields = Object::from_raw(raw?).ok()?;
    if fields.take::<String>("type").ok()?? != "json_schema" {
        return None;
    }
    let schema = fields.take_raw("schema")?;
    Some(Format {
        format: ResponseFormat::JsonSchema {
            name: schema_name(schema),
            schema: schema.into(),
            description: None,
            strict: Some(true),
        },
        is_exact: fields.into_rest().is_empty(),
    })
}

/// Makes a name for a schema of its title: other protocols want one, of letters, digits, `_` and `-`.
fn schema_name(schema: &RawValue) -> String {
    let title = Object::from_raw(schema)
        .and_then(|mut schema| schema.take::<String>("title"))
        .ok()
        .flatten()
        .unwrap_or_default();
    let name: String = title
        .chars()
        .take(MAX_SCHEMA_NAME)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
            _ => '_',
        })
        .collect();
    if name.is_empty() {
        DEFAULT_SCHEMA_NAME.to_owned()
    } else {
        name
    }
}

fn read_mode(fields: &mut Object<'_>) -> Result<Mode, FieldError> {
    match fields.get("stream").map(read_value::<Option<bool>>) {
        Some(Ok(Some(true))) => {
            fields.take_raw("stream");
            Ok(Mode::Stream)
        }
        Some(Err(error)) => Err(error.within("stream")),
        _ => Ok(Mode::Unary),
    }
}
