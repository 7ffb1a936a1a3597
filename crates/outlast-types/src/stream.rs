//! A reply that is still being written.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::reply::empty_reply;
use crate::response::says_nothing;
use crate::{
    ChatResponse, Collector, Error, FinishReason, Phase, Reply, ReplyEnd, ReplyGuard, ReplyMeta,
    Sent, StreamEvent, Usage,
};

/// The events of one reply, boxed.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<StreamEvent, Error>> + Send>>;

/// How many events are kept while waiting for the first content: beyond it the stream is passed on as it is.
const MAX_HELD_EVENTS: usize = 256;

/// How many bytes of fields and events without content are kept while waiting; beyond it, the same.
const MAX_HELD_BYTES: usize = 64 * 1024;

/// A reply as a stream of events.
///
/// It ends with `None` after a whole reply, or with one `Err` and then `None`. Dropping it early cancels the call.
///
/// # Examples
///
/// ```
/// use futures_util::{StreamExt, stream};
/// use outlast_types::{ChatStream, FinishReason, ReplyMeta, StreamEvent, TargetId};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let events = stream::iter([StreamEvent::text("Hi"), StreamEvent::finish(FinishReason::Stop)]).map(Ok);
/// let stream = ChatStream::new(Box::pin(events), ReplyMeta::new(TargetId::new("acme", "m1")));
///
/// assert_eq!(stream.collect().await.unwrap().text(), "Hi");
/// # }
/// ```
pub struct ChatStream {
    events: EventStream,
    meta: ReplyMeta,
    /// What was read before the first content, to be replayed.
    held: VecDeque<StreamEvent>,
    /// About how many bytes that is.
    held_bytes: usize,
    /// The state of [`Reply::poll_commit`]; `None` until it is ready.
    committed: Option<Result<(), Error>>,
    guards: Guards,
}

impl ChatStream {
    /// Wraps the events of a reply.
    pub fn new(events: EventStream, meta: ReplyMeta) -> Self {
        Self {
            events,
            meta,
            held: VecDeque::new(),
            held_bytes: 0,
            committed: None,
            guards: Guards::default(),
        }
    }

    /// Returns who serves the reply, and how it came to that.
    pub fn meta(&self) -> &ReplyMeta {
        &self.meta
    }

    /// Changes the facts about the reply.
    pub fn meta_mut(&mut self) -> &mut ReplyMeta {
        &mut self.meta
    }

    /// Waits for the next event.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Reads the stream to its end and returns the whole reply.
    pub async fn collect(mut self) -> Result<ChatResponse, Error> {
        let mut collector = Collector::default();
        while let Some(event) = self.next().await {
            collector.push(event?);
        }
        Ok(collector.finish(self.meta.clone()))
    }

    fn poll_first_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut finish = None;
        let mut usage = Usage::default();
        for event in &self.held {
            note_ending(event, &mut finish, &mut usage);
        }
        loop {
            match ready!(self.events.as_mut().poll_next(cx)) {
                Some(Ok(StreamEvent::Ping)) => {}
                Some(Ok(event)) => {
                    note_ending(&event, &mut finish, &mut usage);
                    let content = event.is_content();
                    self.held_bytes = self.held_bytes.saturating_add(event.carried_bytes());
                    self.held.push_back(event);
                    let full =
                        self.held.len() >= MAX_HELD_EVENTS || self.held_bytes >= MAX_HELD_BYTES;
                    if content || full {
                        return Poll::Ready(Ok(()));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Err(self.place(error))),
                None if says_nothing(finish.as_ref(), usage) => {
                    return Poll::Ready(Err(empty_reply(&self.meta)));
                }
                None => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Says of an error of the events how far the reply had come: only the stream knows what reached the caller.
    fn place(&self, error: Error) -> Error {
        let phase = if self.guards.seen.any {
            Phase::AfterCommit
        } else {
            Phase::BeforeCommit
        };
        error.with_phase(phase).with_sent(Sent::Yes)
    }
}

fn note_ending(event: &StreamEvent, finish: &mut Option<FinishReason>, usage: &mut Usage) {
    match event {
        StreamEvent::Finish(end) => *finish = Some(end.reason.clone()),
        StreamEvent::Usage { usage: seen, .. } => *usage = *seen,
        _ => {}
    }
}

impl Reply for ChatStream {
    fn meta(&self) -> &ReplyMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ReplyMeta {
        &mut self.meta
    }

    fn poll_commit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(result) = &self.committed {
            return Poll::Ready(result.clone());
        }
        let result = ready!(self.poll_first_content(cx));
        if let Err(error) = &result {
            self.held.clear();
            self.guards.finish(|_| ReplyEnd::Failed(error));
        }
        self.committed = Some(result.clone());
        Poll::Ready(result)
    }

    fn hold<G: ReplyGuard>(mut self, guard: G) -> Self {
        self.guards.list.push(Box::new(guard));
        self
    }

    fn map_events<F>(mut self, wrap: F) -> Self
    where
        F: FnOnce(EventStream) -> EventStream,
    {
        let unwrapped = std::mem::replace(&mut self.events, Box::pin(Never));
        self.events = wrap(unwrapped);
        self
    }
}

impl Stream for ChatStream {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.held.pop_front() {
            self.guards.event(&event);
            return Poll::Ready(Some(Ok(event)));
        }
        if self.guards.over {
            // A failed commit is still to be told to a reader who did not wait for it.
            return Poll::Ready(match self.committed.take() {
                Some(Err(error)) => Some(Err(error)),
                _ => None,
            });
        }
        match ready!(self.events.as_mut().poll_next(cx)) {
            Some(Ok(event)) => {
                self.guards.event(&event);
                Poll::Ready(Some(Ok(event)))
            }
            Some(Err(error)) => {
                let error = self.place(error);
                self.guards.finish(|_| ReplyEnd::Failed(&error));
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.guards.finish(Seen::complete);
                Poll::Ready(None)
            }
        }
    }
}

impl Drop for ChatStream {
    fn drop(&mut self) {
        // A reader may stop at the finish event without waiting for the end: such a reply is whole.
        self.guards.finish(|seen| match seen.finish {
            Some(_) => seen.complete(),
            None => ReplyEnd::Abandoned { usage: seen.usage },
        });
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream")
            .field("meta", &self.meta)
            .field("held", &self.held.len())
            .field("over", &self.guards.over)
            .finish_non_exhaustive()
    }
}

/// The guards of a stream, and what they are told at its end.
#[derive(Default)]
struct Guards {
    list: Vec<Box<dyn ReplyGuard>>,
    seen: Seen,
    over: bool,
}

/// What passed by on the way to the caller.
#[derive(Default)]
struct Seen {
    /// Whether anything passed by at all.
    any: bool,
    usage: Usage,
    finish: Option<FinishReason>,
}

impl Seen {
    fn complete(&self) -> ReplyEnd<'_> {
        ReplyEnd::Complete {
            usage: self.usage,
            finish: self.finish.as_ref(),
        }
    }
}

impl Guards {
    fn event(&mut self, event: &StreamEvent) {
        self.seen.any = true;
        match event {
            StreamEvent::Finish(finish) if finish.choice == 0 => {
                self.seen.finish = Some(finish.reason.clone())
            }
            StreamEvent::Usage { usage, .. } => self.seen.usage = *usage,
            _ => {}
        }
        for guard in &mut self.list {
            guard.event(event);
        }
    }

    fn finish<'a>(&'a mut self, end: impl FnOnce(&'a Seen) -> ReplyEnd<'a>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let end = end(&self.seen);
        for mut guard in self.list.drain(..) {
            guard.finish(end);
        }
    }
}

/// Stands in for the events while they are being wrapped.
struct Never;

impl Stream for Never {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
