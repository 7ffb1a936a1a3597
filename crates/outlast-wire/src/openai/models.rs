//! The models of an account: `GET /v1/models` and `GET /v1/models/{id}`.
//!
//! Providers agree on `id`, and on little else:
//!
//! | the list | who |
//! |---|---|
//! | `{"object": "list", "data": [...]}` | nearly all |
//! | `[...]` | Together |
//! | `{"models": [...]}`, with `model` for `id` | Ollama's own API |
//! | `{"data": [...], "links": {"next": ...}}` | OpenRouter: there may be a next page |
//!
//! What a model can hold is `context_length` (OpenRouter, Together), `context_window` (Groq), `max_context_length`
//! (Mistral), `max_model_len` (vLLM), `meta.n_ctx` (llama.cpp) or among `capabilities.limits` (GitHub Copilot).

use bytes::Bytes;
use http::uri::PathAndQuery;
use outlast_types::{Error, ErrorKind, ModelInfo, ModelPage, ModelRequest, ModelsRequest};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::encode::get;
use super::{OpenAiChat, PROTOCOL, error};
use crate::error::malformed;
use crate::json::{FieldError, Object, Shape, read_each, read_value, shape};
use crate::path::item;
use crate::{EncodeOptions, Encoded, UnaryCodec};

impl UnaryCodec<ModelsRequest> for OpenAiChat {
    type Reply = ModelPage;

    fn encode_unary(
        &self,
        request: &ModelsRequest,
        _options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        let path = match &request.after {
            None => PathAndQuery::from_static("/models"),
            Some(query) => PathAndQuery::try_from(format!("/models?{query}"))
                .map_err(|_| malformed("the address of the next page is no address"))?,
        };
        Ok(get(path))
    }

    fn read_unary(&self, _request: &ModelsRequest, body: &Bytes) -> Result<ModelPage, Error> {
        let document: &RawValue =
            serde_json::from_slice(body).map_err(|error| crate::error::malformed_json(&error))?;
        if shape(document) == Shape::Array {
            if let Some(error) = error::disguised(document.get()) {
                return Err(error);
            }
            let models = read_each(document, read_model).map_err(unreadable)?;
            return Ok(ModelPage::new(models));
        }
        let mut fields = object(body)?;
        let name = if fields.get("data").is_some() {
            "data"
        } else {
            "models"
        };
        let models = fields
            .require_with(name, |raw| read_each(raw, read_model))
            .map_err(unreadable)?;
        Ok(ModelPage::new(models).with_next(next_page(&mut fields)))
    }
}

impl UnaryCodec<ModelRequest> for OpenAiChat {
    type Reply = ModelInfo;

    fn encode_unary(
        &self,
        request: &ModelRequest,
        _options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        Ok(get(item("/models", &request.id)?))
    }

    fn read_unary(&self, _request: &ModelRequest, body: &Bytes) -> Result<ModelInfo, Error> {
        object(body).and_then(|fields| read_fields(fields).map_err(unreadable))
    }
}

/// Reads a reply's body, unless it is an error.
pub(super) fn object(body: &Bytes) -> Result<Object<'_>, Error> {
    let fields = Object::read(body).map_err(unreadable)?;
    let document = || String::from_utf8_lossy(body);
    if let Some(raw) = fields.get("error").filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, &document()));
    }
    let is_data = ["data", "id", "models"]
        .iter()
        .any(|name| fields.get(name).is_some());
    match error::disguised(&document()).filter(|_| !is_data) {
        Some(error) => Err(error),
        None => Ok(fields),
    }
}

fn unreadable(error: FieldError) -> Error {
    error.into_error(ErrorKind::Malformed)
}

/// Returns the query of the next page's address.
fn next_page(fields: &mut Object<'_>) -> Option<String> {
    let mut links: Object<'_> = fields.take("links").ok()??;
    let next: String = links.take("next").ok()??;
    let (_, query) = next.split_once('?')?;
    Some(query.to_owned())
}

fn read_model(raw: &RawValue) -> Result<ModelInfo, FieldError> {
    read_fields(Object::from_raw(raw)?)
}

fn read_fields(mut fields: Object<'_>) -> Result<ModelInfo, FieldError> {
    let name = ["id", "model", "name"]
        .into_iter()
        .find(|name| fields.get(name).is_some())
        .unwrap_or("id");
    let mut model = ModelInfo::new(fields.require::<String>(name)?);
    model.context_tokens = first_count(&fields, &CONTEXT);
    model.max_output_tokens = first_count(&fields, &MAX_OUTPUT);
    model.aliases = fields.take("aliases").ok().flatten().unwrap_or_default();
    model.display_name = ["display_name", "name"]
        .iter()
        .find_map(|name| fields.take(name).ok().flatten());
    let created: Option<i64> = fields.take("created").ok().flatten();
    // What is not known is 0 there.
    model.created = created.filter(|at| *at > 0);
    fields.take_raw("object");
    model.extra = fields.into_extra(PROTOCOL);
    Ok(model)
}

/// Where the size of the context is told, field by field.
const CONTEXT: [&[&str]; 6] = [
    &["context_length"],
    &["context_window"],
    &["max_context_length"],
    &["max_model_len"],
    &["meta", "n_ctx"],
    &["capabilities", "limits", "max_context_window_tokens"],
];

/// Where the longest answer is told.
const MAX_OUTPUT: [&[&str]; 4] = [
    &["max_completion_tokens"],
    &["max_output_length"],
    &["top_provider", "max_completion_tokens"],
    &["capabilities", "limits", "max_output_tokens"],
];

fn first_count(fields: &Object<'_>, places: &[&[&str]]) -> Option<u64> {
    places
        .iter()
        .filter_map(|place| count_at(fields, place))
        .find(|count| *count > 0)
}

fn count_at(fields: &Object<'_>, place: &[&str]) -> Option<u64> {
    let (first, inner) = place.split_first()?;
    let value: Value = read_value(fields.get(first)?).ok()?;
    let mut value = &value;
    for name in inner {
        value = value.get(name)?;
    }
    value.as_u64()
}

#[derive(Serialize)]
struct ModelList<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

/// Writes the body that answers `GET /v1/models` with the models of these names.
///
/// # Examples
///
/// ```
/// use outlast_wire::openai::encode_models;
///
/// let body = encode_models(["default"]);
/// assert_eq!(
///     body,
///     r#"{"object":"list","data":[{"id":"default","object":"model","created":0,"owned_by":"outlast"}]}"#
/// );
/// ```
pub fn encode_models<'a>(ids: impl IntoIterator<Item = &'a str>) -> Bytes {
    write(&ModelList {
        object: "list",
        data: ids.into_iter().map(Model::new).collect(),
    })
}

/// Writes the body that answers `GET /v1/models/{id}`.
pub fn encode_model(id: &str) -> Bytes {
    write(&Model::new(id))
}

impl<'a> Model<'a> {
    fn new(id: &'a str) -> Self {
        Self {
            id,
            object: "model",
            created: 0,
            owned_by: "outlast",
        }
    }
}

fn write(value: &impl Serialize) -> Bytes {
    // Plain structs of strings and numbers always have a text.
    serde_json::to_vec(value).unwrap_or_default().into()
}
