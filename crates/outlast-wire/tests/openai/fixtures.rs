//! The project's own streams, each in the manner of one provider.

use bytes::Bytes;
use outlast_types::{ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId};
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, Decoder, Events};

/// All of them, by name.
pub(crate) const STREAMS: [(&str, &str); 8] = [
    ("azure", include_str!("../fixtures/openai/azure.sse")),
    (
        "groq_error",
        include_str!("../fixtures/openai/groq_error.sse"),
    ),
    ("mistral", include_str!("../fixtures/openai/mistral.sse")),
    ("n2", include_str!("../fixtures/openai/n2.sse")),
    (
        "openrouter",
        include_str!("../fixtures/openai/openrouter.sse"),
    ),
    (
        "perplexity",
        include_str!("../fixtures/openai/perplexity.sse"),
    ),
    ("text", include_str!("../fixtures/openai/text.sse")),
    ("tools", include_str!("../fixtures/openai/tools.sse")),
];

pub(crate) fn stream(name: &str) -> &'static str {
    STREAMS.iter().find(|(known, _)| *known == name).unwrap().1
}

/// Decodes a body that comes in these pieces. Signs of life are left out: how many there are depends on the pieces.
pub(crate) fn decode_pieces<'a>(
    mode: Mode,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<Error>) {
    let mut decoder = OpenAiChat::default().decoder(mode);
    let mut events = Events::new();
    let result = pieces
        .into_iter()
        .try_for_each(|piece| decoder.push(Bytes::copy_from_slice(piece), &mut events))
        .and_then(|()| decoder.end(&mut events));
    let events = events
        .into_iter()
        .filter(|event| *event != StreamEvent::Ping);
    (events.collect(), result.err())
}

pub(crate) fn decode(mode: Mode, body: &str) -> (Vec<StreamEvent>, Option<Error>) {
    decode_pieces(mode, [body.as_bytes()])
}

pub(crate) fn collect(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("test", "model")))
}

/// Decodes a stream of these chunks that ends as it should, and collects it.
pub(crate) fn reply_of(chunks: &[&str]) -> ChatResponse {
    let (events, error) = decode(Mode::Stream, &body_of(chunks));
    assert!(
        error.is_none(),
        "{error:?} {:?}",
        error.as_ref().and_then(Error::message)
    );
    collect(events)
}

pub(crate) fn body_of(chunks: &[&str]) -> String {
    let frames: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    frames + "data: [DONE]\n\n"
}
