//! The models of an account: `GET /v1/models` and `GET /v1/models/{id}`.

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use jiff::Timestamp;
use outlast_types::{Error, ErrorKind, ModelInfo, ModelPage, ModelRequest, ModelsRequest};
use serde_json::value::RawValue;

use super::encode::get;
use super::{AnthropicMessages, PROTOCOL, error};
use crate::error::malformed;
use crate::json::{FieldError, Object, ObjectWriter, write_object};
use crate::path::{escape, item};
use crate::{EncodeOptions, Encoded, UnaryCodec};

/// How many models a page may have: the most that the API allows.
const PAGE: u16 = 1000;

impl UnaryCodec<ModelsRequest> for AnthropicMessages {
    type Reply = ModelPage;

    fn encode_unary(
        &self,
        request: &ModelsRequest,
        _options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        let mut path = format!("/models?limit={PAGE}");
        if let Some(after) = &request.after {
            path.push_str("&after_id=");
            path.extend(escape(after));
        }
        let path = PathAndQuery::try_from(path)
            .map_err(|_| malformed("the id of the last model on a page is no id"))?;
        Ok(get(path))
    }

    fn read_unary(&self, _request: &ModelsRequest, body: &Bytes) -> Result<ModelPage, Error> {
        let mut fields = object(body)?;
        let models = fields
            .take_each("data", read_model)
            .and_then(|models| models.ok_or_else(|| FieldError::new("there is no list of models")))
            .map_err(unreadable)?;
        let has_more = fields.take("has_more").ok().flatten().unwrap_or(false);
        let last: Option<String> = fields.take("last_id").ok().flatten();
        Ok(ModelPage::new(models).with_next(last.filter(|_| has_more)))
    }
}

impl UnaryCodec<ModelRequest> for AnthropicMessages {
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
    let is_error = |raw: &RawValue| raw.get() == r#""error""#;
    if fields.get("error").is_some() || fields.get("type").is_some_and(is_error) {
        return Err(error::in_whole(&String::from_utf8_lossy(body)));
    }
    Ok(fields)
}

/// Makes the error of a reply with a field that cannot be read.
pub(super) fn unreadable(error: FieldError) -> Error {
    error.into_error(ErrorKind::Malformed)
}

fn read_model(raw: &RawValue) -> Result<ModelInfo, FieldError> {
    read_fields(Object::from_raw(raw)?)
}

fn read_fields(mut fields: Object<'_>) -> Result<ModelInfo, FieldError> {
    let mut model = ModelInfo::new(fields.require::<String>("id")?);
    fields.take_raw("type");
    model.display_name = fields.take("display_name").ok().flatten();
    model.context_tokens = fields.take("max_input_tokens").ok().flatten();
    model.max_output_tokens = fields.take("max_tokens").ok().flatten();
    let created: Option<Timestamp> = fields
        .take::<String>("created_at")
        .ok()
        .flatten()
        .and_then(|text| text.parse().ok());
    // What is not known is 1970 there.
    model.created = created.map(Timestamp::as_second).filter(|at| *at > 0);
    model.extra = fields.into_extra(PROTOCOL);
    Ok(model)
}

/// Writes the body that answers `GET /v1/models` with the models of these names.
///
/// # Examples
///
/// ```
/// use outlast_wire::anthropic::encode_models;
///
/// assert_eq!(
///     encode_models(["default"]),
///     r#"{"data":[{"type":"model","id":"default","display_name":"default","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"default","last_id":"default"}"#
/// );
/// ```
pub fn encode_models<'a>(ids: impl IntoIterator<Item = &'a str>) -> Bytes {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut body = BytesMut::new();
    write_object(&mut body, |page| {
        page.array("data", |models| {
            for id in &ids {
                models.object(|model| write_model(model, id));
            }
        });
        page.field("has_more", &false)
            .field("first_id", &ids.first())
            .field("last_id", &ids.last());
    });
    body.freeze()
}

/// Writes the body that answers `GET /v1/models/{id}`.
pub fn encode_model(id: &str) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |model| write_model(model, id));
    body.freeze()
}

fn write_model(model: &mut ObjectWriter<'_>, id: &str) {
    model
        .field("type", "model")
        .field("id", id)
        .field("display_name", id)
        .field("created_at", "1970-01-01T00:00:00Z");
}
