//! OpenAI's Chat Completions, as callers speak it.

use std::sync::Arc;

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body;
use outlast_wire::openai::{OpenAiServer, encode_models};

use super::{Refusal, chat, check_key, check_method};
use crate::body::ReplyBody;
use crate::clock;
use crate::gateway::{Shared, json_response};

/// Reads requests and writes answers.
const CODEC: OpenAiServer = OpenAiServer::new().with_clock(clock::now);

/// The paths, as an error names them.
const KNOWN: &str =
    "POST /v1/chat/completions, GET /v1/models and GET /healthz (a client's base URL ends in /v1)";

/// What a path of this protocol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Asks for a reply.
    Chat,
    /// Asks for the models.
    Models,
}

impl Endpoint {
    /// Finds the endpoint at `path`.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/chat/completions" => Some(Self::Chat),
            "/v1/models" => Some(Self::Models),
            _ => None,
        }
    }

    fn check_method(self, method: &Method) -> Result<(), Refusal> {
        match self {
            Self::Chat => check_method(method, &[Method::POST], "POST"),
            Self::Models => check_method(method, &[Method::GET, Method::HEAD], "GET"),
        }
    }
}

/// Answers a request to `endpoint`.
pub(crate) async fn answer<B>(
    shared: &Shared,
    endpoint: Endpoint,
    request: Request<B>,
    id: &Arc<str>,
) -> Response<ReplyBody>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    try_answer(shared, endpoint, request, id)
        .await
        .unwrap_or_else(|refusal| refusal.encode(&CODEC, id))
}

/// Refuses a request to a path that is none of any protocol.
pub(crate) fn no_such_path(id: &str) -> Response<ReplyBody> {
    Refusal::no_such_path(KNOWN).encode(&CODEC, id)
}

async fn try_answer<B>(
    shared: &Shared,
    endpoint: Endpoint,
    request: Request<B>,
    id: &Arc<str>,
) -> Result<Response<ReplyBody>, Refusal>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    endpoint.check_method(request.method())?;
    check_key(shared, bearer_token(request.headers()))?;
    Ok(match endpoint {
        Endpoint::Chat => {
            shared
                .unless_cut_off(chat(shared, &CODEC, request, id))
                .await?
        }
        Endpoint::Models => models(shared),
    })
}

/// Reads the key out of `Authorization: Bearer KEY`.
fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then_some(key.trim_ascii())
}

/// Lists what `model` may name: the routes, then the targets.
fn models(shared: &Shared) -> Response<ReplyBody> {
    let routes = shared.client.routes().map(str::to_owned);
    let targets = shared
        .client
        .targets()
        .into_iter()
        .map(|target| target.id.to_string());
    let names: Vec<String> = routes.chain(targets).collect();
    json_response(
        StatusCode::OK,
        encode_models(names.iter().map(String::as_str)),
    )
}
