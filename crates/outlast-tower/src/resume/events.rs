//! The events of an answer, whoever gives it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use outlast_types::{
    ChatStream, Continuation, Error, ErrorKind, StreamEvent, StreamRequest, TargetId,
};
use pin_project::pin_project;
use tokio::time::Instant;
use tower::util::Oneshot;
use tower_service::Service;

use super::join::Diverged;
use super::record::Record;
use super::seam::Seam;
use super::service::Settings;
use crate::StackEvent;
use crate::classify::Failover;
use crate::fallback::BrokenBefore;
use crate::timer::deadline_of;

/// What is needed to ask for the rest of an answer.
pub(super) struct Resumable<S> {
    pub(super) service: S,
    pub(super) request: StreamRequest,
    pub(super) settings: Arc<Settings>,
}

/// The events of an answer; when the stream they come from breaks, the rest comes from another.
///
/// Dropping it drops the stream or the call that is under way.
#[pin_project]
struct Events<S>
where
    S: Service<StreamRequest>,
{
    answer: Answer<S>,
    #[pin]
    state: State<Oneshot<S, StreamRequest>>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "it lives in the box of the events, and reading is what it nearly always does"
)]
#[pin_project(project = StateProj)]
enum State<F> {
    Reading {
        stream: ChatStream,
        /// Set if the stream is a continuation.
        seam: Option<Seam>,
    },
    /// Somebody is being asked for the rest.
    Asking {
        #[pin]
        call: F,
        broken: Broken,
    },
    Over,
}

/// A stream that broke.
struct Broken {
    target: TargetId,
    error: Error,
    /// What the caller has.
    text: Arc<str>,
}

/// The answer as the caller sees it.
struct Answer<S> {
    resumable: Resumable<S>,
    record: Record,
    /// What is ready for the caller.
    ready: VecDeque<StreamEvent>,
    before: BrokenBefore,
}

/// What reading has come to.
enum Read {
    Event(StreamEvent),
    Broken(Error),
    End,
}

impl<S> Resumable<S>
where
    S: Service<StreamRequest, Response = ChatStream, Error = Error> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    /// Returns `stream`, and whatever continues it, as one.
    pub(super) fn wrap(self, stream: ChatStream) -> ChatStream {
        let meta = stream.meta().clone();
        let events = Events {
            answer: Answer {
                resumable: self,
                record: Record::default(),
                ready: VecDeque::new(),
                before: BrokenBefore::default(),
            },
            state: State::Reading { stream, seam: None },
        };
        ChatStream::new(Box::pin(events), meta)
    }
}

impl<S> Stream for Events<S>
where
    S: Service<StreamRequest, Response = ChatStream, Error = Error> + Clone,
{
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProj::Reading { stream, seam } => {
                    let error = match ready!(this.answer.poll_read(stream, seam, cx)) {
                        Read::Event(event) => return Poll::Ready(Some(Ok(event))),
                        Read::Broken(error) => error,
                        Read::End => {
                            this.state.set(State::Over);
                            return Poll::Ready(None);
                        }
                    };
                    let target = stream.meta().target.clone();
                    // The broken stream ends before anybody is asked for the rest.
                    this.state.set(State::Over);
                    match this.answer.ask(target, error) {
                        Ok((call, broken)) => this.state.set(State::Asking { call, broken }),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                StateProj::Asking { call, broken } => match ready!(call.poll(cx)) {
                    Ok(stream) => {
                        this.answer.resumed(broken, &stream);
                        let seam = Some(Seam::after(Arc::clone(&broken.text)));
                        this.state.set(State::Reading { stream, seam });
                    }
                    Err(_) => {
                        // What the rest failed of is in the ledger; to the caller the stream broke.
                        let error = broken.error.clone();
                        this.state.set(State::Over);
                        return Poll::Ready(Some(Err(this.answer.with_ledger(error))));
                    }
                },
                StateProj::Over => return Poll::Ready(None),
            }
        }
    }
}

impl<S> Answer<S>
where
    S: Service<StreamRequest> + Clone,
{
    /// Reads the next event for the caller.
    fn poll_read(
        &mut self,
        stream: &mut ChatStream,
        seam: &mut Option<Seam>,
        cx: &mut Context<'_>,
    ) -> Poll<Read> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.record.see(&event);
                return Poll::Ready(Read::Event(event));
            }
            let fitted = match (ready!(Pin::new(&mut *stream).poll_next(cx)), &mut *seam) {
                (Some(Err(error)), _) => return Poll::Ready(Read::Broken(error)),
                (Some(Ok(event)), None) => {
                    self.record.see(&event);
                    if let StreamEvent::Usage { usage, .. } = &event {
                        self.record.used(*usage);
                    }
                    return Poll::Ready(Read::Event(event));
                }
                (Some(Ok(StreamEvent::Usage { usage, .. })), Some(_)) => {
                    let usage = self.record.used(usage);
                    self.ready.push_back(StreamEvent::usage(usage));
                    Ok(())
                }
                (Some(Ok(event)), Some(seam)) => seam.fit(event, &mut self.ready),
                (None, Some(open)) => {
                    let fitted = open.finish(&mut self.ready);
                    *seam = None;
                    fitted
                }
                (None, None) => return Poll::Ready(Read::End),
            };
            if let Err(Diverged) = fitted {
                return Poll::Ready(Read::Broken(diverged(stream.meta().target.clone())));
            }
        }
    }

    /// Asks for the rest of the answer, or returns the error that the caller must be told.
    fn ask(
        &mut self,
        target: TargetId,
        error: Error,
    ) -> Result<(Oneshot<S, StreamRequest>, Broken), Error> {
        self.record.broke();
        let Some(text) = self.text_to_go_on_after(&error) else {
            return Err(self.with_ledger(error));
        };
        self.before =
            std::mem::take(&mut self.before).with(error.clone().with_target(target.clone()));
        let mut request = self.resumable.request.clone();
        request.0.context.continuation = Some(Continuation::after(Arc::clone(&text)));
        request.0.context.extensions.insert(self.before.clone());
        let call = Oneshot::new(self.resumable.service.clone(), request);
        let broken = Broken {
            target,
            error,
            text,
        };
        Ok((call, broken))
    }

    fn text_to_go_on_after(&self, error: &Error) -> Option<Arc<str>> {
        let settings = &*self.resumable.settings;
        let deadline = deadline_of(&self.resumable.request.0.context);
        let may_ask = self.before.errors().len() < settings.max_resumes
            && settings.classify.verdict(error).failover != Failover::No
            && deadline.is_none_or(|deadline| Instant::now() < deadline);
        if may_ask { self.record.text() } else { None }
    }

    fn resumed(&self, broken: &Broken, stream: &ChatStream) {
        let observers = &self.resumable.settings.observers;
        observers.notify(|| StackEvent::Resumed {
            from: broken.target.clone(),
            to: stream.meta().target.clone(),
            kind: broken.error.kind(),
            offset: broken.text.len(),
        });
    }

    fn with_ledger(&self, error: Error) -> Error {
        error.with_ledger(self.resumable.request.0.context.ledger.clone())
    }
}

fn diverged(target: TargetId) -> Error {
    Error::new(ErrorKind::StreamBroken)
        .with_target(target)
        .with_message("the continuation starts over and differs from what was already sent")
}
