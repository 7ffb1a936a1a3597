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
                Ending::Broken(error) => this.encoder.error(&error, this.buffer),
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
