//! What a provider answers beside chat: which models it has, and how many tokens a request has.

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use http::{Method, Uri};
use outlast_types::{
    CountRequest, Error, ErrorKind, ModelInfo, ModelPage, ModelRequest, ModelsRequest, TokenCount,
};
use serde_json::value::RawValue;

use super::encode::{self, post};
use super::{Gemini, PROTOCOL, Platform, error, path};
use crate::error::malformed;
use crate::json::{FieldError, Object, ObjectWriter, write_object};
use crate::notes::Notes;
use crate::path::escape;
use crate::{EncodeOptions, Encoded, UnaryCodec};

/// How many models a page may have: the most that the API gives.
const PAGE: u16 = 1000;

impl UnaryCodec<ModelsRequest> for Gemini {
    type Reply = ModelPage;

    fn encode_unary(
        &self,
        request: &ModelsRequest,
        _options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        let mut path = format!("/models?pageSize={PAGE}");
        if let Some(after) = &request.after {
            path.push_str("&pageToken=");
            path.extend(escape(after));
        }
        let path = PathAndQuery::try_from(path)
            .map_err(|_| malformed("the token of the next page is none"))?;
        Ok(get(path.into()))
    }

    fn read_unary(&self, _request: &ModelsRequest, body: &Bytes) -> Result<ModelPage, Error> {
        let mut fields = object(body)?;
        // An account without models is given no list.
        let models = fields
            .take_each("models", read_model)
            .and_then(|models| match models {
                Some(models) => Ok(models),
                None => Ok(fields
                    .take_each("publisherModels", read_model)?
                    .unwrap_or_default()),
            })
            .map_err(unreadable)?;
        let next: Option<String> = fields.take("nextPageToken").ok().flatten();
        Ok(ModelPage::new(models).with_next(next.filter(|token| !token.is_empty())))
    }
}

impl UnaryCodec<ModelRequest> for Gemini {
    type Reply = ModelInfo;

    fn encode_unary(
        &self,
        request: &ModelRequest,
        _options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        Ok(get(path::item(&request.id)?.into()))
    }

    fn read_unary(&self, _request: &ModelRequest, body: &Bytes) -> Result<ModelInfo, Error> {
        object(body).and_then(|fields| read_fields(fields).map_err(unreadable))
    }
}

impl UnaryCodec<CountRequest> for Gemini {
    type Reply = TokenCount;

    /// Writes the request as it would be sent, for the tools and the instructions count too. The Gemini API takes it
    /// within a field, Vertex AI as it is.
    fn encode_unary(
        &self,
        request: &CountRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        let mut notes = Notes::default();
        let dialect = self.dialect_for(options.model);
        let mut body = encode::body(&request.0, options, dialect, &mut notes)?;
        if self.platform() == Platform::GeminiApi {
            body = within_count(&body, &path::resource(options.model)?)?;
        }
        let path = path::method(options.model, "countTokens")?;
        Ok(Encoded {
            request: post(path.into(), body),
            adaptations: notes.into_adaptations(),
        })
    }

    fn read_unary(&self, _request: &CountRequest, body: &Bytes) -> Result<TokenCount, Error> {
        let mut fields = object(body)?;
        let mut count = TokenCount::new(fields.require("totalTokens").map_err(unreadable)?);
        count.extra = fields.into_extra(PROTOCOL);
        Ok(count)
    }
}

/// Puts a request into the field in which the Gemini API counts all of it; there it must name the model.
fn within_count(body: &Bytes, model: &str) -> Result<Bytes, Error> {
    let mut fields = Object::read(body)?;
    fields.take_raw("model");
    let mut out = BytesMut::with_capacity(body.len() + 64);
    write_object(&mut out, |object| {
        object.object("generateContentRequest", |request| {
            request.field("model", model).fields(&fields.into_rest());
        });
    });
    Ok(out.freeze())
}

fn get(uri: Uri) -> Encoded {
    let mut request = http::Request::new(Bytes::new());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = uri;
    Encoded {
        request,
        adaptations: Vec::new(),
    }
}

/// Reads a reply's body, unless it is an error.
pub(super) fn object(body: &Bytes) -> Result<Object<'_>, Error> {
    let fields = Object::read(body).map_err(unreadable)?;
    if fields.get("error").is_some() {
        return Err(error::in_reply(body, ErrorKind::Server));
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
    let name: String = fields.require("name")?;
    let mut model = ModelInfo::new(plain_name(&name));
    model.display_name = fields.take("displayName").ok().flatten();
    model.context_tokens = fields.take("inputTokenLimit").ok().flatten();
    model.max_output_tokens = fields.take("outputTokenLimit").ok().flatten();
    model.extra = fields.into_extra(PROTOCOL);
    Ok(model)
}

/// Returns a model's name as it is asked for: `models/gemini-2.5-flash` is `gemini-2.5-flash`.
fn plain_name(name: &str) -> &str {
    let owners = [
        "models/",
        "publishers/google/models/",
        "publishers/anthropic/models/",
    ];
    owners
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

/// Writes the body that answers `GET /v1beta/models` with the models of these names.
///
/// # Examples
///
/// ```
/// use outlast_wire::gemini::encode_models;
///
/// assert_eq!(
///     encode_models(["default"]),
///     r#"{"models":[{"name":"models/default","displayName":"default","supportedGenerationMethods":["generateContent","countTokens"]}]}"#
/// );
/// ```
pub fn encode_models<'a>(ids: impl IntoIterator<Item = &'a str>) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |page| {
        page.array("models", |models| {
            for id in ids {
                models.object(|model| write_model(model, id));
            }
        });
    });
    body.freeze()
}

/// Writes the body that answers `GET /v1beta/models/{id}`.
pub fn encode_model(id: &str) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |model| write_model(model, id));
    body.freeze()
}

fn write_model(model: &mut ObjectWriter<'_>, id: &str) {
    model
        .field("name", &format!("models/{id}"))
        .field("displayName", id)
        .field(
            "supportedGenerationMethods",
            &["generateContent", "countTokens"],
        );
}

/// Writes the body that answers `POST /v1beta/models/{id}:countTokens`.
pub fn encode_count(count: &TokenCount) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |object| {
        object
            .field("totalTokens", &count.input)
            .extra(count.extra.as_ref(), &PROTOCOL);
    });
    body.freeze()
}
