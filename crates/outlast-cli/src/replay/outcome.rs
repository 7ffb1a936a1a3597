//! What the codecs make of an exchange.

use outlast_types::{Error, ErrorKind, FinishReason, Usage};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::{BedrockConverse, InvokeStream};
use outlast_wire::bedrock_invoke::{InvokeFrames, usage_in_headers};
use outlast_wire::cohere::{CohereChat, OlderFrames};
use outlast_wire::completions::Completions;
use outlast_wire::event_stream::EventStreamBody;
use outlast_wire::gemini::Gemini;
use outlast_wire::interactions::InteractionFrames;
use outlast_wire::ndjson::LineDecoder;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::{ChatDecoder, ClientCodec, ErrorReply};
use serde::Serialize;

use super::document::{self, Document};
use super::request::{Comparison, compare};
use super::spoken::{Errors, Spoken, spoken};
use super::{Exchange, chat};

/// What the codecs made of one exchange.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// The exchange's name.
    pub(crate) id: String,
    /// Who answered.
    pub(crate) provider: String,
    /// What was asked for.
    pub(crate) operation: String,
    #[serde(flatten)]
    pub(crate) result: Replayed,
}

/// How it went.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Replayed {
    /// It was not tried.
    Skipped {
        /// Why.
        skipped: String,
    },
    /// It was read.
    Read {
        #[serde(flatten)]
        reading: Box<Reading>,
        #[serde(flatten)]
        request: Comparison,
    },
}

/// What was read of a reply.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Reading {
    /// Whether a recorded success was read as a success, and a recorded error as an error.
    pub(crate) ok: bool,
    pub(crate) error_kind: Option<ErrorKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) text: String,
    pub(crate) tool_calls: Vec<Call>,
    pub(crate) finish: Option<FinishReason>,
    pub(crate) usage: Usage,
    /// What it says if it is no turn of a conversation.
    #[serde(flatten)]
    pub(crate) document: Option<Document>,
}

/// A tool call: its arguments as the model wrote them.
#[derive(Debug, Serialize)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// Puts an exchange through the codec of its protocol.
pub(crate) fn outcome(exchange: &Exchange) -> Outcome {
    Outcome {
        id: exchange.id.clone(),
        provider: exchange.provider.clone(),
        operation: exchange.operation.clone(),
        result: replay(exchange).unwrap_or_else(|skipped| Replayed::Skipped { skipped }),
    }
}

fn replay(exchange: &Exchange) -> Result<Replayed, String> {
    let spoken = spoken(exchange)?;
    let reading = match spoken {
        Spoken::OpenAiChat => chat::read(exchange, &OpenAiChat::default()),
        Spoken::Completions => chat::read(exchange, &Completions::new()),
        Spoken::Messages => chat::read(exchange, &AnthropicMessages::default()),
        Spoken::Cohere => chat::read(exchange, &CohereChat::new()),
        Spoken::CohereOlder => chat::read_with(
            exchange,
            LineDecoder::new(exchange.mode(), OlderFrames::default()),
            |reply| CohereChat::new().read_error(reply),
        ),
        Spoken::Ollama => chat::read(exchange, &OllamaChat::new()),
        Spoken::Responses => chat::read(exchange, &OpenAiResponses::default()),
        Spoken::Gemini => chat::read(exchange, &Gemini::new()),
        Spoken::Interactions => chat::read_with(
            exchange,
            ChatDecoder::new(exchange.mode(), InteractionFrames::default()),
            |reply| read_error(Errors::Gemini, reply),
        ),
        Spoken::Converse => chat::read(exchange, &BedrockConverse::new()),
        Spoken::Invoke => {
            let frames = InvokeStream::new(InvokeFrames::default());
            let decoder = EventStreamBody::new(exchange.mode(), frames);
            chat::read_with(exchange, decoder, |reply| {
                read_error(Errors::Bedrock, reply)
            })
            .map(|reading| counted_in_headers(exchange, reading))
        }
        Spoken::Document(errors) => document::read(exchange, |reply| read_error(errors, reply)),
    }?;
    Ok(Replayed::Read {
        reading: Box::new(reading),
        request: compare(exchange, spoken),
    })
}

/// Takes the service's token counts where the vendor's format has none.
fn counted_in_headers(exchange: &Exchange, mut reading: Reading) -> Reading {
    if reading.usage == Usage::default() {
        reading.usage = usage_in_headers(&exchange.headers()).unwrap_or_default();
    }
    reading
}

fn read_error(errors: Errors, reply: &ErrorReply<'_>) -> Error {
    match errors {
        Errors::OpenAi => OpenAiChat::default().read_error(reply),
        Errors::Anthropic => AnthropicMessages::default().read_error(reply),
        Errors::Cohere => CohereChat::new().read_error(reply),
        Errors::Gemini => Gemini::new().read_error(reply),
        Errors::Bedrock => BedrockConverse::new().read_error(reply),
    }
}
