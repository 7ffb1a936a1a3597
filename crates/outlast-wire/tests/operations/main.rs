//! What is answered with one whole body: embeddings, model lists and token counts, as providers sent them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a helper of a test fails by panicking, and a second reading is written as plainly as can be"
)]

mod independent;
mod made;

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{EmbeddingRequest, Error, Mode, ModelRequest, ModelsRequest, RawJson};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::openai::{Dialect, OpenAiChat, OpenAiServer};
use outlast_wire::{ClientCodec, EncodeOptions, ErrorReply, UnaryCodec};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct Exchange {
    id: String,
    provider: String,
    operation: String,
    request: Request,
    response: Response,
}

#[derive(Debug, Deserialize)]
struct Request {
    url: String,
    body: Option<RawJson>,
    #[serde(default)]
    unknown: bool,
}

#[derive(Debug, Deserialize)]
struct Response {
    status: u16,
    body_text: Option<String>,
}

impl Exchange {
    fn body(&self) -> Bytes {
        Bytes::from(self.response.body_text.clone().unwrap_or_default())
    }

    fn document(&self) -> Value {
        serde_json::from_slice(&self.body()).expect("a recorded reply is JSON")
    }

    fn request(&self) -> Bytes {
        let body = self
            .request
            .body
            .as_ref()
            .expect("a recorded request has a body");
        Bytes::from(body.get().to_owned())
    }

    fn is_success(&self) -> bool {
        self.response.status == 200
    }

    fn read_error(&self, codec: &impl ClientCodec) -> Error {
        codec.read_error(&ErrorReply {
            status: StatusCode::from_u16(self.response.status).expect("a status"),
            headers: &HeaderMap::new(),
            body: &self.body(),
            received: std::time::UNIX_EPOCH,
        })
    }
}

/// All recordings of an operation; none where there are no recordings.
fn recordings(operation: &str) -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if !folder.is_dir() {
        println!("skipped: there are no recordings beside the workspace");
        return Vec::new();
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("the file can be read"));
    let mut all = Vec::new();
    for text in texts {
        let lines = text.lines();
        let lines = lines.map(|line| serde_json::from_str(line).expect("a recorded exchange"));
        all.extend(lines.filter(|exchange: &Exchange| exchange.operation == operation));
    }
    all
}

const OTHER_FORMATS: [&str; 5] = ["bedrock", "cohere", "gemini", "ollama", "vertex"];

fn codec_for(provider: &str) -> OpenAiChat {
    match provider {
        "perplexity" => OpenAiChat::new(Dialect::new().with_byte_embeddings()),
        _ => OpenAiChat::default(),
    }
}

fn options<'a>(model: &'a str) -> EncodeOptions<'a> {
    EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "recorded",
    }
}

#[test]
fn every_recorded_embedding_is_read_as_an_independent_reading_has_it() {
    let mut read = 0;
    for exchange in recordings("embeddings") {
        if OTHER_FORMATS.contains(&exchange.provider.as_str()) || !exchange.is_success() {
            continue;
        }
        let id = &exchange.id;
        let vectors = independent::vectors(&exchange.provider, &exchange.document());
        let request = if exchange.request.unknown {
            EmbeddingRequest::of(vectors.iter().map(|_| "unknown"))
        } else {
            OpenAiServer::new()
                .decode_embeddings(&exchange.request())
                .expect(id)
        };
        let codec = codec_for(&exchange.provider);
        let reply = codec.decode_unary(&request, &exchange.body()).expect(id);
        assert_eq!(reply.vectors, vectors, "{id}");
        let usage = independent::embedding_tokens(&exchange.document());
        assert_eq!((reply.usage.input, reply.usage.output), (usage, 0), "{id}");
        assert_eq!(
            reply.model.as_deref(),
            exchange.document()["model"].as_str(),
            "{id}"
        );
        read += 1;
    }
    println!("{read} embeddings");
}

#[test]
fn every_recorded_embedding_request_is_written_again_as_it_was() {
    for exchange in recordings("embeddings") {
        if OTHER_FORMATS.contains(&exchange.provider.as_str()) || exchange.request.unknown {
            continue;
        }
        let id = &exchange.id;
        let request = OpenAiServer::new()
            .decode_embeddings(&exchange.request())
            .expect(id);
        let encoded = codec_for("")
            .encode_unary(&request, &options(""))
            .expect(id);
        let written: Value = serde_json::from_slice(encoded.request.body()).expect(id);
        let recorded: Value = serde_json::from_slice(&exchange.request()).expect(id);
        assert_eq!(written, recorded, "{id}");
        assert!(encoded.adaptations.is_empty(), "{id}");
        let path = exchange.request.url.split('?').next().unwrap_or_default();
        assert!(path.ends_with(encoded.request.uri().path()), "{id}");
    }
}

#[test]
fn every_recorded_model_list_is_read_as_an_independent_reading_has_it() {
    for exchange in recordings("models") {
        if exchange.provider == "gemini" || !exchange.is_success() {
            continue;
        }
        let id = &exchange.id;
        let found = match exchange.provider.as_str() {
            "anthropic" => {
                AnthropicMessages::new().decode_unary(&ModelsRequest::first(), &exchange.body())
            }
            _ if exchange.request.url.ends_with("/curie") => {
                let request = ModelRequest::new("curie");
                let model = OpenAiChat::default().decode_unary(&request, &exchange.body());
                model.map(|model| outlast_types::ModelPage::new(vec![model]))
            }
            _ => OpenAiChat::default().decode_unary(&ModelsRequest::first(), &exchange.body()),
        };
        let page = found.expect(id);
        assert_eq!(page.next, None, "{id}");
        let expected = independent::models(&exchange.document());
        let found: Vec<_> = page
            .models
            .into_iter()
            .map(|model| {
                (
                    model.id,
                    model.context_tokens,
                    model.max_output_tokens,
                    model.created,
                )
            })
            .collect();
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn every_recorded_count_is_read_and_its_request_written_again_as_it_was() {
    for exchange in recordings("count_tokens") {
        if exchange.provider != "anthropic" {
            continue;
        }
        let id = &exchange.id;
        let request = AnthropicServer::new()
            .decode_count(&exchange.request())
            .expect(id);
        let codec = AnthropicMessages::new();
        let encoded = codec
            .encode_unary(&request, &options(&request.0.model))
            .expect(id);
        let written: Value = serde_json::from_slice(encoded.request.body()).expect(id);
        let recorded: Value = serde_json::from_slice(&exchange.request()).expect(id);
        assert_eq!(written, recorded, "{id}");
        let count = codec.decode_unary(&request, &exchange.body()).expect(id);
        assert_eq!(
            Some(count.input),
            exchange.document()["input_tokens"].as_u64(),
            "{id}"
        );
    }
}

#[test]
fn every_recorded_refusal_has_its_kind() {
    use outlast_types::ErrorKind::{InvalidRequest, ModelNotFound, Unauthenticated, Unsupported};
    for exchange in recordings("embeddings")
        .into_iter()
        .chain(recordings("models"))
    {
        if OTHER_FORMATS.contains(&exchange.provider.as_str()) || exchange.is_success() {
            continue;
        }
        let error = exchange.read_error(&codec_for(&exchange.provider));
        let expected = match (exchange.response.status, exchange.provider.as_str()) {
            (401, _) => vec![Unauthenticated],
            (404, _) | (400, "openrouter") => vec![ModelNotFound],
            (501, _) => vec![Unsupported, outlast_types::ErrorKind::Server],
            _ => vec![InvalidRequest, ModelNotFound],
        };
        let (id, kind) = (&exchange.id, error.kind());
        assert!(
            expected.contains(&kind),
            "{id} {}: {kind}",
            exchange.provider
        );
    }
}
