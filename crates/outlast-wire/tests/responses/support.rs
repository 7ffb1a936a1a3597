//! Both codecs in one call.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId,
};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{
    ClientCodec, Decoder, EncodeOptions, Encoded, Events, Incoming, ServerCodec, StreamEncoder,
};
use serde_json::Value;

/// Decodes a body that comes in these pieces: the events, and how it ended. Signs of life are left out: how many there
/// are depends on the pieces.
pub(crate) fn decode_pieces<'a>(
    mode: Mode,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Result<(), Error>) {
    let mut decoder = OpenAiResponses::new().decoder(mode);
    let mut events = Events::new();
    let end = pieces
        .into_iter()
        .try_for_each(|piece| decoder.push(Bytes::copy_from_slice(piece), &mut events))
        .and_then(|()| decoder.end(&mut events));
    let events = events
        .into_iter()
        .filter(|event| *event != StreamEvent::Ping);
    (events.collect(), end)
}

pub(crate) fn decode(mode: Mode, body: &str) -> Result<Vec<StreamEvent>, Error> {
    let (events, end) = decode_pieces(mode, [body.as_bytes()]);
    end.map(|()| events)
}

pub(crate) fn collect(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("openai", "m")))
}

/// Decodes a reply that must be whole.
pub(crate) fn reply(mode: Mode, body: &str) -> ChatResponse {
    collect(decode(mode, body).unwrap_or_else(|error| panic!("{error:?} {:?}", error.message())))
}

/// Writes frames as a server does, each with its name.
pub(crate) fn stream_of(frames: &[Value]) -> String {
    frames
        .iter()
        .map(|frame| {
            format!(
                "event: {}\ndata: {frame}\n\n",
                frame["type"].as_str().unwrap()
            )
        })
        .collect()
}

/// Writes a whole stream for a caller.
pub(crate) fn write_stream<'a>(events: impl IntoIterator<Item = &'a StreamEvent>) -> String {
    let request = ChatRequest::user("hi").with_model("default");
    let mut encoder = ResponsesServer::new().encoder(&request);
    let mut out = BytesMut::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

/// Reads the data of a stream's frames, each of which must be named as its type and numbered.
pub(crate) fn frames(stream: &str) -> Vec<Value> {
    let frames = stream
        .split_terminator("\n\n")
        .filter(|frame| !frame.starts_with(':'))
        .enumerate()
        .map(|(number, frame)| {
            let (event, data) = frame.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(data["type"], event.strip_prefix("event: ").unwrap());
            assert_eq!(data["sequence_number"], number);
            data
        });
    frames.collect()
}

pub(crate) fn read_request(body: &Value) -> Result<Incoming, Error> {
    ResponsesServer::new().decode_request(&Bytes::from(body.to_string()))
}

pub(crate) fn encode(request: &ChatRequest, mode: Mode) -> Result<Encoded, Error> {
    let model = request.model.as_str();
    let options = EncodeOptions {
        model,
        mode,
        provider: "openai",
    };
    OpenAiResponses::new().encode(request, &options)
}

pub(crate) fn body_of(encoded: &Encoded) -> Value {
    serde_json::from_slice(encoded.request.body()).unwrap()
}
