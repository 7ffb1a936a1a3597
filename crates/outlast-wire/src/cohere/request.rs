//! Reads requests without loss: what the vocabulary has no name for stays among the extra fields.

use bytes::Bytes;
use outlast_types::{
    ChatBody, ChatRequest, Error, Extra, Mode, Opaque, RawJson, ReasoningConfig, ResponseFormat,
    ToolChoice,
};
use serde_json::value::RawValue;

use super::{PROTOCOL, message};
use crate::Incoming;
use crate::function_tool;
use crate::json::{FieldError, Object};
use crate::openai::spelling;

/// Reads a request to `/v2/chat`. It fails with `ErrorKind::InvalidRequest` and a message that names the field.
///
/// Written again by [`CohereChat`](super::CohereChat) it is the same JSON, the order of fields aside.
pub fn decode_request(body: &Bytes) -> Result<Incoming, Error> {
    Ok(read(body)?)
}

fn read(body: &Bytes) -> Result<Incoming, FieldError> {
    let mut object = Object::read(body)?;
    let mode = if object.get("stream").is_some_and(|raw| raw.get() == "true") {
        object.take_raw("stream");
        Mode::Stream
    } else {
        Mode::Unary
    };
    let mut body = ChatBody::default();
    body.model = spelling::take_text(&mut object, "model")?.unwrap_or_default();
    body.messages = object
        .take_each("messages", message::read)?
        .ok_or_else(|| FieldError::new("required field is missing").within("messages"))?;
    if object
        .get("tools")
        .is_some_and(|raw| !matches!(raw.get(), "null" | "[]"))
    {
        let tools = object.take_each("tools", |raw| function_tool::read(raw, &PROTOCOL))?;
        body.tools = tools.unwrap_or_default();
    }
    body.tool_choice = read_choice(&mut object);
    body.response_format = read_format(&mut object);
    body.max_output_tokens = spelling::take(&mut object, "max_tokens")?;
    body.temperature = spelling::take(&mut object, "temperature")?;
    body.top_p = spelling::take(&mut object, "p")?;
    body.top_k = spelling::take_readable(&mut object, "k");
    body.frequency_penalty = spelling::take_readable(&mut object, "frequency_penalty");
    body.presence_penalty = spelling::take_readable(&mut object, "presence_penalty");
    body.logprobs = spelling::take_readable(&mut object, "logprobs");
    body.seed = spelling::take(&mut object, "seed")?;
    if object
        .get("stop_sequences")
        .is_some_and(|raw| raw.get() != "[]")
    {
        body.stop = spelling::take(&mut object, "stop_sequences")?.unwrap_or_default();
    }
    body.reasoning = read_thinking(&mut object);
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

fn read_choice(object: &mut Object<'_>) -> Option<ToolChoice> {
    let raw = object
        .get("tool_choice")
        .filter(|raw| raw.get() != "null")?;
    object.take_raw("tool_choice");
    Some(match raw.get() {
        "\"REQUIRED\"" => ToolChoice::Required,
        "\"NONE\"" => ToolChoice::None,
        _ => ToolChoice::Opaque(raw.into()),
    })
}

fn read_format(object: &mut Object<'_>) -> Option<ResponseFormat> {
    let raw = object
        .get("response_format")
        .filter(|raw| raw.get() != "null")?;
    object.take_raw("response_format");
    Some(known_format(raw).unwrap_or_else(|| {
        ResponseFormat::Opaque(Opaque {
            origin: PROTOCOL,
            raw: raw.into(),
        })
    }))
}

fn known_format(raw: &RawValue) -> Option<ResponseFormat> {
    let mut format = Object::from_raw(raw).ok()?;
    let kind: String = format.take("type").ok()??;
    let schema = format.take_raw("json_schema").map(RawJson::from);
    let read = match (kind.as_str(), schema) {
        ("text", None) => ResponseFormat::Text,
        ("json_object", None) => ResponseFormat::JsonObject,
        ("json_object", Some(schema)) => ResponseFormat::JsonSchema {
            // The format has no name for a schema; others require one.
            name: "answer".to_owned(),
            schema,
            description: None,
            strict: None,
        },
        _ => return None,
    };
    format.into_rest().is_empty().then_some(read)
}

fn read_thinking(object: &mut Object<'_>) -> Option<ReasoningConfig> {
    let raw = object.get("thinking")?;
    let mut config = thinking(raw)?;
    object.take_raw("thinking");
    config.extra = Some(Extra {
        origin: PROTOCOL,
        fields: [("thinking".to_owned(), RawJson::from(raw))].into(),
    });
    Some(config)
}

/// Reads the value of `thinking`.
pub(super) fn thinking(raw: &RawValue) -> Option<ReasoningConfig> {
    let mut fields = Object::from_raw(raw).ok()?;
    let kind: Option<String> = fields.take("type").ok()?;
    let mut config = ReasoningConfig::default();
    config.enabled = Some(kind.as_deref() != Some("disabled"));
    config.budget_tokens = fields.take("token_budget").ok()?;
    Some(config)
}
