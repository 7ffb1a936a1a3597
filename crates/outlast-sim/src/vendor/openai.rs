//! OpenAI's Chat Completions, also at Azure's addresses.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use outlast_types::{Error, ErrorKind, RateLimit};
use outlast_wire::openai::{OpenAiServer, encode_model, encode_models};
use serde::Serialize;

use super::codec::FilledIn;
use super::{
    Endpoint, Vendor, bearer, header, insert, json, models_endpoint, query, sse_frame,
    usual_status, with_method,
};
use crate::embedding;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Chat Completions.
pub(super) struct OpenAi;

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
            Some(path) => azure(request, path),
            // Many vendors of the format have a path of their own before the version.
            None => plain(
                request,
                path.split_once("/v1").map_or(path, |(_, path)| path),
            ),
        }
    }

    fn served(&self) -> &'static str {
        "POST /v1/chat/completions, POST /v1/embeddings"
    }

    fn key<'a>(&self, request: &'a http::Request<Bytes>) -> Option<&'a str> {
        key(request)
    }

    fn request_id_header(&self) -> Option<HeaderName> {
        Some(REQUEST_ID)
    }

    fn reply_id(&self, number: u64) -> String {
        format!("chatcmpl-sim-{number}")
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

    fn models(&self, ids: &[&str]) -> Bytes {
        encode_models(ids.iter().copied())
    }

    fn model(&self, id: &str) -> Bytes {
        encode_model(id)
    }

    fn token_count(&self, tokens: u64) -> Bytes {
        token_count(tokens)
    }

    fn embeddings(&self, request: &http::Request<Bytes>) -> Result<Bytes, Error> {
        embedding::openai(request.body())
    }

    fn failure(&self, kind: ErrorKind) -> (u16, &'static str) {
        failure(kind)
    }

    fn error_body(&self, error: &Error, _request_id: &str) -> Bytes {
        error_body(error)
    }

    fn error_frame(&self, error: &Error, request_id: &str) -> Bytes {
        sse_frame(None, &self.error_body(error, request_id))
    }

    fn limit_headers(&self, limit: RateLimit, headers: &mut HeaderMap) {
        limit_headers(limit, headers);
    }
}

/// Finds what is asked for by what follows the version.
fn plain(request: &http::Request<Bytes>, path: &str) -> Endpoint {
    match path {
        "/chat/completions" => {
            let chat = Endpoint::Chat(Box::new(OpenAiServer::new()));
            with_method(request, &Method::POST, chat)
        }
        "/embeddings" => with_method(request, &Method::POST, Endpoint::Embeddings),
        _ => models_endpoint(request, path),
    }
}

/// Finds what is asked for at Azure: below a deployment, which wants `api-version`, or below `/openai/v1`.
///
/// <https://learn.microsoft.com/azure/ai-foundry/openai/reference>
fn azure(request: &http::Request<Bytes>, path: &str) -> Endpoint {
    if let Some(path) = path.strip_prefix("/v1") {
        return plain(request, path);
    }
    let deployment = path.strip_prefix("/deployments/").unwrap_or_default();
    let (deployment, path) = deployment.split_at(deployment.find('/').unwrap_or(0));
    if deployment.is_empty() || query(request, "api-version").is_none() {
        return Endpoint::Unknown;
    }
    match path {
        "/chat/completions" => {
            let codec = FilledIn::new(OpenAiServer::new()).with("model", deployment);
            with_method(request, &Method::POST, Endpoint::Chat(Box::new(codec)))
        }
        "/embeddings" => with_method(request, &Method::POST, Endpoint::Embeddings),
        _ => Endpoint::Unknown,
    }
}

/// Finds the key: a bearer token, or at Azure's addresses also `api-key`.
pub(super) fn key(request: &http::Request<Bytes>) -> Option<&str> {
    let is_azure = request.uri().path().starts_with("/openai/");
    let api_key = || header(request, "api-key").filter(|_| is_azure);
    bearer(request).or_else(api_key)
}

pub(super) fn tool_call_id(number: u64, index: usize) -> String {
    match index {
        0 => format!("call_sim_{number}"),
        _ => format!("call_sim_{number}_{index}"),
    }
}

pub(super) fn token_count(tokens: u64) -> Bytes {
    json(&serde_json::json!({ "object": "response.input_tokens", "input_tokens": tokens }))
}

/// Fails as <https://platform.openai.com/docs/guides/error-codes> says.
pub(super) fn failure(kind: ErrorKind) -> (u16, &'static str) {
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
        ErrorKind::PermissionDenied => (403, "You are not allowed to do this with this API key."),
        other => (usual_status(other), "The request is not valid."),
    }
}

pub(super) fn error_body(error: &Error) -> Bytes {
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

pub(super) fn limit_headers(limit: RateLimit, headers: &mut HeaderMap) {
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
