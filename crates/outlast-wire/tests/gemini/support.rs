//! Both codecs in one call.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId,
};
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::{
    ClientCodec, Decoder, EncodeOptions, Encoded, Events, ServerCodec, StreamEncoder,
};
use serde_json::Value;

/// Decodes a body that comes in these pieces. Signs of life are left out: how many there are depends on the pieces.
pub(crate) fn decode_pieces<'a>(
    mode: Mode,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<Error>) {
    let mut decoder = Gemini::new().decoder(mode);
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
    collector.finish(ReplyMeta::new(TargetId::new("gemini", "m")))
}

/// Decodes a reply that ends as it should, and collects it.
pub(crate) fn reply(mode: Mode, body: &str) -> ChatResponse {
    let (events, error) = decode(mode, body);
    assert!(
        error.is_none(),
        "{error:?} {:?}",
        error.as_ref().and_then(Error::message)
    );
    collect(events)
}

/// Writes chunks as the provider does.
pub(crate) fn body_of(chunks: &[&str]) -> String {
    let frames = chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n"));
    frames.collect()
}

/// Reads a request's body as our server does, asked for model `g`.
pub(crate) fn decode_request(body: &Value) -> Result<ChatRequest, Error> {
    let server = GeminiServer::for_path("/v1beta/models/g:generateContent").unwrap();
    let incoming = server.decode_request(&Bytes::from(body.to_string()))?;
    Ok(incoming.request)
}

pub(crate) fn encode(request: &ChatRequest, model: &str) -> Result<Encoded, Error> {
    let options = EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "gemini",
    };
    Gemini::new().encode(request, &options)
}

pub(crate) fn encode_body(request: &ChatRequest, model: &str) -> Value {
    let encoded = encode(request, model).unwrap();
    serde_json::from_slice(encoded.request.body()).unwrap()
}

/// Encodes a whole stream.
pub(crate) fn encode_stream<'a>(events: impl IntoIterator<Item = &'a StreamEvent>) -> String {
    let server = GeminiServer::for_path("/models/g:streamGenerateContent?alt=sse").unwrap();
    let mut encoder = server.encoder(&ChatRequest::user("hi").with_model("g"));
    let mut out = BytesMut::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

/// Says where two documents differ.
pub(crate) fn difference(one: &Value, other: &Value) -> String {
    fn walk(one: &Value, other: &Value, path: &str, out: &mut Vec<String>) {
        match (one, other) {
            (Value::Object(left), Value::Object(right)) => {
                for name in left
                    .keys()
                    .chain(right.keys().filter(|name| !left.contains_key(*name)))
                {
                    walk(&one[name], &other[name], &format!("{path}.{name}"), out);
                }
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                for (at, (left, right)) in left.iter().zip(right).enumerate() {
                    walk(left, right, &format!("{path}[{at}]"), out);
                }
            }
            _ if one == other => {}
            _ => {
                let short = |value: &Value| value.to_string().chars().take(200).collect::<String>();
                out.push(format!("{path}: {} became {}", short(one), short(other)));
            }
        }
    }
    let mut out = Vec::new();
    walk(one, other, "", &mut out);
    out.join("; ")
}
