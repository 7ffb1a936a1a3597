//! How fast a stream becomes events, in MB/s, against the least that any decoder must do in the same run.
//!
//! `framing` finds the events and reads none. `decode` reads them: `plain` splits lines and parses each into a flat,
//! borrowing struct with serde_json, which is the practical limit; `codec` is the whole decoder of the protocol, from
//! bytes as a socket delivers them to [`StreamEvent`](outlast_types::StreamEvent)s. `body` is the same for whole bodies,
//! against one parse into owned structs, for a caller keeps what a body says.

#![expect(
    clippy::expect_used,
    reason = "a bench has no one to tell but the terminal"
)]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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
mod streams;

/// What a socket delivers at once under load.
const READ: usize = 16 * 1024;

fn framing(criterion: &mut Criterion) {
    for (name, stream) in [
        ("openai", streams::openai()),
        ("anthropic", streams::anthropic()),
        ("gemini", streams::gemini()),
    ] {
        let mut group = criterion.benchmark_group(format!("framing/{name}"));
        group.throughput(Throughput::Bytes(stream.len() as u64));
        group.bench_function("lines", |bencher| {
            bencher.iter(|| plain::count_lines(black_box(&stream)));
        });
        group.bench_function("sse", |bencher| {
            bencher.iter(|| frame(black_box(&stream)));
        });
        group.finish();
    }
}

fn decode(criterion: &mut Criterion) {
    let stream = streams::openai();
    let mut group = criterion.benchmark_group("decode/openai");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::read_openai(black_box(&stream)));
    });
    let codec = OpenAiChat::default();
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Stream), black_box(&stream)));
    });
    group.finish();

    let stream = streams::anthropic();
    let mut group = criterion.benchmark_group("decode/anthropic");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::read_anthropic(black_box(&stream)));
    });
    let codec = AnthropicMessages::default();
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Stream), black_box(&stream)));
    });
    group.finish();
}

fn gemini(criterion: &mut Criterion) {
    let codec = Gemini::new();
    let stream = streams::gemini();
    let mut group = criterion.benchmark_group("decode/gemini");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::read_gemini(black_box(&stream)));
    });
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Stream), black_box(&stream)));
    });
    group.finish();

    let body = streams::gemini_whole();
    let mut group = criterion.benchmark_group("decode/gemini_whole");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::read_gemini_whole(black_box(&body)));
    });
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Unary), black_box(&body)));
    });
    group.finish();
}

fn responses(criterion: &mut Criterion) {
    let codec = OpenAiResponses::default();
    let stream = streams::responses();
    let mut group = criterion.benchmark_group("decode/responses");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::read_responses(black_box(&stream)));
    });
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Stream), black_box(&stream)));
    });
    group.finish();

    let body = streams::responses_body();
    let mut group = criterion.benchmark_group("decode/responses-unary");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::read_responses_body(black_box(&body)));
    });
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Unary), black_box(&body)));
    });
    group.finish();
}

fn bedrock(criterion: &mut Criterion) {
    let codec = BedrockConverse::new();
    let stream = bedrock::stream();
    let mut group = criterion.benchmark_group("decode/bedrock");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| bedrock::read(black_box(&stream)));
    });
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Stream), black_box(&stream)));
    });
    group.finish();

    let body = bedrock::whole();
    let mut group = criterion.benchmark_group("decode/bedrock_whole");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| bedrock::read_whole(black_box(&body)));
    });
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Unary), black_box(&body)));
    });
    group.finish();
}

/// Whole bodies, as unary calls get them.
fn body(criterion: &mut Criterion) {
    let body = bodies::openai();
    let mut group = criterion.benchmark_group("body/openai");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| bodies::read_openai(black_box(&body)));
    });
    let codec = OpenAiChat::default();
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Unary), black_box(&body)));
    });
    group.finish();

    let body = bodies::anthropic();
    let mut group = criterion.benchmark_group("body/anthropic");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| bodies::read_anthropic(black_box(&body)));
    });
    let codec = AnthropicMessages::default();
    group.bench_function("codec", |bencher| {
        bencher.iter(|| run(codec.decoder(Mode::Unary), black_box(&body)));
    });
    group.finish();
}

/// Returns the bytes of all data.
fn frame(stream: &Bytes) -> usize {
    let mut decoder = SseDecoder::default();
    let mut bytes = 0;
    for read in reads(stream) {
        decoder.push(read);
        while let Some(item) = decoder.next_item() {
            if let SseItem::Event(event) = item.expect("the stream is well formed") {
                bytes += event.data.len();
            }
        }
    }
    bytes
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

criterion_group!(benches, framing, decode, gemini, responses, bedrock, body);
criterion_main!(benches);
