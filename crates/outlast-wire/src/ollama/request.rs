//! Reads requests without loss: what the vocabulary has no name for stays among the extra fields.

use bytes::Bytes;
use outlast_types::{
    ChatBody, ChatRequest, Error, Extra, Mode, RawJson, ReasoningConfig, ReasoningEffort,
    ResponseFormat,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{PROTOCOL, message};
use crate::Incoming;
use crate::function_tool;
use crate::json::{FieldError, Object, Shape, shape};
use crate::openai::spelling;

/// Reads a request to `/api/chat`. It fails with `ErrorKind::InvalidRequest` and a message that names the field.
///
/// Written again by [`OllamaChat`](super::OllamaChat) it is the same JSON, the order of fields aside.
pub fn decode_request(body: &Bytes) -> Result<Incoming, Error> {
    Ok(read(body)?)
}

fn read(body: &Bytes) -> Result<Incoming, FieldError> {
    let mut object = Object::read(body)?;
    // A request that does not say gets a stream.
    let mode = match object.get("stream").map(RawValue::get) {
        Some("false") => Mode::Unary,
        _ => Mode::Stream,
    };
    let mut body = ChatBody::default();
    body.model = spelling::take_text(&mut object, "model")?.unwrap_or_default();
    if object
        .get("messages")
        .is_some_and(|raw| !matches!(raw.get(), "null" | "[]"))
    {
        body.messages = object
            .take_each("messages", message::read)?
            .unwrap_or_default();
    }
    if object
        .get("tools")
        .is_some_and(|raw| !matches!(raw.get(), "null" | "[]"))
    {
        let tools = object.take_each("tools", |raw| function_tool::read(raw, &PROTOCOL))?;
        body.tools = tools.unwrap_or_default();
    }
    body.response_format = object.get("format").and_then(read_format);
    body.reasoning = object.get("think").and_then(read_think);
    if let Some(raw) = object.get("options") {
        read_options(raw).put_into(&mut body);
    }
    body.logprobs = spelling::take_readable(&mut object, "logprobs");
    body.top_logprobs = spelling::take_readable(&mut object, "top_logprobs");
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

/// Reads `format`: the word `json`, or a schema. An empty text is none.
pub(super) fn read_format(raw: &RawValue) -> Option<ResponseFormat> {
    match shape(raw) {
        Shape::String if raw.get() == "\"json\"" => Some(ResponseFormat::JsonObject),
        Shape::Object => Some(ResponseFormat::JsonSchema {
            // The format has no name for a schema; others require one.
            name: "answer".to_owned(),
            schema: RawJson::from(raw),
            description: None,
            strict: None,
        }),
        _ => None,
    }
}

/// Reads `think`: whether, or how much.
pub(super) fn read_think(raw: &RawValue) -> Option<ReasoningConfig> {
    let mut config = ReasoningConfig::default();
    match shape(raw) {
        Shape::Bool => config.enabled = Some(raw.get() == "true"),
        Shape::String => {
            let word: String = serde_json::from_str(raw.get()).ok()?;
            config.effort = Some(match word.as_str() {
                "low" => ReasoningEffort::Low,
                "medium" => ReasoningEffort::Medium,
                "high" => ReasoningEffort::High,
                _ => ReasoningEffort::Other(word),
            });
        }
        _ => return None,
    }
    Some(config)
}

/// The options that the vocabulary has a name for, as far as they can be read: a limit of -1 is none.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Options {
    pub(super) num_predict: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) top_k: Option<u64>,
    pub(super) frequency_penalty: Option<f64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) seed: Option<i64>,
    pub(super) stop: Vec<String>,
}

/// Reads `options`.
pub(super) fn read_options(raw: &RawValue) -> Options {
    let Ok(fields) = Object::from_raw(raw) else {
        return Options::default();
    };
    Options {
        num_predict: field(&fields, "num_predict"),
        temperature: field(&fields, "temperature"),
        top_p: field(&fields, "top_p"),
        top_k: field(&fields, "top_k"),
        frequency_penalty: field(&fields, "frequency_penalty"),
        presence_penalty: field(&fields, "presence_penalty"),
        seed: field(&fields, "seed"),
        stop: field(&fields, "stop").unwrap_or_default(),
    }
}

fn field<T: for<'a> Deserialize<'a>>(fields: &Object<'_>, name: &str) -> Option<T> {
    serde_json::from_str(fields.get(name)?.get()).ok()
}

impl Options {
    /// Returns the options of a request.
    pub(super) fn of(body: &ChatBody) -> Self {
        Self {
            num_predict: body.max_output_tokens,
            temperature: body.temperature,
            top_p: body.top_p,
            top_k: body.top_k,
            frequency_penalty: body.frequency_penalty,
            presence_penalty: body.presence_penalty,
            seed: body.seed,
            stop: body.stop.clone(),
        }
    }

    fn put_into(self, body: &mut ChatBody) {
        body.max_output_tokens = self.num_predict;
        body.temperature = self.temperature;
        body.top_p = self.top_p;
        body.top_k = self.top_k;
        body.frequency_penalty = self.frequency_penalty;
        body.presence_penalty = self.presence_penalty;
        body.seed = self.seed;
        body.stop = self.stop;
    }
}
