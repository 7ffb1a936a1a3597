//! Vectors in OpenAI's format.

use base64::Engine as _;
use bytes::Bytes;
use outlast_types::Error;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{count, not_valid, vectors};

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    input: Input,
    dimensions: Option<usize>,
    encoding_format: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

/// Answers as <https://platform.openai.com/docs/api-reference/embeddings> describes.
pub(crate) fn answer(body: &Bytes) -> Result<Bytes, Error> {
    let request: Request = serde_json::from_slice(body).map_err(|_| not_valid())?;
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    let as_base64 = request.encoding_format.as_deref() == Some("base64");
    let data: Vec<_> = vectors(&texts, request.dimensions)?
        .into_iter()
        .enumerate()
        .map(|(index, vector)| {
            let embedding = if as_base64 {
                Value::from(base64(&vector))
            } else {
                Value::from(vector)
            };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let count: usize = texts.iter().map(|text| count(text)).sum();
    let reply = json!({
        "object": "list",
        "data": data,
        "model": request.model,
        "usage": { "prompt_tokens": count, "total_tokens": count },
    });
    Ok(reply.to_string().into())
}

/// Writes a vector as OpenAI does for `encoding_format = "base64"`: little-endian floats.
fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
