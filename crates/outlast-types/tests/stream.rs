//! What a stream keeps before its first content, and what its errors say of how far it had come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures_util::{StreamExt, stream};
use outlast_types::{
    ChatStream, Error, ErrorKind, Opaque, Phase, Protocol, RawJson, Reply, ReplyMeta, Sent,
    StreamEvent, TargetId,
};

fn stream_of(events: Vec<Result<StreamEvent, Error>>) -> ChatStream {
    let meta = ReplyMeta::new(TargetId::new("acme", "m1"));
    ChatStream::new(Box::pin(stream::iter(events)), meta)
}

fn broken() -> Error {
    Error::new(ErrorKind::StreamBroken)
}

#[tokio::test]
async fn an_error_before_the_first_content_says_that_nothing_was_released() {
    let stream = stream_of(vec![Ok(StreamEvent::Ping), Err(broken())]);
    let error = stream.commit().await.unwrap_err();
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::BeforeCommit, Sent::Yes)
    );
}

#[tokio::test]
async fn an_error_after_the_first_content_says_that_something_was_released() {
    let events = vec![Ok(StreamEvent::text("Hi")), Err(broken())];
    let mut stream = stream_of(events).commit().await.unwrap();
    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        StreamEvent::text("Hi")
    );
    let error = StreamExt::next(&mut stream).await.unwrap().unwrap_err();
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::AfterCommit, Sent::Yes)
    );
}

#[tokio::test]
async fn what_is_kept_before_the_first_content_is_bounded_in_bytes() {
    let raw = RawJson::parse(format!("\"{}\"", "x".repeat(20_000))).unwrap();
    let origin = Protocol::new("p");
    let opaque = StreamEvent::Opaque(Box::new(Opaque { origin, raw }));
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let events = stream::repeat(opaque).map(move |event| {
        counter.fetch_add(1, Relaxed);
        Ok(event)
    });
    let meta = ReplyMeta::new(TargetId::new("acme", "m1"));

    let stream = ChatStream::new(Box::pin(events), meta).commit().await;
    assert!(stream.is_ok(), "a stream of unknown events is passed on");
    assert_eq!(read.load(Relaxed), 4);
}
