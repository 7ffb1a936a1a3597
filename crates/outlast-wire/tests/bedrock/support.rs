//! Both codecs in one call.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId,
};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer};
use outlast_wire::event_stream::{HeaderValue, write_frame};
use outlast_wire::{ClientCodec, Decoder, Events, ServerCodec, StreamEncoder};

/// Decodes a body that comes in these pieces: the events, and how it ended.
pub(crate) fn decode_pieces<'a>(
    mode: Mode,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Events, Result<(), Error>) {
    read_pieces(BedrockConverse::new().decoder(mode), pieces)
}

pub(crate) fn read_pieces<'a>(
    mut decoder: impl Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Events, Result<(), Error>) {
    let mut events = Events::new();
    let end = pieces
        .into_iter()
        .try_for_each(|piece| decoder.push(Bytes::copy_from_slice(piece), &mut events))
        .and_then(|()| decoder.end(&mut events));
    (events, end)
}

pub(crate) fn decode(mode: Mode, body: &[u8]) -> Result<Events, Error> {
    let (events, end) = decode_pieces(mode, [body]);
    end.map(|()| events)
}

pub(crate) fn collect(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("bedrock", "m")))
}

pub(crate) fn server() -> BedrockServer {
    BedrockServer::for_path("/model/m.x/converse-stream").unwrap()
}

/// Encodes a whole stream.
pub(crate) fn encode_stream<'a>(events: impl IntoIterator<Item = &'a StreamEvent>) -> Bytes {
    let mut encoder = server().encoder(&ChatRequest::user("hi"));
    let mut out = BytesMut::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    out.freeze()
}

/// Writes a stream of these events.
pub(crate) fn stream_of(events: &[(&str, &str)]) -> Bytes {
    let mut out = BytesMut::new();
    for (name, payload) in events {
        let headers = [
            (":event-type", HeaderValue::String(name)),
            (":content-type", HeaderValue::String("application/json")),
            (":message-type", HeaderValue::String("event")),
        ];
        write_frame(&headers, payload.as_bytes(), &mut out);
    }
    out.freeze()
}
