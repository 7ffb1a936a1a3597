//! How fast a body becomes events, against the least that any decoder must do, both timed in turns.
//!
//! `plain` splits lines and parses each into a flat struct that borrows, with serde_json: the practical limit. Of a whole
//! body it is one parse into structs of what the API promises. `codec` is the whole decoder of the protocol, from bytes
//! as a socket delivers them to [`StreamEvent`](outlast_types::StreamEvent)s, which own what they say.
//!
//! `cargo bench -p outlast-wire --bench decode -- NAME` runs the cases with `NAME` in their names; `plain` or `codec` after
//! it runs that one way 1,000 times, or as often as a third word says, for a profiler to look at.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench has no one to tell but the terminal"
)]

use bytes::Bytes;
use outlast_types::Mode;
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::gemini::Gemini;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::sse::{SseDecoder, SseItem};
use outlast_wire::{ClientCodec, Decoder, Events};

mod bedrock;
mod bodies;
mod plain;
mod rounds;
mod streams;

use self::rounds::{Case, print_head, repeat};

/// What a socket delivers at once under load.
const READ: usize = 16 * 1024;

fn main() {
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let name = words.next().unwrap_or_default();
    let way = words.next();
    let times = words
        .next()
        .map_or(1000, |word| word.parse().expect("a number"));
    let cases = CASES.iter().filter(|(case, _)| case.contains(&name));
    match way.as_deref() {
        Some("plain") => cases.for_each(|(_, case)| repeat(&case().plain, times)),
        Some("codec") => cases.for_each(|(_, case)| repeat(&case().codec, times)),
        _ => {
            print_head();
            cases.for_each(|(name, case)| case().compare(name));
        }
    }
}

/// What is read, by name; made when it is wanted.
type Named = (&'static str, fn() -> Case);

const CASES: [Named; 13] = [
    ("framing/openai", || framing(streams::openai())),
    ("framing/anthropic", || framing(streams::anthropic())),
    ("framing/gemini", || framing(streams::gemini())),
    ("stream/openai", || {
        let codec = OpenAiChat::default();
        case(Mode::Stream, streams::openai(), plain::read_openai, codec)
    }),
    ("stream/anthropic", || {
        let codec = AnthropicMessages::default();
        case(
            Mode::Stream,
            streams::anthropic(),
            plain::read_anthropic,
            codec,
        )
    }),
    ("stream/gemini", || {
        case(
            Mode::Stream,
            streams::gemini(),
            plain::read_gemini,
            Gemini::new(),
        )
    }),
    ("stream/responses", || {
        let codec = OpenAiResponses::default();
        case(
            Mode::Stream,
            streams::responses(),
            plain::read_responses,
            codec,
        )
    }),
    ("stream/bedrock", || {
        let codec = BedrockConverse::new();
        case(Mode::Stream, bedrock::stream(), bedrock::read, codec)
    }),
    ("body/openai", || {
        let codec = OpenAiChat::default();
        case(Mode::Unary, bodies::openai(), bodies::read_openai, codec)
    }),
    ("body/anthropic", || {
        let codec = AnthropicMessages::default();
        case(
            Mode::Unary,
            bodies::anthropic(),
            bodies::read_anthropic,
            codec,
        )
    }),
    ("body/gemini", || {
        case(
            Mode::Unary,
            bodies::gemini(),
            bodies::read_gemini,
            Gemini::new(),
        )
    }),
    ("body/responses", || {
        let codec = OpenAiResponses::default();
        case(
            Mode::Unary,
            bodies::responses(),
            bodies::read_responses,
            codec,
        )
    }),
    ("body/bedrock", || {
        let codec = BedrockConverse::new();
        case(Mode::Unary, bodies::bedrock(), bodies::read_bedrock, codec)
    }),
];

/// Finds the events of a stream and reads none, against its lines.
fn framing(bytes: Bytes) -> Case {
    let lines = bytes.clone();
    Case {
        bytes: bytes.len(),
        events: frame(&bytes),
        plain: Box::new(move || plain::count_lines(&lines)),
        codec: Box::new(move || frame(&bytes)),
    }
}

fn case(mode: Mode, bytes: Bytes, plain: fn(&[u8]) -> usize, codec: impl ClientCodec) -> Case {
    let input = bytes.clone();
    let run = move || run(codec.decoder(mode), &bytes);
    Case {
        bytes: input.len(),
        events: run(),
        plain: Box::new(move || plain(&input)),
        codec: Box::new(run),
    }
}

/// Returns the number of events.
fn frame(stream: &Bytes) -> usize {
    let mut decoder = SseDecoder::default();
    let mut events = 0;
    for read in reads(stream) {
        decoder.push(read);
        while let Some(item) = decoder.next_item() {
            if let SseItem::Event(event) = item.expect("the stream is well formed") {
                events += usize::from(!event.data.is_empty());
            }
        }
    }
    events
}

/// Returns the number of events; they are dropped as a reader that keeps up would.
fn run(mut decoder: impl Decoder, stream: &Bytes) -> usize {
    let mut events = Events::new();
    let mut count = 0;
    for read in reads(stream) {
        decoder
            .push(read, &mut events)
            .expect("the stream is well formed");
        count += events.len();
        events.clear();
    }
    decoder.end(&mut events).expect("the stream is whole");
    count + events.len()
}

fn reads(stream: &Bytes) -> impl Iterator<Item = Bytes> {
    let starts = (0..stream.len()).step_by(READ);
    starts.map(|start| stream.slice(start..stream.len().min(start + READ)))
}
