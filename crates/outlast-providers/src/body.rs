//! Reads bodies: bounded, and as events.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::Body;
use http_body_util::BodyExt;
use outlast_types::{BoxError, Error, StreamEvent};
use outlast_wire::{Decoder, Events};
use pin_project::pin_project;

use crate::facts::ReplyFacts;

/// A body that was read up to a limit.
pub(crate) struct Bounded {
    /// What was read.
    pub(crate) bytes: Bytes,
    /// How the reading ended.
    pub(crate) end: End,
}

/// How the reading of a body ended.
pub(crate) enum End {
    /// It was read whole.
    Whole,
    /// It has more bytes than the limit.
    TooLong,
    /// It broke off.
    Cut(BoxError),
}

/// Reads a body, at most `limit` bytes of it. A body in one piece is not copied.
pub(crate) async fn read_bounded<B>(body: B, limit: usize) -> Bounded
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    let mut bytes = Pieces::default();
    let end = loop {
        match body.frame().await {
            None => break End::Whole,
            Some(Err(error)) => break End::Cut(error.into()),
            Some(Ok(frame)) => {
                let Ok(mut data) = frame.into_data() else {
                    continue;
                };
                let room = limit - bytes.len();
                if data.len() > room {
                    data.truncate(room);
                    bytes.push(data);
                    break End::TooLong;
                }
                bytes.push(data);
            }
        }
    };
    Bounded {
        bytes: bytes.freeze(),
        end,
    }
}

/// Puts pieces together and copies them only if there are several.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    all: BytesMut,
}

impl Pieces {
    fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn push(&mut self, piece: Bytes) {
        if self.len() == 0 {
            self.first = piece;
        } else {
            let first = std::mem::take(&mut self.first);
            self.all.extend_from_slice(&first);
            self.all.extend_from_slice(&piece);
        }
    }

    fn freeze(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
    }
}

/// The events of a streamed body.
///
/// It ends at the protocol's last event and does not wait for the connection to be closed, for some never are. What
/// follows is left to the transport.
#[pin_project]
pub(crate) struct EventReader<D, B> {
    #[pin]
    body: Option<B>,
    decoder: D,
    /// Decoded and not yet handed out.
    events: Events,
    /// Comes after `events`.
    failure: Option<Error>,
    facts: ReplyFacts,
}

impl<D, B> EventReader<D, B> {
    pub(crate) fn new(body: B, decoder: D, facts: ReplyFacts) -> Self {
        Self {
            body: Some(body),
            decoder,
            events: Events::new(),
            failure: None,
            facts,
        }
    }
}

impl<D, B> Stream for EventReader<D, B>
where
    D: Decoder,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(event) = this.events.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if let Some(error) = this.failure.take() {
                return Poll::Ready(Some(Err(error)));
            }
            let Some(body) = this.body.as_mut().as_pin_mut() else {
                return Poll::Ready(None);
            };
            let step = if this.decoder.is_done() {
                // One look at what follows lets the transport see the end of the body and keep the connection.
                let _ = body.poll_frame(cx);
                Step::Over(Ok(()))
            } else {
                read_on(ready!(body.poll_frame(cx)), this.decoder, this.events)
            };
            if let Step::Over(result) = step {
                *this.failure = result.err().map(|error| this.facts.add_to(error));
                this.body.set(None);
            }
        }
    }
}

enum Step {
    More,
    Over(Result<(), Error>),
}

fn read_on<D: Decoder, E: Into<BoxError>>(
    frame: Option<Result<http_body::Frame<Bytes>, E>>,
    decoder: &mut D,
    events: &mut Events,
) -> Step {
    match frame.map(|frame| frame.map(http_body::Frame::into_data)) {
        Some(Ok(Ok(bytes))) => match decoder.push(bytes, events) {
            Ok(()) => Step::More,
            Err(error) => Step::Over(Err(error)),
        },
        // Trailers tell nothing.
        Some(Ok(Err(_))) => Step::More,
        Some(Err(error)) => Step::Over(Err(crate::facts::cut(error.into()))),
        None => Step::Over(decoder.end(events)),
    }
}
