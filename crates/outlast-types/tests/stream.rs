//! A stream says of its own error how far it had come.

use futures_util::{StreamExt, stream};
use outlast_types::{
    ChatStream, Error, ErrorKind, Phase, Reply, ReplyMeta, Sent, StreamEvent, TargetId,
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
