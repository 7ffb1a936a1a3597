//! The protocols callers speak, one file each.
//!
//! A file says which paths its protocol has, where a key comes in its requests, and which codec reads and writes it.
//! What all protocols have in common is here: [`chat`] takes a request through codec and client.

pub(crate) mod openai;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use outlast_types::{ChatRequest, Error, ErrorKind, Mode};
use outlast_wire::{Incoming, ServerCodec};

use crate::body::ReplyBody;
use crate::events::EventBody;
use crate::gateway::{Shared, json_response};
use crate::{headers, request_body};

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Tells whether the gateway takes requests.
    Health,
    /// OpenAI's protocol.
    OpenAi(openai::Endpoint),
}

impl Endpoint {
    /// Finds the endpoint at `path`.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/healthz" => Some(Self::Health),
            _ => openai::Endpoint::of(path).map(Self::OpenAi),
        }
    }
}

/// Why a request is not answered as it wants: an error, and the header that HTTP wants beside some.
pub(crate) struct Refusal {
    error: Error,
    header: Option<(HeaderName, HeaderValue)>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            header: None,
        }
    }
}

impl Refusal {
    /// Refuses with a status that is not that of the error's kind.
    fn new(status: StatusCode, code: &str, message: impl AsRef<str>) -> Self {
        Error::new(ErrorKind::InvalidRequest)
            .with_status(status)
            .with_code(code)
            .with_message(message)
            .into()
    }

    fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    fn no_such_path(known: &str) -> Self {
        let message = format!("there is nothing at this path; there is {known}");
        Self::new(StatusCode::NOT_FOUND, "unknown_url", message)
    }

    fn wrong_method(allowed: &'static str) -> Self {
        let message = format!("this path takes {allowed} only");
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_supported",
            message,
        )
        .with_header(header::ALLOW, allowed)
    }

    /// The same for a missing, a malformed and a wrong key: it tells nothing about the keys there are.
    fn wrong_key() -> Self {
        let message = "the gateway does not know this key; send one of its own keys";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
            .with_header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// Writes the refusal of request `id` in the caller's protocol.
    fn encode<C: ServerCodec>(self, codec: &C, id: &str) -> Response<ReplyBody> {
        let Self { error, header } = self;
        // What to do about the account is for whoever runs it: it goes to the log.
        let told = error.clone().without_advice();
        let mut response = codec.encode_error(&told).map(ReplyBody::whole);
        if let Some(status) = own_status(&error) {
            *response.status_mut() = status;
        }
        response.headers_mut().extend(header);
        headers::put_ledger(response.headers_mut(), error.target(), error.ledger());
        if response.status().is_server_error() {
            tracing::warn!(request_id = id, %error, ledger = ?error.ledger(), "call failed");
        }
        response
    }
}

/// Returns the status that the gateway itself gave an error. A provider's is the codec's to translate: its 401 is about
/// our key and not about the caller's.
fn own_status(error: &Error) -> Option<StatusCode> {
    match error.target() {
        None => error.status(),
        Some(_) => None,
    }
}

/// Lets a request pass that has one of the methods.
fn check_method(method: &Method, allowed: &[Method], names: &'static str) -> Result<(), Refusal> {
    if allowed.contains(method) {
        Ok(())
    } else {
        Err(Refusal::wrong_method(names))
    }
}

/// Lets a request pass that has one of the keys, if there are any.
fn check_key(shared: &Shared, presented: Option<&[u8]>) -> Result<(), Refusal> {
    if shared.keys.is_empty() {
        return Ok(());
    }
    match shared.keys.find(presented.unwrap_or_default()) {
        Some(name) if presented.is_some() => {
            tracing::trace!(key = %name, "key accepted");
            Ok(())
        }
        _ => Err(Refusal::wrong_key()),
    }
}

/// Takes a caller's request through the codec and the client.
async fn chat<C, B>(
    shared: &Shared,
    codec: &C,
    request: Request<B>,
    id: &Arc<str>,
) -> Result<Response<ReplyBody>, Error>
where
    C: ServerCodec,
    B: Body,
    B::Error: std::fmt::Display,
{
    let deadline = headers::deadline(request.headers())?;
    let on_unsupported = headers::on_unsupported(request.headers())?;
    let body = request_body::read(request.into_body(), shared.body_limit, &shared.limits).await?;
    let Incoming { mut request, mode } = codec.decode_request(&body)?;
    request.context.request_id = Some(Arc::clone(id));
    request.context.deadline = deadline;
    request.context.on_unsupported = on_unsupported;
    // Not the shared body: whoever changes the request would have to copy it while it is held here.
    let model = request.model.clone();
    let answer = match mode {
        Mode::Unary => unary(shared, codec, request).await,
        Mode::Stream => stream(shared, codec, request).await,
    };
    answer.map_err(|error| name_model(error, &model))
}

/// Says which model is unknown; the client says which there are.
fn name_model(error: Error, model: &str) -> Error {
    if error.kind() != ErrorKind::UnknownModel {
        return error;
    }
    let known = error
        .message()
        .unwrap_or("GET /v1/models lists those there are");
    let message = format!("there is no route or target `{model:.100}`; {known}");
    error.with_message(message)
}

async fn unary<C: ServerCodec>(
    shared: &Shared,
    codec: &C,
    request: ChatRequest,
) -> Result<Response<ReplyBody>, Error> {
    let reply = shared.client.chat(request).await?;
    let mut response = json_response(StatusCode::OK, codec.encode_response(&reply));
    let meta = reply.meta();
    headers::put_ledger(
        response.headers_mut(),
        Some(meta.target()),
        Some(&meta.ledger),
    );
    Ok(response)
}

/// Returns once the first content is there, so that a call that fails before it has a status of its own.
async fn stream<C: ServerCodec>(
    shared: &Shared,
    codec: &C,
    request: ChatRequest,
) -> Result<Response<ReplyBody>, Error> {
    let encoder = codec.encoder(&request);
    let stream = shared.client.stream(request).await?;
    let meta = stream.meta().clone();
    let cut_off = shared.life.cut_off.clone().cancelled_owned();
    let body = ReplyBody::stream(EventBody::new(stream, encoder, cut_off));
    let mut response = Response::new(body);
    put_stream_headers(response.headers_mut());
    headers::put_ledger(
        response.headers_mut(),
        Some(meta.target()),
        Some(&meta.ledger),
    );
    Ok(response)
}

/// Tells everybody on the way not to keep, change or collect the stream.
fn put_stream_headers(headers: &mut HeaderMap) {
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
}
