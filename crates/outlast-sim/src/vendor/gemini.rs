//! Google's Gemini, at the Gemini API's addresses and at Vertex AI's.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{HeaderMap, Method};
use outlast_types::{ChatRequest, Error, ErrorKind, RawJson, TokenCount};
use outlast_wire::ServerCodec;
use outlast_wire::gemini::{GeminiServer, encode_count, encode_model, encode_models};

use super::codec::CountReader;
use super::google_error::{self, failure_at_vertex};
use super::{
    Endpoint, Format, Frames, Vendor, bearer, header, json_array, models_endpoint, numbered, query,
    sse_frame, vertex, with_method,
};
use crate::body::Step;
use crate::embedding;

/// The provider.
pub(super) struct Gemini;

/// A stream that was asked for as events.
struct EventFrames;

/// A stream that was not.
struct ArrayFrames;

impl Vendor for Gemini {
    fn endpoint(&self, request: &http::Request<Bytes>) -> Endpoint {
        let path = request.uri().path();
        let Some((resource, method)) = path.rsplit_once(':') else {
            return models_endpoint(request, below_version(path));
        };
        let endpoint = match method {
            "generateContent" | "streamGenerateContent" => chat(request),
            "countTokens" => count(resource),
            "embedContent" | "batchEmbedContents" | "predict" => Some(Endpoint::Embeddings),
            _ => None,
        };
        match endpoint {
            Some(endpoint) => with_method(request, &Method::POST, endpoint),
            None => Endpoint::Unknown,
        }
    }

    fn served(&self) -> &'static str {
        "POST /v1beta/models/M:generateContent, :streamGenerateContent, :countTokens, :embedContent and \
         :batchEmbedContents"
    }

    /// Finds the key where <https://ai.google.dev/gemini-api/docs/api-key> has it; Vertex AI takes a token only.
    fn key<'a>(&self, request: &'a http::Request<Bytes>) -> Option<&'a str> {
        if vertex::is_vertex(request.uri().path()) {
            return bearer(request);
        }
        header(request, "x-goog-api-key")
            .or_else(|| query(request, "key"))
            .or_else(|| bearer(request))
    }

    fn request_id_header(&self) -> Option<http::HeaderName> {
        None
    }

    fn models(&self, ids: &[&str]) -> Bytes {
        encode_models(ids.iter().copied())
    }

    fn model(&self, id: &str) -> Bytes {
        encode_model(id)
    }

    fn token_count(&self, tokens: u64) -> Bytes {
        encode_count(&TokenCount::new(tokens))
    }

    fn embeddings(&self, request: &http::Request<Bytes>) -> Result<Bytes, Error> {
        let (_, method) = request.uri().path().rsplit_once(':').unwrap_or_default();
        embedding::gemini(method, request.body())
    }

    fn failure(&self, kind: ErrorKind) -> (u16, &'static str) {
        google_error::failure(kind)
    }

    fn wrong_key(&self, request: &http::Request<Bytes>) -> Error {
        if vertex::is_vertex(request.uri().path()) {
            return failure_at_vertex();
        }
        self.error(ErrorKind::Unauthenticated)
    }

    fn error_body(&self, error: &Error, _request_id: &str) -> Bytes {
        google_error::body(error)
    }

    /// Adds nothing: the time to wait stands in the body.
    fn error_headers(&self, _error: &Error, _headers: &mut HeaderMap) {}

    fn no_such_model(&self, model: &str) -> Error {
        self.error(ErrorKind::ModelNotFound).with_message(format!(
            "models/{model} is not found for API version v1beta, or is not supported for generateContent. Call \
             ModelService.ListModels to see the list of available models and their supported methods."
        ))
    }
}

fn chat(request: &http::Request<Bytes>) -> Option<Endpoint> {
    let codec = GeminiServer::for_path(request.uri().path())?;
    let frames: &dyn Frames = match query(request, "alt") {
        Some("sse") => &EventFrames,
        _ => &ArrayFrames,
    };
    Some(Endpoint::Chat(Format::new(codec, frames)))
}

/// Counts what is asked of the model whose path is `resource`.
fn count(resource: &str) -> Option<Endpoint> {
    let codec = GeminiServer::for_path(&format!("{resource}:generateContent"))?;
    let reader = CountReader::new(move |body| read_count(&codec, body));
    Some(Endpoint::TokenCount(reader))
}

/// Reads a request to count, which may have all of it in one field.
///
/// <https://ai.google.dev/api/tokens#method:-models.counttokens>
fn read_count(codec: &GeminiServer, body: &Bytes) -> Result<ChatRequest, Error> {
    let fields: BTreeMap<String, RawJson> = serde_json::from_slice(body).unwrap_or_default();
    let incoming = match fields.get("generateContentRequest") {
        Some(request) => codec.decode_request(&Bytes::copy_from_slice(request.get().as_bytes())),
        None => codec.decode_request(body),
    };
    Ok(incoming?.request)
}

/// Returns the path without its version, and without what Vertex AI has before the collection of models.
fn below_version(path: &str) -> &str {
    if let Some((_, path)) = path.split_once("/publishers/google") {
        return path;
    }
    let versions = ["/v1beta1", "/v1beta", "/v1alpha", "/v1"];
    versions
        .iter()
        .find_map(|version| path.strip_prefix(version))
        .unwrap_or(path)
}

impl Frames for EventFrames {
    fn media_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn reply_id(&self, number: u64) -> Option<String> {
        Some(format!("sim-{number}"))
    }

    fn tool_call_id(&self, number: u64, index: usize) -> String {
        numbered("sim", number, index)
    }

    fn malformed_frame(&self) -> Bytes {
        sse_frame(None, br#"{"candidates":[{"content":{"#)
    }

    fn unknown_frame(&self) -> Bytes {
        sse_frame(None, br#"{"sim_unknown":{"a":[1]}}"#)
    }

    /// Writes the error as it was recorded: behind the events, and no event itself.
    fn error_frame(&self, error: &Error, _request_id: &str) -> Bytes {
        google_error::body(error)
    }
}

impl Frames for ArrayFrames {
    fn media_type(&self) -> &'static str {
        "application/json; charset=UTF-8"
    }

    fn reply_id(&self, number: u64) -> Option<String> {
        EventFrames.reply_id(number)
    }

    fn tool_call_id(&self, number: u64, index: usize) -> String {
        EventFrames.tool_call_id(number, index)
    }

    fn malformed_frame(&self) -> Bytes {
        EventFrames.malformed_frame()
    }

    fn unknown_frame(&self) -> Bytes {
        EventFrames.unknown_frame()
    }

    fn error_frame(&self, error: &Error, request_id: &str) -> Bytes {
        EventFrames.error_frame(error, request_id)
    }

    fn enclose(&self, steps: VecDeque<Step>, is_whole: bool) -> VecDeque<Step> {
        json_array::of_frames(steps, is_whole)
    }
}
