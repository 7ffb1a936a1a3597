//! Replies that are no turn of a conversation: embeddings, lists of models, counts of tokens, and what is only looked
//! after (batches, cached contents, moderations).
//!
//! Providers agree on little here, so a reply is read by its shape: a success is JSON without an error in it, and what
//! it has of vectors, models and tokens is counted.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use outlast_types::{Error, ErrorKind, Usage};
use outlast_wire::ErrorReply;
use outlast_wire::error::{ErrorBody, malformed};
use serde::Serialize;
use serde_json::Value;

use super::Exchange;
use super::outcome::Reading;

/// How many bytes of base64 one number of a vector has, unless the vector says otherwise: a 32-bit float.
const FLOAT: usize = 4;

/// What a document says.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Document {
    /// How many vectors it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings: Option<usize>,
    /// How many numbers the first vector has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dimensions: Option<usize>,
    /// How many models it lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) models: Option<usize>,
    /// How many tokens it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tokens: Option<u64>,
}

/// Reads a reply; `read_error` reads one with an error status.
pub(super) fn read(
    exchange: &Exchange,
    read_error: impl FnOnce(&ErrorReply<'_>) -> Error,
) -> Result<Reading, String> {
    let body = exchange.body().ok_or("its body is not valid base64")?;
    let status = exchange.status().ok_or("its status is no HTTP status")?;
    let read = if status.is_success() {
        success(exchange, &body)
    } else {
        Err(read_error(&ErrorReply {
            status,
            headers: &exchange.headers(),
            body: &body,
            received: SystemTime::UNIX_EPOCH,
        }))
    };
    let (document, usage, error) = match read {
        Ok((document, usage)) => (Some(document), usage, None),
        Err(error) => (None, Usage::default(), Some(error)),
    };
    Ok(Reading {
        ok: error.is_some() == exchange.is_error(),
        error_kind: error.as_ref().map(Error::kind),
        error: error.map(|error| error.to_string()),
        usage,
        document,
        ..Reading::default()
    })
}

fn success(exchange: &Exchange, body: &Bytes) -> Result<(Document, Usage), Error> {
    let documents = parse(body)?;
    if let Some(error) = documents.iter().find_map(error_in) {
        return Err(error);
    }
    let first = documents.first().unwrap_or(&Value::Null);
    let document = match exchange.operation.as_str() {
        "embeddings" | "invoke" => {
            let vectors = vectors_of(first);
            let first_vector = vectors.first().copied();
            if vectors.is_empty() {
                return Err(malformed("the reply has no vectors"));
            }
            Document {
                embeddings: Some(vectors.len()),
                dimensions: first_vector.and_then(dimensions),
                ..Document::default()
            }
        }
        "models" => Document {
            models: models_in(first),
            ..Document::default()
        },
        "count_tokens" => Document {
            tokens: Some(
                tokens_in(first).ok_or_else(|| malformed("the reply has no count of tokens"))?,
            ),
            ..Document::default()
        },
        _ => Document::default(),
    };
    Ok((document, usage_of(first)))
}

/// Parses a body: one JSON document, or one a line, as the results of a batch come.
fn parse(body: &Bytes) -> Result<Vec<Value>, Error> {
    let stream = serde_json::Deserializer::from_slice(body).into_iter();
    let documents: Result<Vec<Value>, serde_json::Error> = stream.collect();
    match documents {
        Ok(documents) if documents.is_empty() => Err(malformed("the reply has no body")),
        Ok(documents) => Ok(documents),
        Err(_) => Err(malformed("the reply is not JSON")),
    }
}

/// Returns the error that a document with a status of 2xx is.
fn error_in(document: &Value) -> Option<Error> {
    let error = document.get("error")?;
    let words = match error {
        Value::Null => return None,
        Value::String(words) => Some(words.clone()),
        Value::Object(fields) if fields.is_empty() => return None,
        other => other
            .get("message")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    let body = ErrorBody {
        message: words,
        ..ErrorBody::default()
    };
    Some(body.into_error_in_reply(ErrorKind::Server))
}

/// Finds the vectors wherever the providers put them: `data[].embedding` (OpenAI and most), `embeddings[]` (Ollama,
/// Cohere, Gemini's `values`), `embeddings.float[]` (Cohere by type), `predictions[].embeddings.values` (Vertex AI),
/// `embedding` (Titan).
fn vectors_of(document: &Value) -> Vec<&Value> {
    let list = |value: &'_ Value| value.as_array().map(Vec::len);
    if list(&document["data"]).is_some() {
        return items(&document["data"])
            .filter_map(|item| item.get("embedding"))
            .collect();
    }
    if list(&document["predictions"]).is_some() {
        return items(&document["predictions"])
            .filter_map(|item| item.pointer("/embeddings/values"))
            .collect();
    }
    match &document["embeddings"] {
        Value::Array(vectors) => vectors.iter().map(inner_vector).collect(),
        Value::Object(by_type) => by_type
            .values()
            .next()
            .into_iter()
            .flat_map(items)
            .collect(),
        _ => document
            .get("embedding")
            .map(inner_vector)
            .into_iter()
            .collect(),
    }
}

/// Takes a vector out of `{"values": [...]}` or `{"embedding": [...]}`.
fn inner_vector(value: &Value) -> &Value {
    value
        .get("values")
        .or_else(|| value.get("embedding"))
        .unwrap_or(value)
}

fn dimensions(vector: &Value) -> Option<usize> {
    match vector {
        Value::Array(numbers) => Some(numbers.len()),
        Value::String(encoded) => {
            let bytes = STANDARD.decode(encoded).ok()?;
            // Perplexity's numbers are bytes: read as floats they would be no such numbers.
            let are_floats = bytes.len() % FLOAT == 0
                && bytes.as_chunks::<FLOAT>().0.iter().all(|bytes| {
                    let number = f32::from_le_bytes(*bytes).abs();
                    number == 0.0 || (1e-12..1e6).contains(&number)
                });
            Some(if are_floats {
                bytes.len() / FLOAT
            } else {
                bytes.len()
            })
        }
        _ => None,
    }
}

/// Counts a list of models: `data`, or `models` at Google and Ollama. A single model is one.
fn models_in(document: &Value) -> Option<usize> {
    [&document["data"], &document["models"]]
        .iter()
        .find_map(|list| list.as_array().map(Vec::len))
        .or_else(|| (document["object"] == "model" || document["type"] == "model").then_some(1))
}

fn tokens_in(document: &Value) -> Option<u64> {
    ["input_tokens", "totalTokens", "inputTokens"]
        .iter()
        .find_map(|name| document[*name].as_u64())
}

/// Counts the input of embeddings.
fn usage_of(document: &Value) -> Usage {
    let count = |path: &str| document.pointer(path).and_then(Value::as_u64);
    let per_prediction = items(&document["predictions"])
        .filter_map(|item| item.pointer("/embeddings/statistics/token_count"))
        .filter_map(Value::as_f64)
        .map(|count| count as u64)
        .sum();
    let input = [
        "/usage/prompt_tokens",
        "/usage/total_tokens",
        "/meta/billed_units/input_tokens",
        "/prompt_eval_count",
        "/inputTextTokenCount",
        "/usageMetadata/promptTokenCount",
    ]
    .iter()
    .find_map(|path| count(path))
    .unwrap_or(per_prediction);
    Usage::new(input, 0)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(document: &Value, count: usize, numbers: usize) {
        let vectors = vectors_of(document);
        assert_eq!(vectors.len(), count, "{document}");
        assert_eq!(vectors.first().copied().and_then(dimensions), Some(numbers));
    }

    #[test]
    fn vectors_are_found_wherever_providers_put_them() {
        check(
            &json!({"data": [{"embedding": [0.5, 1.0]}, {"embedding": [1, 2]}]}),
            2,
            2,
        );
        check(&json!({"data": [{"embedding": "AACAPwAAAD8="}]}), 1, 2);
        check(&json!({"embeddings": [[0.5], [0.25]]}), 2, 1);
        check(&json!({"embeddings": {"float": [[0.5, 1.0, 2.0]]}}), 1, 3);
        check(&json!({"embeddings": [{"values": [0.5]}]}), 1, 1);
        check(
            &json!({"embeddings": [{"embeddingType": "TEXT", "embedding": [0.5, 1]}]}),
            1,
            2,
        );
        check(
            &json!({"predictions": [{"embeddings": {"values": [1, 2]}}]}),
            1,
            2,
        );
        check(
            &json!({"embedding": [1, 2, 3], "inputTextTokenCount": 4}),
            1,
            3,
        );
    }

    #[test]
    fn a_document_with_an_error_in_it_is_one() {
        assert!(error_in(&json!({"error": {"message": "no"}})).is_some());
        assert!(error_in(&json!({"error": "no"})).is_some());
        assert!(error_in(&json!({"error": null, "errors": null})).is_none());
        assert!(parse(&Bytes::from_static(b"<html>")).is_err());
        assert_eq!(
            parse(&Bytes::from_static(b"{}\n{}\n"))
                .map(|all| all.len())
                .ok(),
            Some(2)
        );
    }
}
