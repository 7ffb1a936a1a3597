//! Anthropic's Messages, token counts and models, as callers speak them.

use http::request::Parts;
use http::{HeaderMap, HeaderName, Request, Response};
use http_body::Body;
use outlast_wire::anthropic::{AnthropicServer, encode_count, encode_model, encode_models};

use super::door::{bearer, check_key, in_header, only_get, only_post};
use super::models::name_in_path;
use super::{Call, Refusal, finish};
use crate::body::ReplyBody;

/// Reads requests and writes answers.
const CODEC: AnthropicServer = AnthropicServer::new();

/// The header in which Anthropic's clients look for the id of a call.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// What a path of this protocol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Asks for a reply.
    Messages,
    /// Asks for the tokens of a request.
    Count,
    /// Asks for the models.
    Models,
    /// Asks for one of them.
    Model(String),
    /// Nothing.
    Nowhere,
}

/// Tells whether the caller says that it speaks this protocol: where OpenAI has the same paths, that decides.
pub(super) fn is_spoken(headers: &HeaderMap) -> bool {
    headers.contains_key("anthropic-version")
}

impl Endpoint {
    /// Finds the endpoint at `path`.
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Option<Self> {
        Some(match path {
            "/v1/messages" => Self::Messages,
            "/v1/messages/count_tokens" => Self::Count,
            _ if !is_spoken(headers) => return None,
            "/v1/models" => Self::Models,
            _ => Self::Model(name_in_path(path.strip_prefix("/v1/models")?)?),
        })
    }

    fn check(&self, call: Call<'_>, head: &Parts) -> Result<(), Refusal> {
        match self {
            Self::Messages | Self::Count => only_post(&head.method)?,
            Self::Models | Self::Model(_) => only_get(&head.method)?,
            Self::Nowhere => return Err(Refusal::no_such_path()),
        }
        let presented = [in_header(&head.headers, "x-api-key"), bearer(&head.headers)];
        check_key(&call.shared.keys, presented)
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
        Endpoint::Messages => call.chat(&CODEC, request).await?,
        Endpoint::Count => {
            let decode = |body: &_| CODEC.decode_count(body);
            call.count(request, decode, encode_count).await?
        }
        Endpoint::Models => call.models(|names| encode_models(names.iter().copied())),
        Endpoint::Model(name) => call.model(&name, encode_model)?,
        Endpoint::Nowhere => return Err(Refusal::no_such_path()),
    })
}
