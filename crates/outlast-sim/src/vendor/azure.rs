//! The addresses of Azure OpenAI.

use bytes::Bytes;
use http::Method;
use outlast_wire::openai::OpenAiServer;

use super::codec::FilledIn;
use super::openai::{self, ChatFrames};
use super::{Endpoint, Format, query, responses, with_method};

/// Finds what is asked for below `/openai`: at `/v1`, where all is as at OpenAI, or with an `api-version`, where the model
/// of a chat is a deployment in the path. Responses of that form name it in the body.
///
/// <https://learn.microsoft.com/azure/ai-foundry/openai/reference>
pub(super) fn endpoint(request: &http::Request<Bytes>, path: &str) -> Endpoint {
    if let Some(path) = path.strip_prefix("/v1") {
        return openai::plain(request, path);
    }
    if query(request, "api-version").is_none() {
        return Endpoint::Unknown;
    }
    let endpoint = match deployment(path) {
        Some((deployment, "/chat/completions")) => {
            let codec = FilledIn::new(OpenAiServer::new()).with("model", deployment);
            Endpoint::Chat(Format::new(codec, &ChatFrames))
        }
        Some((_, "/embeddings")) => Endpoint::Embeddings,
        Some(_) => return Endpoint::Unknown,
        None => match responses::endpoint(path) {
            Some(endpoint) => endpoint,
            None => return Endpoint::Unknown,
        },
    };
    with_method(request, &Method::POST, endpoint)
}

/// Takes `/deployments/D/...` apart.
fn deployment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix("/deployments/")?;
    let (deployment, rest) = path.split_at(path.find('/')?);
    (!deployment.is_empty()).then_some((deployment, rest))
}
