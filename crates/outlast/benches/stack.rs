//! The price of resilience: one call through the client with its full default stack, against the same call through
//! codec and HTTP service alone; and the same for each event of a stream.
//!
//! `cargo bench -p outlast --bench stack` prints criterion's figures for each, and then both side by side with their
//! difference, measured in turns so that a busy machine slows both alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::convert::Infallible;
use std::fmt::Write;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use criterion::{Criterion, criterion_group};
use http_body_util::Full;
use outlast::providers::{OpenAiCompatible, Target, http_service};
use outlast::{ChatRequest, ChatStream, Client, StreamRequest};
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_service::Service;

/// How many pieces of text a stream has.
const EVENTS: u32 = 1000;

/// Answers every request with the same bytes at once.
#[derive(Clone)]
struct Canned {
    content_type: &'static str,
    body: Bytes,
}

impl Service<http::Request<Bytes>> for Canned {
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: http::Request<Bytes>) -> Self::Future {
        let mut reply = http::Response::new(Full::new(self.body.clone()));
        let content_type = http::HeaderValue::from_static(self.content_type);
        reply.headers_mut().insert("content-type", content_type);
        ready(Ok(reply))
    }
}

fn target(account: &str, canned: &Canned) -> Target {
    OpenAiCompatible::at(account, "https://llm.example/v1")
        .and_then(|account| account.with_key("sk-0123456789"))
        .unwrap()
        .with_http(http_service(canned.clone()))
        .model("m1")
}

/// The same calls by both ways.
struct Contest {
    runtime: Runtime,
    target: Target,
    client: Client,
}

impl Contest {
    fn new(canned: &Canned) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let entered = runtime.enter();
        let client = Client::builder()
            .target(target("a", canned))
            .target(target("b", canned))
            .build()
            .unwrap();
        drop(entered);
        Self {
            runtime,
            target: target("a", canned),
            client,
        }
    }

    fn unary() -> Self {
        let text = "word ".repeat(200);
        let body = format!(
            r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m1","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":9,"completion_tokens":200,"total_tokens":209}}}}"#
        );
        Self::new(&Canned {
            content_type: "application/json",
            body: body.into(),
        })
    }

    fn stream() -> Self {
        let mut body = String::new();
        let chunk = |delta: &str, finish: &str| {
            format!(
                "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m1\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
            )
        };
        for number in 0..EVENTS {
            let _ = write!(
                body,
                "{}",
                chunk(&format!("{{\"content\":\"word{number} \"}}"), "null")
            );
        }
        body.push_str(&chunk("{}", "\"stop\""));
        body.push_str("data: [DONE]\n\n");
        Self::new(&Canned {
            content_type: "text/event-stream",
            body: body.into(),
        })
    }

    async fn call_bare(&self, request: ChatRequest) {
        let reply = self.target.chat_service().oneshot(request).await;
        black_box(reply.unwrap());
    }

    async fn call_client(&self, request: ChatRequest) {
        let reply = self.client.chat(request).await;
        black_box(reply.unwrap());
    }

    async fn stream_bare(&self, request: ChatRequest) {
        let stream = self
            .target
            .stream_service()
            .oneshot(StreamRequest(request))
            .await;
        drain(stream.unwrap()).await;
    }

    async fn stream_client(&self, request: ChatRequest) {
        let stream = self.client.stream(request).await;
        drain(stream.unwrap()).await;
    }
}

async fn drain(mut stream: ChatStream) {
    while let Some(event) = stream.next().await {
        black_box(event.unwrap());
    }
}

fn bench(c: &mut Criterion) {
    let request = ChatRequest::user("Why keep a second provider?");
    let (unary, stream) = (Contest::unary(), Contest::stream());
    let mut group = c.benchmark_group("call");
    group.bench_function("codec and HTTP service", |b| {
        b.to_async(&unary.runtime)
            .iter(|| unary.call_bare(request.clone()));
    });
    group.bench_function("client", |b| {
        b.to_async(&unary.runtime)
            .iter(|| unary.call_client(request.clone()));
    });
    group.finish();
    let mut group = c.benchmark_group("stream of 1000 events");
    group.bench_function("codec and HTTP service", |b| {
        b.to_async(&stream.runtime)
            .iter(|| stream.stream_bare(request.clone()));
    });
    group.bench_function("client", |b| {
        b.to_async(&stream.runtime)
            .iter(|| stream.stream_client(request.clone()));
    });
    group.finish();
}

/// Measures both ways in many short turns, and returns for each what its best tenth of turns took per call: a busy
/// machine only ever adds.
fn in_turns<A, B>(
    runtime: &Runtime,
    calls: u32,
    bare: impl Fn() -> A,
    full: impl Fn() -> B,
) -> (Duration, Duration)
where
    A: Future<Output = ()>,
    B: Future<Output = ()>,
{
    const ROUNDS: usize = 400;
    let (mut bare_times, mut full_times) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..calls {
                bare().await;
            }
            bare_times.push(start.elapsed() / calls);
            let start = Instant::now();
            for _ in 0..calls {
                full().await;
            }
            full_times.push(start.elapsed() / calls);
        }
    });
    (best_tenth(bare_times), best_tenth(full_times))
}

fn best_tenth(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 10).copied().unwrap_or_default()
}

fn report(what: &str, per: u32, (bare, full): (Duration, Duration)) {
    let nanos = |time: Duration| time.as_nanos() as f64 / f64::from(per);
    let (bare, full) = (nanos(bare), nanos(full));
    println!(
        "{what:<16} codec and HTTP service {bare:>8.0} ns   client {full:>8.0} ns   difference {:>8.0} ns",
        full - bare
    );
}

fn compare() {
    let request = ChatRequest::user("Why keep a second provider?");
    let (unary, stream) = (Contest::unary(), Contest::stream());
    let call = in_turns(
        &unary.runtime,
        100,
        || unary.call_bare(request.clone()),
        || unary.call_client(request.clone()),
    );
    let events = in_turns(
        &stream.runtime,
        1,
        || stream.stream_bare(request.clone()),
        || stream.stream_client(request.clone()),
    );
    println!("\nThe price of resilience (aims: 10,000 ns a call, 1,000 ns an event):");
    report("a call", 1, call);
    report("a stream event", EVENTS, events);
}

criterion_group!(benches, bench);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    compare();
}
