//! What the codecs make of an exchange.

use std::time::SystemTime;

use bytes::Bytes;
use outlast_types::{
    ChatResponse, Collector, Error, ErrorKind, FinishReason, ReplyMeta, TargetId, Usage,
};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, Decoder, ErrorReply, Events};
use serde::Serialize;

use super::Exchange;

/// What the codecs made of one exchange.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// The exchange's name.
    pub(crate) id: String,
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
    Read(Box<Reading>),
}

/// What was read.
#[derive(Debug, Serialize)]
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
}

/// A tool call: its arguments as the model wrote them.
#[derive(Debug, Serialize)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// Puts an exchange through the codec of its protocol.
pub(crate) fn outcome(exchange: &Exchange) -> Outcome {
    let result = match (exchange.operation.as_str(), exchange.provider.as_str()) {
        ("chat", "cohere") => skipped("no codec speaks Cohere's own chat format yet"),
        ("chat", _) => read(exchange, &OpenAiChat::default()),
        ("messages", _) => read(exchange, &AnthropicMessages::default()),
        (operation, _) => skipped(&format!("no codec speaks the operation `{operation}` yet")),
    };
    Outcome {
        id: exchange.id.clone(),
        result,
    }
}

fn skipped(reason: &str) -> Replayed {
    Replayed::Skipped {
        skipped: reason.to_owned(),
    }
}

fn read(exchange: &Exchange, codec: &impl ClientCodec) -> Replayed {
    let Some(body) = exchange.body() else {
        return skipped("its body is not valid base64");
    };
    let Some(status) = exchange.status() else {
        return skipped("its status is no HTTP status");
    };
    let target = TargetId::new(exchange.provider.as_str(), exchange.operation.as_str());
    let meta = ReplyMeta::new(target);
    let (reply, error) = if status.is_success() {
        decode(codec.decoder(exchange.mode()), body, meta)
    } else {
        let reply = ErrorReply {
            status,
            headers: &exchange.headers(),
            body: &body,
            // The replies carry the date they were sent at; nothing is measured from here.
            received: SystemTime::UNIX_EPOCH,
        };
        (
            Collector::default().finish(meta),
            Some(codec.read_error(&reply)),
        )
    };
    Replayed::Read(Box::new(Reading {
        ok: error.is_some() == exchange.is_error(),
        error_kind: error.as_ref().map(Error::kind),
        error: error.map(|error| error.to_string()),
        text: reply.text(),
        tool_calls: calls(&reply),
        finish: reply.finish().cloned(),
        usage: reply.usage,
    }))
}

/// Reads a body to its end or to its error; what came before an error is kept.
fn decode(
    mut decoder: impl Decoder,
    body: Bytes,
    meta: ReplyMeta,
) -> (ChatResponse, Option<Error>) {
    let mut events = Events::new();
    let result = decoder
        .push(body, &mut events)
        .and_then(|()| decoder.end(&mut events));
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    (collector.finish(meta), result.err())
}

fn calls(reply: &ChatResponse) -> Vec<Call> {
    reply
        .tool_calls()
        .map(|call| Call {
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        })
        .collect()
}
