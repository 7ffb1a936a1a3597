//! What the layers that choose between targets cost while nothing fails.
//!
//! Each figure is a call through the layer; `bare` is the same call without it.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "a benchmark that fails is to stop"
)]

use std::future::{Ready, ready};
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::stream;
use outlast_tower::fallback::{BoxTarget, Candidate};
use outlast_tower::{Breaker, BreakerLayer, Fallback, ResumeLayer};
use outlast_types::{
    ChatRequest, ChatResponse, ChatStream, Collector, Error, FinishReason, ReplyMeta, StreamEvent,
    StreamRequest, TargetId,
};
use tower::{Layer, Service, ServiceExt};

const EVENTS: u64 = 1_000;

fn target() -> TargetId {
    TargetId::new("acme", "m1")
}

/// Answers at once.
#[derive(Clone)]
struct Healthy(Arc<ChatResponse>);

impl Healthy {
    fn new() -> Self {
        let mut collector = Collector::default();
        collector.push(StreamEvent::text("Hello!"));
        collector.push(StreamEvent::finish(FinishReason::Stop));
        Self(Arc::new(collector.finish(ReplyMeta::new(target()))))
    }
}

impl Service<ChatRequest> for Healthy {
    type Response = ChatResponse;
    type Error = Error;
    type Future = Ready<Result<ChatResponse, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: ChatRequest) -> Self::Future {
        ready(Ok(ChatResponse::clone(&self.0)))
    }
}

impl Service<StreamRequest> for Healthy {
    type Response = ChatStream;
    type Error = Error;
    type Future = Ready<Result<ChatStream, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: StreamRequest) -> Self::Future {
        let words = (0..EVENTS).map(|_| StreamEvent::text(" lantern"));
        let events = words.chain([StreamEvent::finish(FinishReason::Stop)]);
        let events = stream::iter(events.map(Ok));
        ready(Ok(ChatStream::new(
            Box::pin(events),
            ReplyMeta::new(target()),
        )))
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("a runtime")
}

fn unary(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("unary");
    let request = ChatRequest::user("Hello?");

    let mut call = |name: &str, service: BoxTarget<ChatRequest, ChatResponse>| {
        group.bench_function(name, |bencher| {
            bencher
                .to_async(&runtime)
                .iter(|| service.clone().oneshot(black_box(request.clone())));
        });
    };
    call("bare", BoxTarget::new(Healthy::new()));
    let breaker = BreakerLayer::new(Breaker::new(target()));
    call("breaker", BoxTarget::new(breaker.layer(Healthy::new())));
    let candidate = |name| Candidate::new(TargetId::new(name, "m1"), Healthy::new());
    let fallback = Fallback::new(["a", "b", "c"].map(candidate));
    call("fallback", BoxTarget::new(fallback));
    group.finish();
}

fn streamed(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("stream_of_1000_events");
    group.throughput(Throughput::Elements(EVENTS));
    let request = StreamRequest(ChatRequest::user("Hello?"));

    let mut read = |name: &str, service: BoxTarget<StreamRequest, ChatStream>| {
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| async {
                let mut stream = service.clone().oneshot(request.clone()).await?;
                while let Some(event) = stream.next().await {
                    black_box(event?);
                }
                Ok::<_, Error>(())
            });
        });
    };
    read("bare", BoxTarget::new(Healthy::new()));
    read(
        "resume",
        BoxTarget::new(ResumeLayer::new().layer(Healthy::new())),
    );
    group.finish();
}

criterion_group!(benches, unary, streamed);
criterion_main!(benches);
