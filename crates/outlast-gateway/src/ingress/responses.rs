//! OpenAI's Responses, as callers speak them.
//!
//! The gateway keeps no responses. What another party keeps is passed on to it and means something to it alone:
//! a request with `previous_response_id`, `conversation` or a stored `prompt` is answered by a target that speaks Responses,
//! or not at all, whatever the caller or the policy says of what cannot be carried. For what would have to be fetched later
//! there is nobody: `background` is refused, and so is every path below `/v1/responses/`.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use outlast_types::{
    ChatRequest, ChatResponse, CountRequest, Error, ErrorKind, OnUnsupported, Protocol, RawJson,
};
use outlast_wire::responses::{PROTOCOL, ResponsesEncoder, ResponsesServer, encode_count};
use outlast_wire::{Incoming, ServerCodec};

use super::door::{bearer, check_key, only_post};
use super::openai::REQUEST_ID;
use super::{Call, Refusal, finish};
use crate::body::ReplyBody;
use crate::clock;

/// Reads requests and writes answers.
const CODEC: Stateless = Stateless(ResponsesServer::new().with_clock(clock::now));

/// Fields that stand for something that a provider keeps.
const KEPT_ELSEWHERE: [&str; 3] = ["conversation", "previous_response_id", "prompt"];

/// What a path of this protocol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Asks for a response.
    Create,
    /// Asks for the tokens of one.
    Count,
    /// Asks for one that was to be kept, or what became of it.
    Kept,
}

impl Endpoint {
    /// Finds the endpoint at `path`.
    pub(super) fn of(path: &str) -> Option<Self> {
        Some(match path.strip_prefix("/v1/responses")? {
            "" => Self::Create,
            "/input_tokens" => Self::Count,
            rest if rest.len() > 1 && rest.starts_with('/') => Self::Kept,
            _ => return None,
        })
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
    if endpoint != Endpoint::Kept {
        only_post(request.method())?;
    }
    check_key(&call.shared.keys, [bearer(request.headers())])?;
    Ok(match endpoint {
        Endpoint::Create => call.chat(&CODEC, request).await?,
        Endpoint::Count => {
            let decode = |body: &Bytes| Ok(CountRequest(CODEC.decode_request(body)?.request));
            call.count(request, decode, encode_count).await?
        }
        Endpoint::Kept => return Err(nothing_kept()),
    })
}

fn nothing_kept() -> Refusal {
    let message = "the gateway keeps no responses, so that there is none to fetch, cancel or delete: send the conversation as \
                   `input`, or ask the provider that keeps it";
    Refusal::new(StatusCode::NOT_FOUND, "response_not_found", message)
}

/// Reads and writes Responses for callers of whom nothing is kept.
struct Stateless(ResponsesServer);

impl ServerCodec for Stateless {
    type Encoder = ResponsesEncoder;

    fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        let mut incoming = self.0.decode_request(body)?;
        let request = &mut incoming.request;
        if field(request, "background").is_some_and(|value| value.get() != "false") {
            return Err(no_background());
        }
        if KEPT_ELSEWHERE
            .iter()
            .any(|name| field(request, name).is_some())
        {
            request.context.on_unsupported = Some(OnUnsupported::Error);
        }
        Ok(incoming)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        self.0.encode_response(response)
    }

    fn encoder(&self, request: &ChatRequest) -> ResponsesEncoder {
        self.0.encoder(request)
    }

    fn encode_error(&self, error: &Error) -> Response<Bytes> {
        self.0.encode_error(error)
    }
}

/// Returns a field of the request that the vocabulary has no name for, unless it is `null`.
fn field<'a>(request: &'a ChatRequest, name: &str) -> Option<&'a RawJson> {
    let fields = request.extra.as_ref()?.fields_for(&PROTOCOL)?;
    fields.get(name).filter(|value| value.get() != "null")
}

fn no_background() -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message(
        "background: the gateway keeps no responses that could be fetched later: leave it out",
    )
}
