//! The fixtures, and both codecs in one call.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId,
};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::{ClientCodec, Decoder, Events, ServerCodec, StreamEncoder};
use serde_json::Value;

/// The project's own streams, by name; the last is in the manner of a gateway in front of the API.
pub(crate) const STREAMS: [(&str, &str); 5] = [
    ("text", include_str!("../fixtures/anthropic/text.sse")),
    ("tools", include_str!("../fixtures/anthropic/tools.sse")),
    (
        "thinking",
        include_str!("../fixtures/anthropic/thinking.sse"),
    ),
    (
        "server_tools",
        include_str!("../fixtures/anthropic/server_tools.sse"),
    ),
    ("gateway", include_str!("../fixtures/anthropic/gateway.sse")),
];

/// The project's own message in one piece.
pub(crate) const MESSAGE: &str = include_str!("../fixtures/anthropic/message.json");

/// Decodes a body that comes in these pieces: the events, and how it ended.
pub(crate) fn decode_pieces<'a>(
    mode: Mode,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Events, Result<(), Error>) {
    let mut decoder = AnthropicMessages::new().decoder(mode);
    let mut events = Events::new();
    let end = pieces
        .into_iter()
        .try_for_each(|piece| decoder.push(Bytes::copy_from_slice(piece), &mut events))
        .and_then(|()| decoder.end(&mut events));
    (events, end)
}

pub(crate) fn decode(mode: Mode, body: &str) -> Result<Events, Error> {
    let (events, end) = decode_pieces(mode, [body.as_bytes()]);
    end.map(|()| events)
}

pub(crate) fn collect(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("anthropic", "m")))
}

/// Encodes a whole stream.
pub(crate) fn encode_stream<'a>(events: impl IntoIterator<Item = &'a StreamEvent>) -> String {
    let request = ChatRequest::user("hi").with_model("default");
    let mut encoder = AnthropicServer::new().encoder(&request);
    let mut out = BytesMut::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

/// Reads the data of a stream's frames, each of which must be named as its type.
pub(crate) fn frames(stream: &str) -> Vec<Value> {
    let frames = stream.split_terminator("\n\n").map(|frame| {
        let (event, data) = frame.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(data["type"], event.strip_prefix("event: ").unwrap());
        data
    });
    frames.collect()
}

/// Writes what a client keeps of each block, checked to be begun, filled and ended one after the other.
pub(crate) fn blocks(frames: &[Value]) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut open = None;
    for frame in frames {
        let index = frame["index"].as_u64();
        match frame["type"].as_str().unwrap() {
            "content_block_start" => {
                assert_eq!((open, index), (None, Some(blocks.len() as u64)), "{frame}");
                open = index;
                let text = |name: &str| frame["content_block"][name].as_str().unwrap_or_default();
                blocks.push(format!("{} {}:", text("type"), text("id")));
            }
            "content_block_delta" => {
                assert!(open.is_some() && open == index, "{frame}");
                let delta = frame["delta"].as_object().unwrap();
                let (_, value) = delta.iter().find(|(name, _)| *name != "type").unwrap();
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                blocks.last_mut().unwrap().push_str(&text);
            }
            "content_block_stop" => {
                assert!(open.is_some() && open == index, "{frame}");
                open = None;
            }
            "message_delta" | "message_stop" => assert_eq!(open, None, "{frame}"),
            _ => {}
        }
    }
    assert_eq!(open, None);
    blocks
}
