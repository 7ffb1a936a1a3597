//! Texts as vectors: `batchEmbedContents` at the Gemini API, `predict` at Vertex AI.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use outlast_types::{
    EmbeddingInput, EmbeddingRequest, Embeddings, Error, Extra, Opaque, RawJson, Usage,
};
use serde_json::value::RawValue;

use super::encode::post;
use super::unary::{object, unreadable};
use super::{Gemini, PROTOCOL, Platform, path};
use crate::error::malformed;
use crate::json::{FieldError, Object, ObjectWriter, read_value, write_object};
use crate::notes::{Notes, unsupported};
use crate::{EncodeOptions, Encoded, UnaryCodec};

/// The fields of Vertex AI that belong to an input; all others belong to the whole request.
const OF_AN_INPUT: [&str; 3] = ["taskType", "task_type", "title"];

type Fields = BTreeMap<String, RawJson>;

impl UnaryCodec<EmbeddingRequest> for Gemini {
    type Reply = Embeddings;

    fn encode_unary(
        &self,
        request: &EmbeddingRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        let mut notes = Notes::default();
        notes.leave_out(request.extra.as_ref(), &PROTOCOL);
        let writer = Writer {
            request,
            fields: fields(request, options.provider),
            model: path::resource(options.model)?,
        };
        let (method, body) = match self.platform() {
            Platform::GeminiApi => ("batchEmbedContents", writer.batch()?),
            Platform::Vertex => ("predict", writer.predict()?),
        };
        Ok(Encoded {
            request: post(path::method(options.model, method)?.into(), body),
            adaptations: notes.into_adaptations(),
        })
    }

    fn read_unary(&self, request: &EmbeddingRequest, body: &Bytes) -> Result<Embeddings, Error> {
        let mut embeddings = read(body)?;
        if embeddings.vectors.len() != request.inputs.len() {
            return Err(malformed(format!(
                "there are {} vectors for {} inputs",
                embeddings.vectors.len(),
                request.inputs.len()
            )));
        }
        embeddings.raw = body.clone();
        Ok(embeddings)
    }
}

/// Gathers the further fields of a request: its own, and the options for the account, which have the last word.
fn fields(request: &EmbeddingRequest, provider: &str) -> Fields {
    let own = request
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    let options = ["*", provider].map(|name| request.provider_options.get(name));
    let sections = [own].into_iter().chain(options).flatten();
    sections.flat_map(Clone::clone).collect()
}

struct Writer<'a> {
    request: &'a EmbeddingRequest,
    fields: Fields,
    model: String,
}

impl Writer<'_> {
    fn batch(&self) -> Result<Bytes, Error> {
        let mut out = BytesMut::with_capacity(1024);
        write_object(&mut out, |body| {
            body.array("requests", |requests| {
                self.request.inputs.iter().try_for_each(|input| {
                    requests.object(|object| {
                        object.field("model", &self.model);
                        write_content(object, input)?;
                        let dimensions = self.request.dimensions.as_ref();
                        object
                            .optional("outputDimensionality", dimensions)
                            .fields(&self.fields);
                        Ok::<_, Error>(())
                    })
                })
            })
        })?;
        Ok(out.freeze())
    }

    fn predict(&self) -> Result<Bytes, Error> {
        let is_of_input = |name: &str| OF_AN_INPUT.contains(&name);
        let mut out = BytesMut::with_capacity(1024);
        write_object(&mut out, |body| {
            body.array("instances", |instances| {
                self.request.inputs.iter().try_for_each(|input| {
                    let EmbeddingInput::Text(text) = input else {
                        return Err(unsupported("only text can be embedded at Vertex AI"));
                    };
                    instances.object(|object| {
                        object.field("content", text);
                        for (name, value) in &self.fields {
                            if is_of_input(name) {
                                object.field(name, value);
                            }
                        }
                    });
                    Ok(())
                })
            })?;
            let dimensions = self.request.dimensions.as_ref();
            if dimensions.is_some() || self.fields.keys().any(|name| !is_of_input(name)) {
                body.object("parameters", |object| {
                    object.optional("outputDimensionality", dimensions);
                    for (name, value) in &self.fields {
                        if !is_of_input(name) {
                            object.field(name, value);
                        }
                    }
                });
            }
            Ok::<_, Error>(())
        })?;
        Ok(out.freeze())
    }
}

fn write_content(object: &mut ObjectWriter<'_>, input: &EmbeddingInput) -> Result<(), Error> {
    match input {
        EmbeddingInput::Text(text) => object.object("content", |content| {
            content.array("parts", |parts| {
                parts.object(|part| {
                    part.field("text", text);
                });
            });
        }),
        EmbeddingInput::Opaque(opaque) if opaque.origin == PROTOCOL => {
            object.field("content", &opaque.raw);
        }
        _ => {
            return Err(unsupported(
                "only text and Gemini's own contents can be embedded here",
            ));
        }
    }
    Ok(())
}

fn read(body: &Bytes) -> Result<Embeddings, Error> {
    let mut fields = object(body)?;
    let mut tokens = 0;
    let vectors = if let Some(raw) = fields.take_raw("predictions") {
        crate::json::read_each(raw, |raw| read_prediction(raw, &mut tokens))
    } else if let Some(raw) = fields.take_raw("embedding") {
        read_vector(raw).map(|vector| vec![vector])
    } else {
        fields
            .take_each("embeddings", read_vector)
            .and_then(|vectors| vectors.ok_or_else(|| FieldError::new("there are no vectors")))
    };
    let mut embeddings = Embeddings::new(vectors.map_err(unreadable)?);
    embeddings.usage = Usage::new(tokens, 0);
    if let Some(raw) = fields.take_raw("usageMetadata") {
        embeddings.usage = super::usage::read(raw.get()).unwrap_or_default();
        embeddings.raw_usage = Some(Opaque {
            origin: PROTOCOL,
            raw: raw.into(),
        });
    }
    embeddings.extra = Extra::from_fields(PROTOCOL, fields.into_rest());
    Ok(embeddings)
}

fn read_vector(raw: &RawValue) -> Result<Vec<f32>, FieldError> {
    Object::from_raw(raw)?.require("values")
}

/// Reads one of Vertex AI's predictions and adds the tokens it took.
fn read_prediction(raw: &RawValue, tokens: &mut u64) -> Result<Vec<f32>, FieldError> {
    let mut prediction = Object::from_raw(raw)?;
    prediction.require_with("embeddings", |raw| {
        let mut embedding = Object::from_raw(raw)?;
        let statistics = embedding.take::<Object<'_>>("statistics").ok().flatten();
        let count = statistics.and_then(|statistics| {
            // Some are written with decimals.
            read_value::<f64>(statistics.get("token_count")?).ok()
        });
        *tokens = tokens.saturating_add(count.unwrap_or(0.0) as u64);
        embedding.require("values")
    })
}
