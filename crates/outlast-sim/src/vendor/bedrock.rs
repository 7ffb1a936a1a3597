//! Amazon Bedrock's Converse.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, Method};
use outlast_types::{Error, ErrorKind, TokenCount};
use outlast_wire::bedrock::{BedrockServer, ModelPath, Operation, decode_count, encode_count};
use outlast_wire::event_stream::{HeaderValue, write_frame};
use serde::Serialize;
use serde_json::json as value;

use super::codec::CountReader;
use super::{
    Endpoint, Format, Frames, Vendor, bearer, header, insert, json, numbered, usual_status,
    with_method,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// How a header with a signature begins: the key's id follows.
const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=";

/// The provider, its control plane included.
pub(super) struct Bedrock;

/// `{"message": "..."}`
#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
}

impl Vendor for Bedrock {
    fn endpoint(&self, request: &http::Request<Bytes>) -> Endpoint {
        let path = request.uri().path();
        if let Some(chat) = BedrockServer::for_path(path) {
            let chat = Endpoint::Chat(Format::new(chat, &Bedrock));
            return with_method(request, &Method::POST, chat);
        }
        match ModelPath::parse(path) {
            Some(path) if path.operation() == Operation::CountTokens => {
                let reader = CountReader::new(move |body| Ok(decode_count(&path, body)?.0));
                with_method(request, &Method::POST, Endpoint::TokenCount(reader))
            }
            _ => models(request, path),
        }
    }

    fn served(&self) -> &'static str {
        "POST /model/M/converse, POST /model/M/converse-stream, POST /model/M/count-tokens"
    }

    /// Finds the API key, or else the id of the key that signed the request. The signature is not looked at.
    fn key<'a>(&self, request: &'a http::Request<Bytes>) -> Option<&'a str> {
        bearer(request).or_else(|| {
            let signed = header(request, "authorization")?.strip_prefix(CREDENTIAL)?;
            signed.split('/').next()
        })
    }

    fn request_id_header(&self) -> Option<HeaderName> {
        Some(REQUEST_ID)
    }

    /// Writes the list as
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html> describes it.
    fn models(&self, ids: &[&str]) -> Bytes {
        let summaries: Vec<_> = ids.iter().map(|id| model(id)).collect();
        json(&value!({ "modelSummaries": summaries }))
    }

    fn model(&self, id: &str) -> Bytes {
        json(&value!({ "modelDetails": model(id) }))
    }

    fn token_count(&self, tokens: u64) -> Bytes {
        encode_count(&TokenCount::new(tokens))
    }

    /// Fails in the words of recorded replies and of
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>.
    fn failure(&self, kind: ErrorKind) -> (u16, &'static str) {
        match kind {
            ErrorKind::Unauthenticated => (
                403,
                "The security token included in the request is invalid.",
            ),
            ErrorKind::PermissionDenied => (
                403,
                "You don't have access to the model with the specified model ID.",
            ),
            ErrorKind::ModelNotFound => (400, "The provided model identifier is invalid."),
            ErrorKind::ContextTooLong => (
                400,
                "The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum \
                 length. Please update the input to try again.",
            ),
            ErrorKind::ContentPolicy => (
                400,
                "The model returned the following errors: Output blocked by content filtering policy",
            ),
            ErrorKind::QuotaExhausted => (
                429,
                "Too many tokens per day, please wait before trying again.",
            ),
            ErrorKind::RateLimited => (429, "Too many requests, please wait before trying again."),
            ErrorKind::Overloaded => (503, "Bedrock is unable to process your request."),
            ErrorKind::Server => (
                500,
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
            other => (usual_status(other), "The request is not valid."),
        }
    }

    fn error_body(&self, error: &Error, _request_id: &str) -> Bytes {
        error_body(error)
    }

    /// Names the error; how long to wait is never said.
    fn error_headers(&self, error: &Error, headers: &mut HeaderMap) {
        let name = exception(error.kind());
        let name = format!("{name}:http://internal.amazon.com/coral/com.amazon.bedrock/");
        insert(headers, "x-amzn-errortype", name);
    }

    fn no_such_model(&self, _model: &str) -> Error {
        self.error(ErrorKind::ModelNotFound)
    }
}

impl Frames for Bedrock {
    fn media_type(&self) -> &'static str {
        "application/vnd.amazon.eventstream"
    }

    /// Makes none: only the call has an id.
    fn reply_id(&self, _number: u64) -> Option<String> {
        None
    }

    fn tool_call_id(&self, number: u64, index: usize) -> String {
        numbered("tooluse_sim", number, index)
    }

    /// Returns a whole frame whose payload is no JSON: behind a broken frame nothing could be read.
    fn malformed_frame(&self) -> Bytes {
        event("contentBlockDelta", br#"{"contentBlockIndex":"#)
    }

    fn unknown_frame(&self) -> Bytes {
        event("simUnknown", br#"{"sim_unknown":{"a":[1]}}"#)
    }

    fn error_frame(&self, error: &Error, _request_id: &str) -> Bytes {
        let name = exception_of_stream(error.kind());
        frame(
            &[(":exception-type", name), (":message-type", "exception")],
            &error_body(error),
        )
    }
}

/// Finds one model or the list of them.
fn models(request: &http::Request<Bytes>, path: &str) -> Endpoint {
    match path.strip_prefix("/foundation-models") {
        Some("") => with_method(request, &Method::GET, Endpoint::Models),
        Some(id) => match id.strip_prefix('/') {
            Some(id) if !id.is_empty() => {
                with_method(request, &Method::GET, Endpoint::Model(id.to_owned()))
            }
            _ => Endpoint::Unknown,
        },
        None => Endpoint::Unknown,
    }
}

fn model(id: &str) -> serde_json::Value {
    value!({ "modelId": id, "modelName": id, "responseStreamingSupported": true })
}

fn error_body(error: &Error) -> Bytes {
    let message = error.message().unwrap_or_default();
    json(&Body { message })
}

fn event(name: &str, payload: &[u8]) -> Bytes {
    frame(
        &[(":event-type", name), (":message-type", "event")],
        payload,
    )
}

fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Bytes {
    let content_type = (":content-type", "application/json");
    let headers: Vec<_> = headers
        .iter()
        .chain([&content_type])
        .map(|(name, value)| (*name, HeaderValue::String(value)))
        .collect();
    let mut out = BytesMut::new();
    write_frame(&headers, payload, &mut out);
    out.freeze()
}

/// Names the error as
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors> does.
fn exception(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "UnrecognizedClientException",
        ErrorKind::PermissionDenied => "AccessDeniedException",
        ErrorKind::QuotaExhausted | ErrorKind::RateLimited => "ThrottlingException",
        ErrorKind::Overloaded => "ServiceUnavailableException",
        ErrorKind::Server => "InternalServerException",
        _ => "ValidationException",
    }
}

/// Names the error as
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html> does of one in a stream.
fn exception_of_stream(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::QuotaExhausted | ErrorKind::RateLimited => "throttlingException",
        ErrorKind::Overloaded => "serviceUnavailableException",
        ErrorKind::Server => "internalServerException",
        _ => "validationException",
    }
}
