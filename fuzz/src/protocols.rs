//! One check per protocol: the first byte of an input says whether the rest is a stream, a whole body or a request, and
//! what else there is to choose.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use outlast_types::{Error, Mode};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer, InvokeStream};
use outlast_wire::bedrock_invoke::InvokeFrames;
use outlast_wire::cohere::{CohereChat, OlderFrames};
use outlast_wire::event_stream::{EventStreamBody, HeaderValue, write_frame};
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::interactions::InteractionFrames;
use outlast_wire::ndjson::LineDecoder;
use outlast_wire::{ChatDecoder, ClientCodec, Incoming, ServerCodec};

use crate::frames::with_checksums;
use crate::{Input, reply, request};

/// What the rest of an input is.
enum What {
    Reply(Mode),
    Request,
}

/// Takes the first byte apart: what the rest is, and a number for what else there is to choose.
fn steer(input: &mut Input<'_>) -> (What, usize) {
    let byte = usize::from(input.byte());
    let what = match byte % 3 {
        0 => What::Reply(Mode::Stream),
        1 => What::Reply(Mode::Unary),
        _ => What::Request,
    };
    (what, byte / 3)
}

/// Checks a protocol that has both sides.
pub fn protocol<C: ClientCodec, S: ServerCodec>(client: &C, server: &S, data: &[u8]) {
    format(client, |body| server.decode_request(body), data);
}

/// Checks a protocol whose requests `read` reads.
pub fn format<C: ClientCodec>(
    client: &C,
    read: impl Fn(&Bytes) -> Result<Incoming, Error>,
    data: &[u8],
) {
    let mut input = Input::new(data);
    match steer(&mut input).0 {
        What::Reply(mode) => reply(|| client.decoder(mode), &mut input),
        What::Request => request(client, read, &input.rest()),
    }
}

/// Checks Gemini's format, for models that are asked to think in different ways.
pub fn gemini(data: &[u8]) {
    const PATHS: [&str; 4] = [
        "/v1beta/models/gemini-2.5-flash:generateContent",
        "/v1beta/models/gemini-3-pro-preview:streamGenerateContent",
        "/v1beta/models/gemma-3-27b-it:generateContent",
        "/v1/projects/p/locations/l/endpoints/7:streamGenerateContent",
    ];
    let mut input = Input::new(data);
    let client = Gemini::new();
    match steer(&mut input) {
        (What::Reply(mode), _) => reply(|| client.decoder(mode), &mut input),
        (What::Request, choice) => {
            let path = PATHS[choice % PATHS.len()];
            let server = GeminiServer::for_path(path).expect("the path asks for a reply");
            request(&client, |body| server.decode_request(body), &input.rest());
        }
    }
}

/// Checks Bedrock's Converse, for models of several vendors. The checksums of a stream's frames are mended first: bytes
/// that are changed at random would hardly ever get any further.
pub fn bedrock(data: &[u8]) {
    const PATHS: [&str; 4] = [
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
        "/model/amazon.nova-lite-v1%3A0/converse-stream",
        "/model/us.deepseek.r1-v1%3A0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus%3A1%3Aapplication-inference-profile%2Fx/converse-stream",
    ];
    let mut input = Input::new(data);
    let client = BedrockConverse::new();
    match steer(&mut input) {
        (What::Reply(Mode::Stream), _) => {
            let cut = input.byte();
            let body = with_checksums(&input.rest());
            reply::cut(|| client.decoder(Mode::Stream), cut, &body);
        }
        (What::Reply(mode), _) => reply(|| client.decoder(mode), &mut input),
        (What::Request, choice) => {
            let path = PATHS[choice % PATHS.len()];
            let server = BedrockServer::for_path(path).expect("the path asks for a reply");
            request(&client, |body| server.decode_request(body), &input.rest());
        }
    }
}

/// Checks replies in the formats of Bedrock's vendors. A stream is lines, each the event of one frame.
pub fn bedrock_invoke(data: &[u8]) {
    let mut input = Input::new(data);
    let decoder = |mode| EventStreamBody::new(mode, InvokeStream::new(InvokeFrames::default()));
    if let (What::Reply(Mode::Stream), _) = steer(&mut input) {
        let cut = input.byte();
        let body = enveloped(&input.rest());
        reply::cut(|| decoder(Mode::Stream), cut, &body);
    } else {
        reply(|| decoder(Mode::Unary), &mut input);
    }
}

/// Puts each line into a frame, as Bedrock does with a vendor's events.
fn enveloped(lines: &Bytes) -> Bytes {
    let headers = [
        (":event-type", HeaderValue::String("chunk")),
        (":message-type", HeaderValue::String("event")),
    ];
    let mut body = BytesMut::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let payload = format!(r#"{{"bytes":"{}","p":"ab"}}"#, BASE64.encode(line));
        write_frame(&headers, payload.as_bytes(), &mut body);
    }
    body.freeze()
}

/// Checks Cohere's formats, the older one in replies only.
pub fn cohere(data: &[u8]) {
    let client = CohereChat::new();
    let mut input = Input::new(data);
    match steer(&mut input) {
        (What::Reply(mode), choice) if choice % 2 == 1 => {
            reply(
                || LineDecoder::new(mode, OlderFrames::default()),
                &mut input,
            );
        }
        _ => format(&client, outlast_wire::cohere::decode_request, data),
    }
}

/// Checks replies in Gemini's Interactions.
pub fn interactions(data: &[u8]) {
    let mut input = Input::new(data);
    let mode = match steer(&mut input).0 {
        What::Reply(mode) => mode,
        What::Request => Mode::Stream,
    };
    reply(
        || ChatDecoder::new(mode, InteractionFrames::default()),
        &mut input,
    );
}
