//! Vectors for texts: made of the text alone, so that the same text has the same vector everywhere.

use base64::Engine as _;
use bytes::Bytes;
use outlast_types::{Error, ErrorKind};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::text::tokens;

/// How many numbers a vector has where the request does not say.
const USUAL_DIMENSIONS: usize = 8;

/// The most numbers of a vector, and the most texts of a request.
const MOST: usize = 4096;

/// A request for vectors in OpenAI's format.
#[derive(Deserialize)]
struct OpenAiRequest {
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
pub(crate) fn openai(body: &Bytes) -> Result<Bytes, Error> {
    let request: OpenAiRequest = serde_json::from_slice(body).map_err(|_| not_valid())?;
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    let dimensions = request.dimensions.unwrap_or(USUAL_DIMENSIONS);
    if texts.is_empty() || texts.len() > MOST || dimensions == 0 || dimensions > MOST {
        return Err(not_valid());
    }
    let as_base64 = request.encoding_format.as_deref() == Some("base64");
    let data: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, dimensions);
            let embedding = if as_base64 {
                serde_json::Value::from(base64(&vector))
            } else {
                serde_json::Value::from(vector)
            };
            serde_json::json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let count: usize = texts.iter().map(|text| tokens(text).len()).sum();
    let reply = serde_json::json!({
        "object": "list",
        "data": data,
        "model": request.model,
        "usage": { "prompt_tokens": count, "total_tokens": count },
    });
    Ok(reply.to_string().into())
}

/// Makes the vector of a text, of length 1.
pub(crate) fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let numbers: Vec<f32> = (0..dimensions)
        .map(|number| {
            let digest = Sha256::new()
                .chain_update(text.as_bytes())
                .chain_update(number.to_le_bytes())
                .finalize();
            let [low, high, ..] = digest.as_slice() else {
                return 0.0;
            };
            f32::from(i16::from_le_bytes([*low, *high]))
        })
        .collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>();
    let length = length.sqrt().max(1.0);
    numbers.into_iter().map(|number| number / length).collect()
}

/// Writes a vector as OpenAI does for `encoding_format = "base64"`: little-endian floats.
fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn not_valid() -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message("The input is not valid.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_same_vector_always_and_another_text_another() {
        assert_eq!(vector("a", 8), vector("a", 8));
        assert_ne!(vector("a", 8), vector("b", 8));
        let length: f32 = vector("a", 300).iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-3);
    }
}
