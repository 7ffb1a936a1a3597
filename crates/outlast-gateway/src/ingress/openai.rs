//! OpenAI's Chat Completions, embeddings and models, as callers speak them.

use http::request::Parts;
use http::{HeaderName, Request, Response};
use http_body::Body;
use outlast_wire::openai::{OpenAiServer, encode_model, encode_models};

use super::door::{bearer, check_key, only_get, only_post};
use super::models::name_in_path;
use super::{Call, Refusal, finish};
use crate::body::ReplyBody;
use crate::clock;

/// Reads requests and writes answers.
const CODEC: OpenAiServer = OpenAiServer::new().with_clock(clock::now);

/// The header in which OpenAI's clients look for the id of a call.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a path of this protocol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Asks for a reply.
    Chat,
    /// Asks for vectors.
    Embeddings,
    /// Asks for the models.
    Models,
    /// Asks for one of them.
    Model(String),
    /// Nothing.
    Nowhere,
}

impl Endpoint {
    /// Finds the endpoint at `path`.
    pub(super) fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/v1/chat/completions" => Self::Chat,
            "/v1/embeddings" => Self::Embeddings,
            "/v1/models" => Self::Models,
            _ => Self::Model(name_in_path(path.strip_prefix("/v1/models")?)?),
        })
    }

    fn check(&self, call: Call<'_>, head: &Parts) -> Result<(), Refusal> {
        match self {
            Self::Chat | Self::Embeddings => only_post(&head.method)?,
            Self::Models | Self::Model(_) => only_get(&head.method)?,
            Self::Nowhere => return Err(Refusal::no_such_path()),
        }
        check_key(&call.shared.keys, [bearer(&head.headers)])
    }
}

/// Answers a request to `endpoint`.
pub(super) async fn answer<B>(
    call: Call<'_>,
    endpoint: Endpoint,
    request: Request<B>,
) -> Response<ReplyBody>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    let answer = try_answer(call, endpoint, request).await;
    finish(answer, &CODEC, call, Some(REQUEST_ID))
}

async fn try_answer<B>(
    call: Call<'_>,
    endpoint: Endpoint,
    request: Request<B>,
) -> Result<Response<ReplyBody>, Refusal>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    let (head, body) = request.into_parts();
    endpoint.check(call, &head)?;
    let request = Request::from_parts(head, body);
    Ok(match endpoint {
        Endpoint::Chat => call.chat(&CODEC, request).await?,
        Endpoint::Embeddings => {
            let decode = |body: &_| CODEC.decode_embeddings(body);
            let encode = |request: &_, reply: &_| CODEC.encode_embeddings(request, reply);
            call.embed(request, decode, encode).await?
        }
        Endpoint::Models => call.models(|names| encode_models(names.iter().copied())),
        Endpoint::Model(name) => call.model(&name, encode_model)?,
        Endpoint::Nowhere => return Err(Refusal::no_such_path()),
    })
}
