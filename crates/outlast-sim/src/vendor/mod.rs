//! What differs between the APIs: paths, keys, codecs, and the bodies that no codec writes. One file each.

mod anthropic;
mod azure;
mod bedrock;
mod codec;
mod gemini;
mod google_error;
mod json_array;
mod openai;
mod responses;
mod vertex;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use outlast_types::{Error, ErrorKind, RateLimit};
use serde::Serialize;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::Api;
use crate::body::Step;

pub(crate) use self::codec::{Codec, CountReader};

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Endpoint {
    /// A chat.
    Chat(Format),
    /// The tokens of a chat, which this reads.
    TokenCount(CountReader),
    /// Vectors for texts.
    Embeddings,
    Models,
    Model(String),
    /// The path is one of the API's, the method is not.
    WrongMethod,
    Unknown,
}

/// A format in which chats are answered.
#[derive(Debug)]
pub(crate) struct Format {
    /// Reads the request and writes the answer.
    pub(crate) codec: Box<dyn Codec>,
    /// Writes what only a provider writes.
    pub(crate) frames: &'static dyn Frames,
}

impl Format {
    fn new(codec: impl Codec + 'static, frames: &'static dyn Frames) -> Self {
        let codec = Box::new(codec);
        Self { codec, frames }
    }
}

/// What a format has beside what its codec writes: the ids that a provider gives, and frames that are wrong.
pub(crate) trait Frames: Sync {
    /// Returns the media type of a stream.
    fn media_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }

    /// Makes the id of the reply to call `number`; `None` if replies have none.
    fn reply_id(&self, number: u64) -> Option<String>;

    /// Makes the id of the tool call `index` in the reply to call `number`.
    fn tool_call_id(&self, number: u64, index: usize) -> String;

    /// Returns a frame of a stream that cannot be read.
    fn malformed_frame(&self) -> Bytes;

    /// Returns a frame of a stream of a kind that nobody knows.
    fn unknown_frame(&self) -> Bytes;

    /// Writes the frame of a stream that ends in an error; the call is `request_id`.
    fn error_frame(&self, error: &Error, request_id: &str) -> Bytes;

    /// Puts the frames of a stream into what is around all of them, if anything is. A stream that breaks off is not whole.
    fn enclose(&self, steps: VecDeque<Step>, is_whole: bool) -> VecDeque<Step> {
        let _ = is_whole;
        steps
    }
}

impl fmt::Debug for dyn Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frames({})", self.media_type())
    }
}

/// An API as its provider speaks it.
///
/// The gateway's codecs say in an error what the gateway knows; a provider says what a provider knows. So the bodies of
/// errors are written here, after recorded ones.
pub(crate) trait Vendor: Sync {
    /// Finds what is asked for.
    fn endpoint(&self, request: &http::Request<Bytes>) -> Endpoint;

    /// Names what it serves, as in "POST /v1/messages".
    fn served(&self) -> &'static str;

    /// Finds the caller's key.
    fn key<'a>(&self, request: &'a http::Request<Bytes>) -> Option<&'a str>;

    /// Returns the header that carries the id of a call, if the vendor has one.
    fn request_id_header(&self) -> Option<HeaderName>;

    /// Writes the list of models.
    fn models(&self, ids: &[&str]) -> Bytes;

    /// Writes one model of the list.
    fn model(&self, id: &str) -> Bytes;

    /// Writes a count of tokens.
    fn token_count(&self, tokens: u64) -> Bytes;

    /// Answers a request for vectors. APIs without an endpoint for it are never asked.
    fn embeddings(&self, request: &http::Request<Bytes>) -> Result<Bytes, Error> {
        let _ = request;
        Err(Error::new(ErrorKind::Unsupported))
    }

    /// Returns the status and the words with which the vendor fails in this way.
    fn failure(&self, kind: ErrorKind) -> (u16, &'static str);

    /// Writes the body of an error reply to the call `request_id`.
    fn error_body(&self, error: &Error, request_id: &str) -> Bytes;

    /// Adds the headers of an error reply.
    fn error_headers(&self, error: &Error, headers: &mut HeaderMap) {
        if let Some(wait) = error.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
    }

    /// Adds the headers that tell of a limit on requests, if the vendor has some.
    fn limit_headers(&self, limit: RateLimit, headers: &mut HeaderMap) {
        let _ = (limit, headers);
    }

    /// Makes the error of a call without the right key.
    fn wrong_key(&self, request: &http::Request<Bytes>) -> Error {
        let _ = request;
        self.error(ErrorKind::Unauthenticated)
    }

    /// Makes the error of a call for a model that the vendor does not have.
    fn no_such_model(&self, model: &str) -> Error {
        self.error(ErrorKind::ModelNotFound)
            .with_message(format!("The model `{model}` does not exist."))
    }

    /// Makes an error of this kind in the vendor's own words.
    fn error(&self, kind: ErrorKind) -> Error {
        let (status, words) = self.failure(kind);
        Error::new(kind)
            .with_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
            .with_message(words)
    }
}

impl Api {
    pub(crate) fn vendor(self) -> &'static dyn Vendor {
        match self {
            Self::OpenAi => &openai::OpenAi,
            Self::Anthropic => &anthropic::Anthropic,
            Self::Gemini => &gemini::Gemini,
            Self::Bedrock => &bedrock::Bedrock,
        }
    }
}

/// Returns the status that an API uses for a kind of failure where the vendor has none of its own.
fn usual_status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::Unauthenticated => 401,
        ErrorKind::QuotaExhausted => 402,
        ErrorKind::PermissionDenied => 403,
        ErrorKind::ModelNotFound => 404,
        ErrorKind::Conflict => 409,
        ErrorKind::RequestTooLarge => 413,
        ErrorKind::RateLimited => 429,
        ErrorKind::Overloaded | ErrorKind::SlowDown => 503,
        ErrorKind::Server => 500,
        _ => 400,
    }
}

/// Providers send whole seconds: rounded up, so that nobody comes back too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Returns the path without the version it may begin with, for it is missing from some base URLs.
fn unversioned<'a>(path: &'a str, version: &str) -> &'a str {
    path.strip_prefix(version).unwrap_or(path)
}

/// Returns `endpoint` if the request has the right method for it.
fn with_method(
    request: &http::Request<Bytes>,
    expected: &http::Method,
    endpoint: Endpoint,
) -> Endpoint {
    if request.method() == expected {
        endpoint
    } else {
        Endpoint::WrongMethod
    }
}

/// Finds one model or the list of them; `path` is what follows the version.
fn models_endpoint(request: &http::Request<Bytes>, path: &str) -> Endpoint {
    match path.strip_prefix("/models") {
        Some("") => with_method(request, &http::Method::GET, Endpoint::Models),
        Some(rest) => match rest.strip_prefix('/') {
            Some(id) if !id.is_empty() => {
                with_method(request, &http::Method::GET, Endpoint::Model(id.to_owned()))
            }
            _ => Endpoint::Unknown,
        },
        None => Endpoint::Unknown,
    }
}

/// Makes an id of a call's number and, but for the first of a reply, of its place in the reply.
fn numbered(prefix: &str, number: u64, index: usize) -> String {
    match index {
        0 => format!("{prefix}_{number}"),
        _ => format!("{prefix}_{number}_{index}"),
    }
}

fn header<'a>(request: &'a http::Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn bearer(request: &http::Request<Bytes>) -> Option<&str> {
    header(request, header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
}

fn query<'a>(request: &'a http::Request<Bytes>, name: &str) -> Option<&'a str> {
    let pairs = request.uri().query()?.split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: impl TryInto<HeaderValue>) {
    if let Ok(value) = value.try_into() {
        headers.insert(HeaderName::from_static(name), value);
    }
}

fn json(value: &impl Serialize) -> Bytes {
    // Plain structs of strings and numbers always have a text.
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// Writes a frame of a stream of server-sent events.
fn sse_frame(name: Option<&str>, data: &[u8]) -> Bytes {
    let name = name.map(|name| format!("event: {name}\n"));
    let name = name.unwrap_or_default();
    [name.as_bytes(), b"data: ", data, b"\n\n"].concat().into()
}
