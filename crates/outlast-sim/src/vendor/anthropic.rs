//! Anthropic's Messages, also at Vertex AI's addresses.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use outlast_types::{Error, ErrorKind, RateLimit};
use outlast_wire::anthropic::AnthropicServer;
use serde::Serialize;
use serde_json::json as value;

use super::codec::{CountReader, FilledIn};
use super::vertex::{self, ModelPath};
use super::{
    Endpoint, Format, Frames, Vendor, bearer, header, insert, json, models_endpoint, numbered,
    sse_frame, unversioned, usual_status, whole_seconds, with_method,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// When the simulated models were made: they have no history.
const CREATED_AT: &str = "2025-01-01T00:00:00Z";

/// Messages.
pub(super) struct Anthropic;

/// `{"type": "error", "error": {"type": "...", "message": "..."}, "request_id": "..."}`
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    error: Fields<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
struct Fields<'a> {
    r#type: &'static str,
    message: &'a str,
}

impl Vendor for Anthropic {
    fn endpoint(&self, request: &http::Request<Bytes>) -> Endpoint {
        let path = request.uri().path();
        if let Some(model) = vertex::model_path(path, "anthropic") {
            return at_vertex(request, &model);
        }
        let path = unversioned(path, "/v1");
        match path {
            "/messages" => {
                let chat = Endpoint::Chat(Format::new(AnthropicServer::new(), &Anthropic));
                with_method(request, &Method::POST, chat)
            }
            "/messages/count_tokens" => {
                let codec = FilledIn::new(AnthropicServer::new()).with("max_tokens", 1);
                let count = Endpoint::TokenCount(CountReader::of_chats(codec));
                with_method(request, &Method::POST, count)
            }
            _ => models_endpoint(request, path),
        }
    }

    fn served(&self) -> &'static str {
        "POST /v1/messages, POST /v1/messages/count_tokens"
    }

    fn key<'a>(&self, request: &'a http::Request<Bytes>) -> Option<&'a str> {
        if vertex::is_vertex(request.uri().path()) {
            return bearer(request);
        }
        header(request, "x-api-key").or_else(|| bearer(request))
    }

    fn request_id_header(&self) -> Option<HeaderName> {
        Some(REQUEST_ID)
    }

    /// Writes the list as <https://docs.claude.com/en/api/models-list> describes it, on one page.
    fn models(&self, ids: &[&str]) -> Bytes {
        let data: Vec<_> = ids.iter().map(|id| model(id)).collect();
        json(&value!({
            "data": data,
            "has_more": false,
            "first_id": ids.first(),
            "last_id": ids.last(),
        }))
    }

    fn model(&self, id: &str) -> Bytes {
        json(&model(id))
    }

    fn token_count(&self, tokens: u64) -> Bytes {
        json(&value!({ "input_tokens": tokens }))
    }

    /// Fails as <https://docs.claude.com/en/api/errors> and recorded replies do.
    fn failure(&self, kind: ErrorKind) -> (u16, &'static str) {
        match kind {
            ErrorKind::Unauthenticated => (401, "invalid x-api-key"),
            ErrorKind::ContextTooLong => {
                (400, "prompt is too long: 208310 tokens > 200000 maximum")
            }
            ErrorKind::QuotaExhausted => (
                400,
                "Your credit balance is too low to access the Anthropic API. \
                 Please go to Plans & Billing to upgrade or purchase credits.",
            ),
            ErrorKind::RateLimited => (
                429,
                "This request would exceed your account's rate limit. Please try again later.",
            ),
            ErrorKind::Overloaded => (529, "Overloaded"),
            ErrorKind::Server => (500, "Internal server error"),
            ErrorKind::ContentPolicy => (400, "Output blocked by content filtering policy"),
            other => (usual_status(other), "The request is not valid."),
        }
    }

    fn error_body(&self, error: &Error, request_id: &str) -> Bytes {
        error_body(error, request_id)
    }

    fn error_headers(&self, error: &Error, headers: &mut HeaderMap) {
        if let Some(wait) = error.retry_after() {
            insert(headers, "retry-after", whole_seconds(wait));
        }
    }

    fn limit_headers(&self, limit: RateLimit, headers: &mut HeaderMap) {
        if let Some(most) = limit.limit {
            insert(headers, "anthropic-ratelimit-requests-limit", most);
        }
        // The reset is a moment, and the simulated providers have no calendar.
        if let Some(left) = limit.remaining {
            insert(headers, "anthropic-ratelimit-requests-remaining", left);
        }
    }
}

impl Frames for Anthropic {
    fn reply_id(&self, number: u64) -> Option<String> {
        Some(format!("msg_sim_{number}"))
    }

    fn tool_call_id(&self, number: u64, index: usize) -> String {
        numbered("toolu_sim", number, index)
    }

    fn malformed_frame(&self) -> Bytes {
        sse_frame(
            Some("content_block_delta"),
            br#"{"type":"content_block_delta","index":"#,
        )
    }

    fn unknown_frame(&self) -> Bytes {
        sse_frame(
            Some("sim_unknown"),
            br#"{"type":"sim_unknown","sim_unknown":{"a":[1]}}"#,
        )
    }

    fn error_frame(&self, error: &Error, request_id: &str) -> Bytes {
        sse_frame(Some("error"), &error_body(error, request_id))
    }
}

/// Finds what is asked for at Vertex AI, whose path says the model and the mode.
///
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude>
fn at_vertex(request: &http::Request<Bytes>, path: &ModelPath<'_>) -> Endpoint {
    let codec = |stream: bool| {
        let codec = FilledIn::new(AnthropicServer::new());
        let codec = codec.with("model", path.model).with("stream", stream);
        Endpoint::Chat(Format::new(codec, &Anthropic))
    };
    match path.method {
        "rawPredict" => with_method(request, &Method::POST, codec(false)),
        "streamRawPredict" => with_method(request, &Method::POST, codec(true)),
        _ => Endpoint::Unknown,
    }
}

fn model(id: &str) -> serde_json::Value {
    value!({ "type": "model", "id": id, "display_name": id, "created_at": CREATED_AT })
}

fn error_body(error: &Error, request_id: &str) -> Bytes {
    json(&Body {
        r#type: "error",
        error: Fields {
            r#type: error_type(error),
            message: error.message().unwrap_or_default(),
        },
        request_id,
    })
}

/// Names the kind as <https://docs.claude.com/en/api/errors> does.
fn error_type(error: &Error) -> &'static str {
    let is_402 = error.status().is_some_and(|status| status == 402);
    match error.kind() {
        ErrorKind::Unauthenticated => "authentication_error",
        // An account without money usually gets a 400 that only its words tell from others.
        ErrorKind::QuotaExhausted if is_402 => "billing_error",
        ErrorKind::PermissionDenied => "permission_error",
        ErrorKind::ModelNotFound => "not_found_error",
        ErrorKind::RequestTooLarge => "request_too_large",
        ErrorKind::RateLimited => "rate_limit_error",
        ErrorKind::Overloaded => "overloaded_error",
        ErrorKind::Server => "api_error",
        _ => "invalid_request_error",
    }
}
