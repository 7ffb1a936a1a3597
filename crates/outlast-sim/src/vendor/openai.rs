//! OpenAI: Chat Completions, and beside them Responses; also at Azure's addresses.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use outlast_types::{Error, ErrorKind, RateLimit, TokenCount};
use outlast_wire::openai::{OpenAiServer, encode_model, encode_models};
use outlast_wire::responses::encode_count;
use serde::Serialize;

use super::{
    Endpoint, Format, Frames, Vendor, azure, bearer, header, insert, json, models_endpoint,
    numbered, responses, sse_frame, usual_status, with_method,
};
use crate::embedding;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The provider.
pub(super) struct OpenAi;

/// Chat Completions.
pub(super) struct ChatFrames;

/// `{"error": {"message": "...", "type": "...", "param": null, "code": null}}`
#[derive(Serialize)]
struct Body<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

impl Vendor for OpenAi {
    fn endpoint(&self, request: &http::Request<Bytes>) -> Endpoint {
        let path = request.uri().path();
        match path.strip_prefix("/openai") {
            Some(path) => azure::endpoint(request, path),
            // Many vendors of the format have a path of their own before the version.
            None => plain(
                request,
                path.split_once("/v1").map_or(path, |(_, path)| path),
            ),
        }
    }

    fn served(&self) -> &'static str {
        "POST /v1/chat/completions, POST /v1/responses, POST /v1/responses/input_tokens, POST /v1/embeddings"
    }

    fn key<'a>(&self, request: &'a http::Request<Bytes>) -> Option<&'a str> {
        let is_azure = request.uri().path().starts_with("/openai/");
        let api_key = || header(request, "api-key").filter(|_| is_azure);
        bearer(request).or_else(api_key)
    }

    fn request_id_header(&self) -> Option<HeaderName> {
        Some(REQUEST_ID)
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
        embedding::openai(request.body())
    }

    /// Fails as <https://platform.openai.com/docs/guides/error-codes> says.
    fn failure(&self, kind: ErrorKind) -> (u16, &'static str) {
        match kind {
            ErrorKind::Unauthenticated => (401, "Incorrect API key provided: sim-***."),
            ErrorKind::ContextTooLong => (
                400,
                "This model's maximum context length is 8192 tokens. However, your messages resulted in 8227 tokens. \
                 Please reduce the length of the messages.",
            ),
            ErrorKind::QuotaExhausted => (
                429,
                "You exceeded your current quota, please check your plan and billing details.",
            ),
            ErrorKind::RateLimited => (429, "Rate limit reached for requests."),
            ErrorKind::Overloaded => (
                503,
                "That model is currently overloaded with other requests.",
            ),
            ErrorKind::Server => (
                500,
                "The server had an error while processing your request.",
            ),
            ErrorKind::ContentPolicy => (
                400,
                "Your request was rejected as a result of our safety system.",
            ),
            ErrorKind::PermissionDenied => {
                (403, "You are not allowed to do this with this API key.")
            }
            other => (usual_status(other), "The request is not valid."),
        }
    }

    fn error_body(&self, error: &Error, _request_id: &str) -> Bytes {
        error_body(error)
    }

    fn limit_headers(&self, limit: RateLimit, headers: &mut HeaderMap) {
        if let Some(most) = limit.limit {
            insert(headers, "x-ratelimit-limit-requests", most);
        }
        if let Some(left) = limit.remaining {
            insert(headers, "x-ratelimit-remaining-requests", left);
        }
        if let Some(reset) = limit.reset {
            let span = format!("{}ms", reset.as_millis());
            insert(headers, "x-ratelimit-reset-requests", span);
        }
    }
}

impl Frames for ChatFrames {
    fn reply_id(&self, number: u64) -> Option<String> {
        Some(format!("chatcmpl-sim-{number}"))
    }

    fn tool_call_id(&self, number: u64, index: usize) -> String {
        tool_call_id(number, index)
    }

    fn malformed_frame(&self) -> Bytes {
        sse_frame(
            None,
            br#"{"id":"chatcmpl-sim","choices":[{"index":0,"delta":{"#,
        )
    }

    fn unknown_frame(&self) -> Bytes {
        sse_frame(
            None,
            br#"{"id":"chatcmpl-sim","object":"sim.unknown","choices":[],"sim_unknown":{"a":[1]}}"#,
        )
    }

    fn error_frame(&self, error: &Error, _request_id: &str) -> Bytes {
        sse_frame(None, &error_body(error))
    }
}

/// Finds what is asked for by what follows the version.
pub(super) fn plain(request: &http::Request<Bytes>, path: &str) -> Endpoint {
    let endpoint = match path {
        "/chat/completions" => Endpoint::Chat(Format::new(OpenAiServer::new(), &ChatFrames)),
        "/embeddings" => Endpoint::Embeddings,
        _ => match responses::endpoint(path) {
            Some(endpoint) => endpoint,
            None => return models_endpoint(request, path),
        },
    };
    with_method(request, &Method::POST, endpoint)
}

pub(super) fn tool_call_id(number: u64, index: usize) -> String {
    numbered("call_sim", number, index)
}

fn error_body(error: &Error) -> Bytes {
    let (r#type, code) = type_and_code(error.kind());
    json(&Body {
        error: Fields {
            message: error.message().unwrap_or_default(),
            r#type,
            param: None,
            code,
        },
    })
}

pub(super) fn type_and_code(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::Unauthenticated => ("invalid_request_error", Some("invalid_api_key")),
        ErrorKind::ModelNotFound => ("invalid_request_error", Some("model_not_found")),
        ErrorKind::ContextTooLong => ("invalid_request_error", Some("context_length_exceeded")),
        ErrorKind::ContentPolicy => ("invalid_request_error", Some("content_policy_violation")),
        ErrorKind::QuotaExhausted => ("insufficient_quota", Some("insufficient_quota")),
        ErrorKind::RateLimited => ("requests", Some("rate_limit_exceeded")),
        ErrorKind::Overloaded => ("service_unavailable_error", Some("server_is_overloaded")),
        ErrorKind::Server => ("server_error", None),
        _ => ("invalid_request_error", None),
    }
}
