//! The forms of one vector: an array of numbers, or its bytes as base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outlast_types::{EmbeddingRequest, RawJson};
use serde_json::value::RawValue;

use super::{Dialect, PROTOCOL};
use crate::json::{FieldError, Shape, read_value, shape};

/// What the bytes behind base64 are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Four each are a number, little-endian. `encoding_format: "base64"`.
    Floats,
    /// Each is a number from -128 to 127. Perplexity's default, and Voyage's `output_dtype: "int8"`.
    Signed,
    /// Each is a number from 0 to 255. Voyage's `output_dtype: "uint8"`.
    Unsigned,
    /// No such bytes were asked for.
    Unknown,
}

impl Coding {
    /// Finds out what `request` asks for at an account of this dialect.
    pub(super) fn asked_by(request: &EmbeddingRequest, dialect: Dialect) -> Self {
        let field = |name| text_field(request, name);
        let numbers = field("output_dtype").or_else(|| field("output_format"));
        match (field("encoding_format").as_deref(), numbers.as_deref()) {
            (Some("base64"), None | Some("float")) => Self::Floats,
            (Some("base64"), Some("int8" | "binary")) => Self::Signed,
            (Some("base64"), Some("uint8" | "ubinary")) => Self::Unsigned,
            (Some("base64_int8"), _) => Self::Signed,
            (None, _) if dialect.byte_embeddings => Self::Signed,
            _ => Self::Unknown,
        }
    }
}

/// Returns a field of the request as it is sent: of its provider options or of its own.
fn text_field(request: &EmbeddingRequest, name: &str) -> Option<String> {
    let own = request
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    let sections = request.provider_options.values().chain(own);
    let mut values = sections.filter_map(|fields| fields.get(name));
    values.find_map(|raw: &RawJson| raw.read().ok())
}

/// Reads a vector.
pub(super) fn read_vector(raw: &RawValue, coding: Coding) -> Result<Vec<f32>, FieldError> {
    if shape(raw) != Shape::String {
        return read_value(raw);
    }
    let text: std::borrow::Cow<'_, str> = read_value(raw)?;
    let bytes = STANDARD
        .decode(text.as_bytes())
        .map_err(|_| FieldError::new("expected base64"))?;
    match coding {
        Coding::Floats => floats(&bytes),
        Coding::Signed => Ok(bytes
            .iter()
            .map(|byte| f32::from(byte.cast_signed()))
            .collect()),
        Coding::Unsigned => Ok(bytes.iter().map(|byte| f32::from(*byte)).collect()),
        Coding::Unknown => Err(FieldError::new("base64 was not asked for")),
    }
}

fn floats(bytes: &[u8]) -> Result<Vec<f32>, FieldError> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(FieldError::new("expected four bytes for each number"));
    }
    Ok(numbers
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect())
}

/// Writes a vector as base64 of its numbers, little-endian.
pub(super) fn base64_of(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    STANDARD.encode(bytes)
}
