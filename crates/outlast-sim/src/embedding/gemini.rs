//! Vectors in Google's formats: one text or several at the Gemini API, instances at Vertex AI.

use bytes::Bytes;
use outlast_types::Error;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{count, not_valid, vectors};

/// A request of the Gemini API for the vector of one content.
#[derive(Deserialize)]
struct One {
    content: Content,
    #[serde(alias = "output_dimensionality", rename = "outputDimensionality")]
    dimensions: Option<usize>,
}

#[derive(Deserialize)]
struct Content {
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    text: String,
}

#[derive(Deserialize)]
struct Batch {
    requests: Vec<One>,
}

/// A request of Vertex AI.
#[derive(Deserialize)]
struct Prediction {
    instances: Vec<Instance>,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Deserialize)]
struct Instance {
    content: String,
}

#[derive(Default, Deserialize)]
struct Parameters {
    #[serde(rename = "outputDimensionality")]
    dimensions: Option<usize>,
}

/// Answers `method` as <https://ai.google.dev/api/embeddings> and
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api> describe.
pub(crate) fn answer(method: &str, body: &Bytes) -> Result<Bytes, Error> {
    let reply = match method {
        "embedContent" => json!({ "embedding": read::<One>(body)?.embedding()? }),
        "batchEmbedContents" => {
            let requests = read::<Batch>(body)?.requests;
            if requests.is_empty() {
                return Err(not_valid());
            }
            let embeddings: Result<Vec<_>, _> = requests.iter().map(One::embedding).collect();
            json!({ "embeddings": embeddings? })
        }
        _ => read::<Prediction>(body)?.predictions()?,
    };
    Ok(reply.to_string().into())
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|_| not_valid())
}

impl One {
    fn embedding(&self) -> Result<Value, Error> {
        let text: String = self.content.parts.iter().map(|part| &*part.text).collect();
        let vector = vectors(&[text], self.dimensions)?.into_iter().next();
        Ok(json!({ "values": vector }))
    }
}

impl Prediction {
    fn predictions(self) -> Result<Value, Error> {
        let texts: Vec<_> = self.instances.into_iter().map(|one| one.content).collect();
        let vectors = vectors(&texts, self.parameters.dimensions)?;
        let predictions: Vec<_> = texts
            .iter()
            .zip(vectors)
            .map(|(text, vector)| {
                let statistics = json!({ "token_count": count(text), "truncated": false });
                json!({ "embeddings": { "values": vector, "statistics": statistics } })
            })
            .collect();
        Ok(json!({ "predictions": predictions }))
    }
}
