//! A stream's events as the frames of a body.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body, Frame};
use outlast_types::{ChatStream, Error};
use outlast_wire::StreamEncoder;
use pin_project::pin_project;
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::gateway::shutting_down;

/// How many bytes of ready events are put into one write at most.
const MAX_WRITE: usize = 32 * 1024;

/// Writes the events of a stream in the caller's protocol.
///
/// All events that are ready leave in one frame, so in one write: a burst of tokens costs one system call and not one
/// each. A stream that breaks, or that outlives the shutdown's grace period, ends with an error in the protocol.
#[pin_project]
pub(crate) struct EventBody<E> {
    /// `None` once the last frame was made; dropping it is what ends the upstream call.
    stream: Option<ChatStream>,
    encoder: E,
    buffer: BytesMut,
    #[pin]
    cut_off: WaitForCancellationFutureOwned,
}

impl<E: StreamEncoder> EventBody<E> {
    /// Writes `stream` with `encoder` until it is over or `cut_off` is.
    pub(crate) fn new(
        stream: ChatStream,
        encoder: E,
        cut_off: WaitForCancellationFutureOwned,
    ) -> Self {
        Self {
            stream: Some(stream),
            encoder,
            buffer: BytesMut::new(),
            cut_off,
        }
    }
}

/// How a stream came to its last frame.
enum Ending {
    Whole,
    Broken(Error),
}

impl<E: StreamEncoder> Body for EventBody<E> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.project();
        let Some(stream) = this.stream else {
            return Poll::Ready(None);
        };
        let mut ending = poll_events(stream, this.encoder, this.buffer, cx);
        if ending.is_pending() && this.cut_off.poll(cx).is_ready() {
            ending = Poll::Ready(Ending::Broken(shutting_down()));
        }
        if let Poll::Ready(ending) = ending {
            *this.stream = None;
            match ending {
                Ending::Whole => this.encoder.end(this.buffer),
                Ending::Broken(error) => {
                    this.encoder.error(&error.without_advice(), this.buffer);
                }
            }
        }
        match (this.buffer.is_empty(), &this.stream) {
            (false, _) => Poll::Ready(Some(Ok(Frame::data(this.buffer.split().freeze())))),
            (true, Some(_)) => Poll::Pending,
            (true, None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_none()
    }
}

/// Writes all events that are ready, up to [`MAX_WRITE`] bytes.
fn poll_events<E: StreamEncoder>(
    stream: &mut ChatStream,
    encoder: &mut E,
    buffer: &mut BytesMut,
    cx: &mut Context<'_>,
) -> Poll<Ending> {
    while buffer.len() < MAX_WRITE {
        match Pin::new(&mut *stream).poll_next(cx) {
            Poll::Ready(Some(Ok(event))) => encoder.event(&event, buffer),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Ending::Broken(error)),
            Poll::Ready(None) => return Poll::Ready(Ending::Whole),
            Poll::Pending => return Poll::Pending,
        }
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;
    use outlast_types::{Error, ErrorKind, FinishReason, ReplyMeta, StreamEvent, TargetId};
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// Writes one letter per event.
    struct Letters;

    type Letterbox = Pin<Box<EventBody<Letters>>>;

    impl StreamEncoder for Letters {
        fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
            match event {
                StreamEvent::Text(delta) => out.extend_from_slice(delta.text.as_bytes()),
                _ => out.extend_from_slice(b"!"),
            }
        }

        fn error(&mut self, error: &Error, out: &mut BytesMut) {
            out.extend_from_slice(error.kind().as_str().as_bytes());
        }

        fn end(&mut self, out: &mut BytesMut) {
            out.extend_from_slice(b".");
        }
    }

    fn body(
        events: impl Stream<Item = Result<StreamEvent, Error>> + Send + 'static,
        cut_off: &CancellationToken,
    ) -> Letterbox {
        let stream = ChatStream::new(Box::pin(events), ReplyMeta::new(TargetId::new("a", "m")));
        Box::pin(EventBody::new(
            stream,
            Letters,
            cut_off.clone().cancelled_owned(),
        ))
    }

    async fn frames(mut body: Letterbox) -> Vec<Bytes> {
        let mut frames = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            frames.push(frame.into_data().unwrap());
        }
        assert!(body.is_end_stream());
        frames
    }

    fn text(text: &str) -> Result<StreamEvent, Error> {
        Ok(StreamEvent::text(text))
    }

    #[tokio::test]
    async fn events_that_are_ready_together_leave_in_one_frame() {
        let events = [
            text("a"),
            text("b"),
            Ok(StreamEvent::finish(FinishReason::Stop)),
        ];
        let body = body(stream::iter(events), &CancellationToken::new());
        assert_eq!(frames(body).await, ["ab!."]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_does_not_wait_for_the_next() {
        let later = stream::once(async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            text("b")
        });
        let body = body(
            stream::iter([text("a")]).chain(later),
            &CancellationToken::new(),
        );
        assert_eq!(frames(body).await, ["a", "b."]);
    }

    #[tokio::test]
    async fn a_burst_is_written_in_bounded_pieces() {
        let kilobyte = "x".repeat(1024);
        let events: Vec<_> = (0..100).map(|_| text(&kilobyte)).collect();
        let frames = frames(body(stream::iter(events), &CancellationToken::new())).await;
        assert!(frames.iter().all(|frame| frame.len() <= MAX_WRITE + 1024));
        assert_eq!(frames.iter().map(Bytes::len).sum::<usize>(), 100 * 1024 + 1);
    }

    #[tokio::test]
    async fn a_stream_that_breaks_ends_in_an_error_and_not_in_an_end() {
        let events = [text("a"), Err(Error::new(ErrorKind::StreamBroken))];
        let body = body(stream::iter(events), &CancellationToken::new());
        assert_eq!(frames(body).await, ["astream_broken"]);
    }

    #[tokio::test]
    async fn a_stream_that_outlives_the_grace_period_ends_in_an_error() {
        let cut_off = CancellationToken::new();
        let mut body = body(stream::iter([text("a")]).chain(stream::pending()), &cut_off);
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            "a"
        );
        cut_off.cancel();
        assert_eq!(frames(body).await, ["local_overload"]);
    }
}
