//! Embeddings: `POST /v1/embeddings`.
//!
//! An input may be a text, a list of texts, a list of tokens or a list of such lists; one that stood alone keeps the form
//! it stood in as the extra field `input`: `""` or `[]`.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    EmbeddingBody, EmbeddingInput, EmbeddingRequest, EmbeddingResponse, Embeddings, Error,
    ErrorKind, Extra, Opaque, RawJson, Usage,
};
use serde_json::Value;
use serde_json::value::RawValue;

use super::encode::{own_fields, post};
use super::spelling::{Spelling, take};
use super::vector::{Coding, base64_of, read_vector};
use super::{OpenAiChat, OpenAiServer, PROTOCOL, models};
use crate::error::malformed;
use crate::json::{
    ArrayWriter, FieldError, Object, ObjectWriter, Shape, read_each, read_value, shape,
    write_object, write_object_with,
};
use crate::notes::{Notes, unsupported};
use crate::{EncodeOptions, Encoded, UnaryCodec};

const PATH: &str = "/embeddings";

/// Fields that are written from the vocabulary.
const WRITTEN: [&str; 3] = ["dimensions", "input", "model"];

impl UnaryCodec<EmbeddingRequest> for OpenAiChat {
    type Reply = Embeddings;

    fn encode_unary(
        &self,
        request: &EmbeddingRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        let mut notes = Notes::default();
        let mut body = BytesMut::with_capacity(1024);
        let sections = options.sections(&request.provider_options);
        write_object_with(&mut body, &sections, |object| {
            write_request(object, request, options.model)
        })?;
        notes.leave_out(request.extra.as_ref(), &PROTOCOL);
        Ok(Encoded {
            request: post(PATH, body.freeze()),
            adaptations: notes.into_adaptations(),
        })
    }

    fn read_unary(&self, request: &EmbeddingRequest, body: &Bytes) -> Result<Embeddings, Error> {
        let mut fields = models::object(body)?;
        let coding = Coding::asked_by(request, self.dialect());
        let items = fields
            .require_with("data", |raw| read_each(raw, |item| read_item(item, coding)))
            .map_err(unreadable)?;
        let mut embeddings = Embeddings::new(in_order(items, request.inputs.len())?);
        fields.take_raw("object");
        embeddings.model = fields.take("model").ok().flatten();
        if let Some(raw) = fields.take_raw("usage") {
            embeddings.usage = read_usage(raw);
            embeddings.raw_usage = Some(opaque(raw));
        }
        embeddings.extra = fields.into_extra(PROTOCOL);
        embeddings.raw = body.clone();
        Ok(embeddings)
    }
}

fn write_request(
    object: &mut ObjectWriter<'_>,
    request: &EmbeddingRequest,
    model: &str,
) -> Result<(), Error> {
    let spelling = own_fields(request.extra.as_ref());
    let model = if model.is_empty() {
        &request.model
    } else {
        model
    };
    object.field("model", model);
    write_input(object, request, spelling)?;
    spelling.write(object, "dimensions", request.dimensions.as_ref());
    spelling.write_rest(object, &WRITTEN);
    Ok(())
}

fn write_input(
    object: &mut ObjectWriter<'_>,
    request: &EmbeddingRequest,
    spelling: Spelling<'_>,
) -> Result<(), Error> {
    let form = spelling.get("input").map(RawJson::get);
    match (request.inputs.as_slice(), form) {
        ([EmbeddingInput::Text(text)], Some("\"\"")) => {
            object.field("input", text);
            Ok(())
        }
        ([EmbeddingInput::Tokens(tokens)], Some("[]")) => {
            object.field("input", tokens);
            Ok(())
        }
        (inputs, _) => object.array("input", |array| {
            inputs.iter().try_for_each(|input| write_item(array, input))
        }),
    }
}

fn write_item(array: &mut ArrayWriter<'_>, input: &EmbeddingInput) -> Result<(), Error> {
    match input {
        EmbeddingInput::Text(text) => array.value(text),
        EmbeddingInput::Tokens(tokens) => array.value(tokens),
        EmbeddingInput::Opaque(opaque) if opaque.origin == PROTOCOL => array.value(&opaque.raw),
        _ => return Err(unsupported("an input is neither text nor tokens")),
    };
    Ok(())
}

/// One of `data`.
struct Item {
    index: Option<usize>,
    vector: Vec<f32>,
}

fn read_item(raw: &RawValue, coding: Coding) -> Result<Item, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    Ok(Item {
        index: fields.take("index").ok().flatten(),
        vector: fields.require_with("embedding", |raw| read_vector(raw, coding))?,
    })
}

/// Puts the vectors in the order of the inputs. Vectors that cannot be told apart must not be mixed up.
fn in_order(mut items: Vec<Item>, inputs: usize) -> Result<Vec<Vec<f32>>, Error> {
    if items.len() != inputs {
        let found = items.len();
        return Err(malformed(format!(
            "the reply has {found} vectors for {inputs} inputs"
        )));
    }
    if items.iter().any(|item| item.index.is_some()) {
        items.sort_by_key(|item| item.index);
        let is_complete = items
            .iter()
            .enumerate()
            .all(|(at, item)| item.index == Some(at));
        if !is_complete {
            return Err(malformed(
                "the vectors of the reply are not numbered from 0 on",
            ));
        }
    }
    Ok(items.into_iter().map(|item| item.vector).collect())
}

/// Reads the counts. There is no output, and some name the total only.
fn read_usage(raw: &RawValue) -> Usage {
    let count = |name| {
        let mut fields = Object::from_raw(raw).ok()?;
        fields.take::<u64>(name).ok().flatten()
    };
    Usage::new(
        count("prompt_tokens")
            .or_else(|| count("total_tokens"))
            .unwrap_or(0),
        0,
    )
}

fn unreadable(error: FieldError) -> Error {
    error.into_error(ErrorKind::Malformed)
}

fn opaque(raw: &RawValue) -> Opaque {
    Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    }
}

impl OpenAiServer {
    /// Reads a caller's `POST /v1/embeddings`. It fails with `ErrorKind::InvalidRequest` and a message that names the
    /// field.
    pub fn decode_embeddings(&self, body: &Bytes) -> Result<EmbeddingRequest, Error> {
        Ok(read_request(body)?)
    }

    /// Writes the body that answers `request`, the vectors in the form it asked for.
    pub fn encode_embeddings(
        &self,
        request: &EmbeddingRequest,
        reply: &EmbeddingResponse,
    ) -> Bytes {
        let own = own_fields(request.extra.as_ref());
        let is_base64 = own
            .get("encoding_format")
            .is_some_and(|raw| raw.get() == "\"base64\"");
        let reply = &reply.embeddings;
        let mut body = BytesMut::new();
        write_object(&mut body, |object| {
            object.field("object", "list");
            object.array("data", |items| {
                for (index, vector) in reply.vectors.iter().enumerate() {
                    items.object(|item| {
                        item.field("object", "embedding").field("index", &index);
                        if is_base64 {
                            item.field("embedding", &base64_of(vector));
                        } else {
                            item.field("embedding", vector);
                        }
                    });
                }
            });
            object.optional("model", reply.model.as_ref());
            write_usage(object, reply);
            object.extra(reply.extra.as_ref(), &PROTOCOL);
        });
        body.freeze()
    }
}

fn write_usage(object: &mut ObjectWriter<'_>, reply: &Embeddings) {
    match reply
        .raw_usage
        .as_ref()
        .filter(|raw| raw.origin == PROTOCOL)
    {
        Some(raw) => {
            object.field("usage", &raw.raw);
        }
        None => object.object("usage", |usage| {
            let tokens = reply.usage.total_input();
            usage
                .field("prompt_tokens", &tokens)
                .field("total_tokens", &tokens);
        }),
    }
}

fn read_request(document: &[u8]) -> Result<EmbeddingRequest, FieldError> {
    let mut fields = Object::read(document)?;
    let mut body = EmbeddingBody::default();
    body.model = fields.require("model")?;
    let (inputs, form) = fields.require_with("input", read_input)?;
    body.inputs = inputs;
    body.dimensions = take(&mut fields, "dimensions")?;
    let mut rest = fields.into_rest();
    if let Some(form) = form {
        rest.insert("input".to_owned(), RawJson::from(form));
    }
    body.extra = Extra::from_fields(PROTOCOL, rest);
    Ok(EmbeddingRequest::from_body(body))
}

/// Reads the inputs, and the form of one that stands alone.
fn read_input(raw: &RawValue) -> Result<(Vec<EmbeddingInput>, Option<Value>), FieldError> {
    match shape(raw) {
        Shape::String => {
            let text = EmbeddingInput::Text(read_value(raw)?);
            Ok((vec![text], Some(Value::from(""))))
        }
        Shape::Array if is_flat(raw) => {
            let tokens = EmbeddingInput::Tokens(read_value(raw)?);
            Ok((vec![tokens], Some(Value::Array(Vec::new()))))
        }
        Shape::Array => Ok((read_each(raw, read_one)?, None)),
        _ => Err(FieldError::new("expected a string or an array")),
    }
}

/// Tells whether an array begins with a number.
fn is_flat(raw: &RawValue) -> bool {
    let items = raw.get().strip_prefix('[').unwrap_or_default();
    items.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

fn read_one(raw: &RawValue) -> Result<EmbeddingInput, FieldError> {
    Ok(match shape(raw) {
        Shape::String => EmbeddingInput::Text(read_value(raw)?),
        Shape::Array => EmbeddingInput::Tokens(read_value(raw)?),
        Shape::Object => EmbeddingInput::Opaque(opaque(raw)),
        _ => return Err(FieldError::new("expected a string or an array of tokens")),
    })
}
