//! Replies that are a turn of a conversation.

use std::time::SystemTime;

use bytes::Bytes;
use outlast_types::{ChatResponse, Collector, Error, ReplyMeta, TargetId};
use outlast_wire::{ClientCodec, Decoder, ErrorReply, Events};

use super::Exchange;
use super::outcome::{Call, Reading};

/// Reads a reply with `codec`, or says why it cannot be tried.
pub(super) fn read(exchange: &Exchange, codec: &impl ClientCodec) -> Result<Reading, String> {
    let decoder = codec.decoder(exchange.mode());
    read_with(exchange, decoder, |reply| codec.read_error(reply))
}

/// Reads a success with `decoder` and an error with `read_error`.
pub(super) fn read_with(
    exchange: &Exchange,
    decoder: impl Decoder,
    read_error: impl FnOnce(&ErrorReply<'_>) -> Error,
) -> Result<Reading, String> {
    let body = exchange.body().ok_or("its body is not valid base64")?;
    let status = exchange.status().ok_or("its status is no HTTP status")?;
    let target = TargetId::new(exchange.provider.as_str(), exchange.operation.as_str());
    let meta = ReplyMeta::new(target);
    let (reply, error) = if status.is_success() {
        decode(decoder, body, meta)
    } else {
        let reply = ErrorReply {
            status,
            headers: &exchange.headers(),
            body: &body,
            // The replies carry the date they were sent at; nothing is measured from here.
            received: SystemTime::UNIX_EPOCH,
        };
        (Collector::default().finish(meta), Some(read_error(&reply)))
    };
    Ok(Reading {
        ok: error.is_some() == exchange.is_error(),
        error_kind: error.as_ref().map(Error::kind),
        error: error.map(|error| error.to_string()),
        text: reply.text(),
        tool_calls: calls(&reply),
        finish: reply.finish().cloned(),
        usage: reply.usage,
        document: None,
    })
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
