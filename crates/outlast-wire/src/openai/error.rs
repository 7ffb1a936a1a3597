//! Error bodies in all the shapes that OpenAI-compatible providers send.
//!
//! | shape | who |
//! |---|---|
//! | `{"error": {"message", "type", "param", "code"}}` | OpenAI, DeepSeek, Groq, Together, llama.cpp (`code` is a number) |
//! | `{"error": {"code", "message", "innererror"}}` | Azure |
//! | `{"error": {"code", "message", "metadata": {"raw", ...}}}` | OpenRouter; `raw` is the body of the provider behind it |
//! | `{"error": {"code", "message", "status", "details"}}`, also in an array | Gemini's compatible endpoint |
//! | `{"object": "error", "message", "type", "code"}`, `{"code", "message", "type"}` | Mistral, vLLM, Doubleword |
//! | `{"code", "error": "text"}`, `{"error": "text"}` | xAI, Ollama, Venice |
//! | `{"detail": "text"}`, `{"detail": [{"loc", "msg"}]}` | Mistral, everybody with FastAPI |
//! | `{"errors": [{"code", "message"}]}` | Cloudflare |
//!
//! What they mean is decided in [`crate::error`], the same for all protocols.

use outlast_types::{Error, ErrorKind};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::ErrorReply;
use crate::error::ErrorBody;

/// The most characters of a provider's message that are kept.
const MAX_MESSAGE: usize = 4096;

/// How deep errors inside errors are followed.
const MAX_DEPTH: u8 = 4;

/// Reads a reply with an error status.
pub(crate) fn read(reply: &ErrorReply<'_>) -> Error {
    let Ok(value) = serde_json::from_slice::<Value>(reply.body) else {
        return ErrorBody::from_text(reply.body).into_error(reply);
    };
    let error = read_value(&value, MAX_DEPTH).into_error(reply);
    match kind_in_metadata(&value) {
        Some(kind) => error.with_kind(kind),
        None => error,
    }
}

/// Reads the data of a stream's frame that is an error.
pub(crate) fn in_stream(data: &str) -> Error {
    in_document(data, ErrorKind::StreamBroken)
}

/// Reads the `error` of the chunk `data`, or of a choice in it.
pub(crate) fn in_stream_value(error: &RawValue, data: &str) -> Error {
    in_field(error, data, ErrorKind::StreamBroken)
}

/// Reads the `error` of the unary reply `body`, or of a choice in it.
pub(crate) fn in_body_value(error: &RawValue, body: &str) -> Error {
    in_field(error, body, ErrorKind::Server)
}

/// Makes the error of a reply whose `finish_reason` says that the provider failed.
pub(crate) fn in_finish_reason(kind: ErrorKind, reason: &str) -> Error {
    let body = ErrorBody {
        code: Some(reason.to_owned()),
        message: Some("the provider gave the answer up".to_owned()),
        ..ErrorBody::default()
    };
    body.into_error_in_reply(kind).with_kind(kind)
}

/// Tells whether the value of a field `error` is one: some providers always send the field.
pub(crate) fn is_error(raw: &RawValue) -> bool {
    !matches!(raw.get(), "null" | "false" | "{}" | "[]" | "\"\"" | "0")
}

/// Reads a document that is an error although it has no field `error`; `None` if it is none.
pub(crate) fn disguised(document: &str) -> Option<Error> {
    let value: Value = serde_json::from_str(document).ok()?;
    let is_error = match &value {
        Value::Object(fields) => {
            !["choices", "id"]
                .iter()
                .any(|name| fields.contains_key(*name))
                && ["detail", "error", "errors", "message"]
                    .iter()
                    .any(|name| fields.get(*name).is_some_and(|value| !value.is_null()))
                || fields.get("object").and_then(Value::as_str) == Some("error")
        }
        Value::Array(items) => items.iter().any(|item| item.get("error").is_some()),
        _ => false,
    };
    is_error.then(|| in_document(document, ErrorKind::Server))
}

/// Reads a document that is an error; `otherwise` is its kind if it does not tell.
pub(crate) fn in_document(document: &str, otherwise: ErrorKind) -> Error {
    match serde_json::from_str::<Value>(document) {
        Ok(value) => make(&value, otherwise),
        Err(_) => ErrorBody {
            message: Some(shorten(document)),
            ..ErrorBody::default()
        }
        .into_error_in_reply(otherwise),
    }
}

/// Reads the value of a field `error`; the document around it may have its code.
fn in_field(error: &RawValue, document: &str, otherwise: ErrorKind) -> Error {
    let Ok(error) = serde_json::from_str::<Value>(error.get()) else {
        return in_document(document, otherwise);
    };
    let around: Value = serde_json::from_str(document).unwrap_or_default();
    let value = match around {
        Value::Object(mut fields) => {
            // An error of a choice is put where an error of the whole reply is.
            fields.insert("error".to_owned(), error);
            Value::Object(fields)
        }
        _ => error,
    };
    make(&value, otherwise)
}

fn make(value: &Value, otherwise: ErrorKind) -> Error {
    let error = read_value(value, MAX_DEPTH).into_error_in_reply(otherwise);
    match kind_in_metadata(value) {
        Some(kind) => error.with_kind(kind),
        None => error,
    }
}

/// Reads what OpenRouter says beside code and message, where it changes what they mean.
fn kind_in_metadata(value: &Value) -> Option<ErrorKind> {
    let metadata = value.pointer("/error/metadata")?;
    // A 402 that is over as soon as other calls under way are.
    if metadata.get("limit_source").and_then(Value::as_str) == Some("openrouter_in_flight_budget") {
        return Some(ErrorKind::RateLimited);
    }
    metadata
        .get("flagged_input")
        .map(|_| ErrorKind::ContentPolicy)
}

fn read_value(value: &Value, depth: u8) -> ErrorBody {
    match value {
        Value::String(text) => ErrorBody {
            message: Some(shorten(text)),
            ..ErrorBody::default()
        },
        Value::Array(items) => items
            .first()
            .filter(|_| depth > 0)
            .map(|item| read_value(item, depth - 1))
            .unwrap_or_default(),
        Value::Object(fields) => read_fields(fields, depth),
        _ => ErrorBody::default(),
    }
}

fn read_fields(fields: &Map<String, Value>, depth: u8) -> ErrorBody {
    let own = ErrorBody {
        code: scalar(fields.get("code")),
        kind: ["type", "error_type", "status"]
            .iter()
            .find_map(|name| text(fields.get(*name))),
        message: fields
            .get("message")
            .or_else(|| fields.get("detail"))
            .and_then(words),
        request_id: text(fields.get("request_id")),
    };
    let inner = ["error", "errors"]
        .iter()
        .filter_map(|name| fields.get(*name))
        .find(|value| !value.is_null());
    match inner {
        Some(inner) if depth > 0 => merge(read_value(inner, depth - 1), own),
        _ => merge(behind(fields, depth), own),
    }
}

/// Reads what stands behind a message that says little: the error of the provider behind a reseller (`metadata.raw`,
/// a JSON text), or Google's reason.
fn behind(fields: &Map<String, Value>, depth: u8) -> ErrorBody {
    let metadata = fields.get("metadata");
    let raw = metadata.and_then(|metadata| metadata.get("raw"));
    let mut body = match raw {
        Some(Value::String(json)) if depth > 0 => serde_json::from_str(json)
            .map(|value: Value| read_value(&value, depth - 1))
            .unwrap_or_else(|_| read_value(&Value::String(json.clone()), depth)),
        Some(raw) if depth > 0 => read_value(raw, depth - 1),
        _ => ErrorBody::default(),
    };
    if body.code.is_none() {
        body.code = fields
            .get("details")
            .and_then(Value::as_array)
            .and_then(|details| details.iter().find_map(|detail| text(detail.get("reason"))));
    }
    if body.kind.is_none() {
        body.kind = metadata.and_then(|metadata| text(metadata.get("error_type")));
    }
    body
}

/// Takes from `outer` what `inner` does not say.
fn merge(inner: ErrorBody, outer: ErrorBody) -> ErrorBody {
    ErrorBody {
        code: inner.code.or(outer.code),
        kind: inner.kind.or(outer.kind),
        message: inner.message.or(outer.message),
        request_id: inner.request_id.or(outer.request_id),
    }
}

fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        value => text(Some(value)),
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    (!text.is_empty()).then(|| shorten(text))
}

/// Reads a message: a text, or FastAPI's list of `{"loc": ["body", "model"], "msg": "Field required"}`.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(words).collect();
            (!items.is_empty()).then(|| shorten(&items.join("; ")))
        }
        Value::Object(fields) => match (fields.get("msg"), fields.get("detail")) {
            (Some(message), _) => Some(format!("{}{}", place(fields), text(Some(message))?)),
            (None, Some(detail)) => words(detail),
            (None, None) => text(fields.get("message")),
        },
        value => text(Some(value)),
    }
}

fn place(fields: &Map<String, Value>) -> String {
    let steps: Vec<String> = fields
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|step| scalar(Some(step)))
        .collect();
    if steps.is_empty() {
        String::new()
    } else {
        format!("{}: ", steps.join("."))
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(MAX_MESSAGE).collect()
}
