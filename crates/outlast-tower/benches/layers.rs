//! What each layer costs alone, over a service in memory: per unary call, and per event of a stream.
//!
//! `bare` is the service without a layer; a layer's price is the difference. In `stream/ready` all events are there at
//! once, in `stream/awaited` each must be waited for, as from a network.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark that fails is to stop"
)]

use std::future::{Ready, poll_fn, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use futures_core::Stream;
use outlast_tower::{
    AttemptLayer, CommitLayer, DeadlineLayer, IdleLayer, InFlight, InFlightLayer, RetryPolicy,
    retry_layer,
};
use outlast_types::{
    Call, CallContext, ChatRequest, ChatResponse, ChatStream, Collector, Error, FinishReason,
    Reply, ReplyMeta, StreamEvent, StreamRequest, TargetId,
};
use tokio::runtime::{Builder, Runtime};
use tower::{Layer, Service, ServiceExt};

const EVENTS: u64 = 1_000;

/// Answers at once.
#[derive(Clone)]
struct InMemory {
    reply: ChatResponse,
    /// Whether each event must be waited for.
    awaited: bool,
}

impl InMemory {
    fn new(awaited: bool) -> Self {
        let mut collector = Collector::default();
        collector.push(StreamEvent::text("Because the first one fails."));
        collector.push(StreamEvent::finish(FinishReason::Stop));
        let reply = collector.finish(ReplyMeta::new(target()));
        Self { reply, awaited }
    }
}

impl Service<ChatRequest> for InMemory {
    type Response = ChatResponse;
    type Error = Error;
    type Future = Ready<Result<ChatResponse, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: ChatRequest) -> Self::Future {
        ready(Ok(self.reply.clone()))
    }
}

impl Service<StreamRequest> for InMemory {
    type Response = ChatStream;
    type Error = Error;
    type Future = Ready<Result<ChatStream, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: StreamRequest) -> Self::Future {
        let events = Tokens {
            left: EVENTS,
            awaited: self.awaited,
            waiting: false,
        };
        ready(Ok(ChatStream::new(
            Box::pin(events),
            self.reply.meta.clone(),
        )))
    }
}

/// The events of a stream.
struct Tokens {
    left: u64,
    awaited: bool,
    waiting: bool,
}

impl Stream for Tokens {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waiting = self.awaited && !self.waiting;
        if self.waiting {
            // The commit waits for real.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.left = left;
        Poll::Ready(Some(Ok(match left {
            0 => StreamEvent::finish(FinishReason::Stop),
            _ => StreamEvent::text("token"),
        })))
    }
}

fn target() -> TargetId {
    TargetId::new("acme", "m1")
}

/// A request for one call: the conversation is shared, the context is the call's own.
fn fresh<R: Call>(request: &R) -> R {
    let mut request = request.clone();
    *request.context_mut() = CallContext::default();
    request
}

/// Measures `service` alone and under each layer with `measure`.
macro_rules! each_layer {
    ($measure:ident, $group:expr, $runtime:expr, $service:expr) => {{
        let (group, runtime, service) = ($group, $runtime, $service);
        $measure(group, runtime, "bare", &service);
        let layer = AttemptLayer::new(target());
        $measure(group, runtime, "attempt", &layer.layer(service.clone()));
        let layer = CommitLayer::new();
        $measure(group, runtime, "commit", &layer.layer(service.clone()));
        let layer = IdleLayer::new();
        $measure(group, runtime, "idle", &layer.layer(service.clone()));
        let layer = DeadlineLayer::default();
        $measure(group, runtime, "deadline", &layer.layer(service.clone()));
        let layer = retry_layer(RetryPolicy::new(target()));
        $measure(group, runtime, "retry", &layer.layer(service.clone()));
        let layer = InFlightLayer::new(InFlight::default(), target());
        $measure(group, runtime, "in_flight", &layer.layer(service.clone()));
    }};
}

fn unary(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("unary");
    each_layer!(measure_unary, &mut group, &runtime, InMemory::new(false));
}

fn measure_unary<S>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    name: &str,
    service: &S,
) where
    S: Service<ChatRequest, Response = ChatResponse, Error = Error> + Clone,
{
    let request = ChatRequest::user("Why keep a second provider?");
    group.bench_function(name, |bencher| {
        bencher
            .to_async(runtime)
            .iter(|| service.clone().oneshot(fresh(&request)));
    });
}

fn stream(criterion: &mut Criterion) {
    let runtime = runtime();
    for (name, awaited) in [("stream/ready", false), ("stream/awaited", true)] {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(EVENTS));
        each_layer!(measure_stream, &mut group, &runtime, InMemory::new(awaited));
    }
}

fn measure_stream<S>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    name: &str,
    service: &S,
) where
    S: Service<StreamRequest, Response = ChatStream, Error = Error> + Clone,
{
    let request = StreamRequest(ChatRequest::user("Why keep a second provider?"));
    group.bench_function(name, |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let stream = service.clone().oneshot(fresh(&request)).await.unwrap();
            let mut stream = stream.commit().await.unwrap();
            poll_fn(|cx| read_to_end(Pin::new(&mut stream), cx)).await;
        });
    });
}

/// Reads a stream. It asks again at once when it is to wait: the price of going to sleep is the runtime's.
fn read_to_end(mut stream: Pin<&mut ChatStream>, cx: &mut Context<'_>) -> Poll<()> {
    loop {
        match stream.as_mut().poll_next(cx) {
            Poll::Ready(Some(event)) => drop(event.unwrap()),
            Poll::Ready(None) => return Poll::Ready(()),
            Poll::Pending => {}
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

criterion_group!(benches, unary, stream);
criterion_main!(benches);
