//! Google's Gemini format, as callers speak it: the path says the model and what is asked of it.

mod array;

use http::request::Parts;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use outlast_types::Mode;
use outlast_wire::gemini::{GeminiServer, encode_count, encode_model, encode_models};
use percent_encoding::percent_decode_str;

use self::array::AsArray;
use super::door::{bearer, check_key, in_header, in_query, only_get, only_post};
use super::models::name_in_path;
use super::{Call, Refusal, finish};
use crate::body::ReplyBody;

/// The header in which a key comes, unless it comes in the query.
const KEY: &str = "x-goog-api-key";

/// The versions of the API: the path begins with one of them.
const VERSIONS: [&str; 4] = ["/v1beta", "/v1", "/v1alpha", "/v1beta1"];

/// What a path of this protocol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Asks a model for something.
    Method(String, Method),
    /// Asks for the models.
    Models,
    /// Asks for one of them.
    Model(String),
    /// Nothing.
    Nowhere,
}

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// A whole reply.
    Generate,
    /// A stream of events.
    StreamEvents,
    /// A stream that is one JSON array: what `streamGenerateContent` is without `alt=sse`.
    StreamArray,
    /// The tokens of a request.
    Count,
}

/// Tells whether the caller seems to speak this protocol.
pub(super) fn is_spoken(path: &str, headers: &HeaderMap) -> bool {
    path.starts_with("/v1beta/") || headers.contains_key(KEY)
}

impl Endpoint {
    /// Finds the endpoint at `path`. Of the models of `/v1` only the methods are this protocol's: the list is OpenAI's, unless
    /// the caller has a key of Google's kind.
    pub(super) fn of(path: &str, query: Option<&str>, headers: &HeaderMap) -> Option<Self> {
        let (before, rest) = path.split_once("/models").filter(|(before, _)| {
            // Vertex AI has a project, a location and a publisher before the models.
            let version = before.split("/projects/").next();
            version.is_some_and(|version| VERSIONS.contains(&version))
        })?;
        if let Some((name, method)) = rest.rsplit_once(':')
            && let Some(name) = name_in_path(name)
            && let Some(method) = Method::of(method, query)
        {
            return Some(Self::Method(name, method));
        }
        if before == "/v1" && !headers.contains_key(KEY) {
            return None;
        }
        match rest {
            "" => Some(Self::Models),
            _ => name_in_path(rest).map(Self::Model),
        }
    }

    fn check(&self, call: Call<'_>, head: &Parts) -> Result<(), Refusal> {
        match self {
            Self::Method(..) => only_post(&head.method)?,
            Self::Models | Self::Model(_) => only_get(&head.method)?,
            Self::Nowhere => return Err(Refusal::no_such_path()),
        }
        let headers = &head.headers;
        let presented = [
            in_header(headers, KEY),
            in_query(&head.uri),
            bearer(headers),
        ];
        check_key(&call.shared.keys, presented)
    }

    /// Returns the codec for what is asked; of what is no request it writes the errors.
    fn codec(&self) -> GeminiServer {
        match self {
            Self::Method(model, method) => GeminiServer::new(model, method.mode()),
            _ => GeminiServer::new("", Mode::Unary),
        }
    }
}

impl Method {
    fn of(name: &str, query: Option<&str>) -> Option<Self> {
        let is_events =
            || query.is_some_and(|query| query.split('&').any(|field| field == "alt=sse"));
        Some(
            match percent_decode_str(name).decode_utf8().ok()?.as_ref() {
                "generateContent" => Self::Generate,
                "streamGenerateContent" if is_events() => Self::StreamEvents,
                "streamGenerateContent" => Self::StreamArray,
                "countTokens" => Self::Count,
                _ => return None,
            },
        )
    }

    fn mode(self) -> Mode {
        match self {
            Self::Generate | Self::Count => Mode::Unary,
            Self::StreamEvents | Self::StreamArray => Mode::Stream,
        }
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
    let codec = endpoint.codec();
    let answer = try_answer(call, endpoint, &codec, request).await;
    finish(answer, &codec, call, None)
}

async fn try_answer<B>(
    call: Call<'_>,
    endpoint: Endpoint,
    codec: &GeminiServer,
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
        Endpoint::Method(_, Method::Generate | Method::StreamEvents) => {
            call.chat(codec, request).await?
        }
        Endpoint::Method(_, Method::StreamArray) => {
            call.chat(&AsArray(codec.clone()), request).await?
        }
        Endpoint::Method(_, Method::Count) => {
            let decode = |body: &_| codec.decode_count(body);
            call.count(request, decode, encode_count).await?
        }
        Endpoint::Models => call.models(|names| encode_models(names.iter().copied())),
        Endpoint::Model(name) => call.model(&name, encode_model)?,
        Endpoint::Nowhere => return Err(Refusal::no_such_path()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_the_model_and_what_is_asked_of_it() {
        let check = |path: &str, query, endpoint| {
            assert_eq!(
                Endpoint::of(path, query, &HeaderMap::new()),
                endpoint,
                "{path}"
            );
        };
        let method = |model: &str, method| Some(Endpoint::Method(model.to_owned(), method));
        check(
            "/v1beta/models/default:generateContent",
            None,
            method("default", Method::Generate),
        );
        check(
            "/v1/models/a/m:countTokens",
            None,
            method("a/m", Method::Count),
        );
        check(
            "/v1beta/models/a%2Fllama3:8b:streamGenerateContent",
            Some("key=k&alt=sse"),
            method("a/llama3:8b", Method::StreamEvents),
        );
        check(
            "/v1beta1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent",
            None,
            method("m", Method::StreamArray),
        );
        check("/v1beta/models", None, Some(Endpoint::Models));
        check(
            "/v1beta/models/a/m",
            None,
            Some(Endpoint::Model("a/m".to_owned())),
        );
        check("/v1/models", None, None);
        check("/v1/models/llama3:8b", None, None);
        check("/v2/models/m:generateContent", None, None);
        check("/v1/chat/completions", None, None);
    }
}
