//! The project's own streams, one in each format.

use bytes::Bytes;
use outlast_types::{ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId};
use outlast_wire::cohere::{CohereChat, OlderFrames};
use outlast_wire::completions::Completions;
use outlast_wire::interactions::InteractionFrames;
use outlast_wire::ndjson::LineDecoder;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::{ChatDecoder, ClientCodec, Decoder, Events};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Cohere,
    CohereOlder,
    Ollama,
    Completions,
    Interactions,
}

/// All of them, each with a stream.
pub(crate) const STREAMS: [(Format, &str); 5] = [
    (
        Format::Cohere,
        include_str!("../fixtures/formats/cohere.sse"),
    ),
    (
        Format::CohereOlder,
        include_str!("../fixtures/formats/cohere_older.ndjson"),
    ),
    (
        Format::Ollama,
        include_str!("../fixtures/formats/ollama.ndjson"),
    ),
    (
        Format::Completions,
        include_str!("../fixtures/formats/completions.sse"),
    ),
    (
        Format::Interactions,
        include_str!("../fixtures/formats/interactions.sse"),
    ),
];

pub(crate) fn stream(format: Format) -> &'static str {
    STREAMS
        .iter()
        .find(|(known, _)| *known == format)
        .unwrap()
        .1
}

/// Decodes a body that comes in these pieces. Signs of life are left out: how many there are depends on the pieces.
pub(crate) fn decode_pieces<'a>(
    format: Format,
    mode: Mode,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<Error>) {
    match format {
        Format::Cohere => run(CohereChat::new().decoder(mode), pieces),
        Format::CohereOlder => run(LineDecoder::new(mode, OlderFrames::default()), pieces),
        Format::Ollama => run(OllamaChat::new().decoder(mode), pieces),
        Format::Completions => run(Completions::new().decoder(mode), pieces),
        Format::Interactions => run(ChatDecoder::new(mode, InteractionFrames::default()), pieces),
    }
}

pub(crate) fn run<'a>(
    mut decoder: impl Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<Error>) {
    let mut events = Events::new();
    let result = pieces
        .into_iter()
        .try_for_each(|piece| decoder.push(Bytes::copy_from_slice(piece), &mut events))
        .and_then(|()| decoder.end(&mut events));
    events.retain(|event| *event != StreamEvent::Ping);
    (events.into(), result.err())
}

pub(crate) fn decode(format: Format, mode: Mode, body: &str) -> (Vec<StreamEvent>, Option<Error>) {
    decode_pieces(format, mode, [body.as_bytes()])
}

pub(crate) fn collect(events: Vec<StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("test", "model")))
}

/// Decodes a whole body that is a success.
pub(crate) fn whole(format: Format, body: &str) -> ChatResponse {
    let (events, error) = decode(format, Mode::Unary, body);
    assert!(error.is_none(), "{error:?}");
    collect(events)
}
