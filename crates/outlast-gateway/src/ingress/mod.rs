//! The protocols callers speak, one file each.
//!
//! A file says which paths its protocol has, where a key comes in its requests, in which header its clients look for the id
//! of a call, and which codec reads and writes it. What all protocols have in common is beside them: who is let in
//! ([`door`]), the way through codec and client ([`call`]), the list of models ([`models`]) and how a request is refused
//! ([`refusal`]).

mod call;
mod door;
mod models;
mod refusal;

mod anthropic;
mod bedrock;
mod gemini;
mod openai;
mod responses;

use http::{HeaderName, Request, Response};
use http_body::Body;
use outlast_wire::ServerCodec;

pub(crate) use self::call::Call;
use self::refusal::Refusal;
use crate::body::ReplyBody;
use crate::headers;

/// What a request asks for, by its path and by what its headers say of its protocol.
#[derive(Clone, Debug)]
pub(crate) enum Endpoint {
    /// Tells whether the gateway takes requests.
    Health,
    /// OpenAI's protocol.
    OpenAi(openai::Endpoint),
    /// OpenAI's Responses.
    Responses(responses::Endpoint),
    /// Anthropic's protocol.
    Anthropic(anthropic::Endpoint),
    /// Google's protocol.
    Gemini(gemini::Endpoint),
    /// Amazon's protocol.
    Bedrock(bedrock::Endpoint),
}

impl Endpoint {
    /// Finds what is asked for. A path that is none of any protocol belongs to the protocol that the caller seems to speak.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let (path, query) = (request.uri().path(), request.uri().query());
        let headers = request.headers();
        if path == "/healthz" {
            return Self::Health;
        }
        let known = None
            .or_else(|| anthropic::Endpoint::of(path, headers).map(Self::Anthropic))
            .or_else(|| gemini::Endpoint::of(path, query, headers).map(Self::Gemini))
            .or_else(|| openai::Endpoint::of(path).map(Self::OpenAi))
            .or_else(|| responses::Endpoint::of(path).map(Self::Responses))
            .or_else(|| bedrock::Endpoint::of(path).map(Self::Bedrock));
        known.unwrap_or_else(|| {
            if anthropic::is_spoken(headers) {
                Self::Anthropic(anthropic::Endpoint::Nowhere)
            } else if gemini::is_spoken(path, headers) {
                Self::Gemini(gemini::Endpoint::Nowhere)
            } else {
                Self::OpenAi(openai::Endpoint::Nowhere)
            }
        })
    }

    /// Answers a request that asks for this.
    pub(crate) async fn answer<B>(self, call: Call<'_>, request: Request<B>) -> Response<ReplyBody>
    where
        B: Body,
        B::Error: std::fmt::Display,
    {
        match self {
            Self::Health => call.shared.health(request.method()),
            Self::OpenAi(endpoint) => openai::answer(call, endpoint, request).await,
            Self::Responses(endpoint) => responses::answer(call, endpoint, request).await,
            Self::Anthropic(endpoint) => anthropic::answer(call, endpoint, request).await,
            Self::Gemini(endpoint) => gemini::answer(call, endpoint, request).await,
            Self::Bedrock(endpoint) => bedrock::answer(call, endpoint, request).await,
        }
    }
}

/// Writes what became of a call in the caller's protocol, and its id where the protocol's clients look for it.
fn finish(
    answer: Result<Response<ReplyBody>, Refusal>,
    codec: &impl ServerCodec,
    call: Call<'_>,
    request_id: Option<HeaderName>,
) -> Response<ReplyBody> {
    let mut response = answer.unwrap_or_else(|refusal| refusal.encode(codec, call));
    if let Some(name) = request_id {
        headers::put_text(response.headers_mut(), name, call.id);
    }
    response
}
