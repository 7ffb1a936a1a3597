//! What differs between the APIs: paths, keys, codecs, and the bodies that no codec writes.

mod error;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use outlast_types::{ChatRequest, ChatResponse, Error, Protocol};
use outlast_wire::anthropic::AnthropicServer;
use outlast_wire::openai::{OpenAiServer, encode_models};
use outlast_wire::{Incoming, ServerCodec, StreamEncoder};
use serde::Serialize;

use crate::Api;

/// A [`ServerCodec`] as a trait object.
pub(crate) trait Codec: Sync {
    fn protocol(&self) -> Protocol;
    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error>;
    fn encode_response(&self, response: &ChatResponse) -> Bytes;
    fn encoder(&self, request: &ChatRequest) -> Box<dyn StreamEncoder>;
}

impl<C: ServerCodec> Codec for C {
    fn protocol(&self) -> Protocol {
        ServerCodec::protocol(self)
    }

    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error> {
        ServerCodec::decode_request(self, body)
    }

    fn encode_response(&self, response: &ChatResponse) -> Bytes {
        ServerCodec::encode_response(self, response)
    }

    fn encoder(&self, request: &ChatRequest) -> Box<dyn StreamEncoder> {
        Box::new(ServerCodec::encoder(self, request))
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat,
    Models,
    /// The path is one of the API's, the method is not.
    WrongMethod,
    Unknown,
}

impl Api {
    pub(crate) fn codec(self) -> &'static dyn Codec {
        match self {
            Self::OpenAi => const { &OpenAiServer::new() },
            Self::Anthropic => const { &AnthropicServer::new() },
        }
    }

    /// Finds what is asked for; the leading `/v1` may be missing, as it is from some base URLs.
    pub(crate) fn endpoint(self, method: &Method, path: &str) -> Endpoint {
        let path = path.strip_prefix("/v1").unwrap_or(path);
        let (endpoint, expected) = match path {
            "/models" => (Endpoint::Models, Method::GET),
            _ if path == self.chat_path() => (Endpoint::Chat, Method::POST),
            _ => return Endpoint::Unknown,
        };
        if *method == expected {
            endpoint
        } else {
            Endpoint::WrongMethod
        }
    }

    /// Returns the path of a chat below `/v1`.
    pub(crate) const fn chat_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/chat/completions",
            Self::Anthropic => "/messages",
        }
    }

    /// Finds the caller's key.
    pub(crate) fn key(self, headers: &HeaderMap) -> Option<&str> {
        let bearer = || text(headers, header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ");
        match self {
            Self::OpenAi => bearer(),
            Self::Anthropic => text(headers, "x-api-key").or_else(bearer),
        }
    }

    /// Returns the header that carries the id of a call.
    pub(crate) const fn request_id_header(self) -> &'static str {
        match self {
            Self::OpenAi => "x-request-id",
            Self::Anthropic => "request-id",
        }
    }

    /// Makes the id of the reply to call `number`.
    pub(crate) fn reply_id(self, number: u64) -> String {
        match self {
            Self::OpenAi => format!("chatcmpl-sim-{number}"),
            Self::Anthropic => format!("msg_sim_{number}"),
        }
    }

    /// Makes the id of the tool call in the reply to call `number`.
    pub(crate) fn tool_call_id(self, number: u64) -> String {
        match self {
            Self::OpenAi => format!("call_sim_{number}"),
            Self::Anthropic => format!("toolu_sim_{number}"),
        }
    }

    /// Returns a frame of a stream that is no JSON.
    pub(crate) const fn malformed_frame(self) -> &'static [u8] {
        match self {
            Self::OpenAi => b"data: {\"id\":\"chatcmpl-sim\",\"choices\":[{\"index\":0,\"delta\":{\n\n",
            Self::Anthropic => {
                b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":\n\n"
            }
        }
    }

    /// Writes the list of models.
    pub(crate) fn models(self, ids: &[&str]) -> Bytes {
        match self {
            Self::OpenAi => encode_models(ids.iter().copied()),
            Self::Anthropic => anthropic_models(ids),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Writes the list as <https://docs.claude.com/en/api/models-list> describes it, on one page.
fn anthropic_models(ids: &[&str]) -> Bytes {
    #[derive(Serialize)]
    struct Page<'a> {
        data: Vec<Model<'a>>,
        has_more: bool,
        first_id: Option<&'a str>,
        last_id: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Model<'a> {
        r#type: &'static str,
        id: &'a str,
        display_name: &'a str,
        created_at: &'static str,
    }
    let page = Page {
        data: ids
            .iter()
            .map(|id| Model {
                r#type: "model",
                id,
                display_name: id,
                created_at: "2025-01-01T00:00:00Z",
            })
            .collect(),
        has_more: false,
        first_id: ids.first().copied(),
        last_id: ids.last().copied(),
    };
    // Plain structs of strings always have a text.
    serde_json::to_vec(&page).unwrap_or_default().into()
}
