//! Amazon Bedrock's Converse, as callers speak it with an API key.

use http::{HeaderName, Request, Response};
use http_body::Body;
use outlast_wire::bedrock::BedrockServer;

use super::door::{bearer, check_key, only_post};
use super::{Call, Refusal, finish};
use crate::body::ReplyBody;

/// The header in which AWS's clients look for the id of a call.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A path that names a model and asks it for a reply, and the codec made for it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint(BedrockServer);

impl Endpoint {
    /// Finds the endpoint at `path`.
    pub(super) fn of(path: &str) -> Option<Self> {
        BedrockServer::for_path(path).map(Self)
    }
}

/// Answers a request to `endpoint`.
pub(super) async fn answer<B>(
    call: Call<'_>,
    Endpoint(codec): Endpoint,
    request: Request<B>,
) -> Response<ReplyBody>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    let answer = try_answer(call, &codec, request).await;
    finish(answer, &codec, call, Some(REQUEST_ID))
}

async fn try_answer<B>(
    call: Call<'_>,
    codec: &BedrockServer,
    request: Request<B>,
) -> Result<Response<ReplyBody>, Refusal>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    only_post(request.method())?;
    check_key(&call.shared.keys, [bearer(request.headers())])?;
    Ok(call.chat(codec, request).await?)
}
