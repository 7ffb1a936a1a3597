use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Error, Phase, Reply};
use pin_project::pin_project;
use tokio::time::Instant;

use super::limits::{AttemptTime, Due};
use crate::first_content::{CallKind, FirstContents};
use crate::timer::LazyTimer;

/// The call of a [`CommitService`](super::CommitService).
#[pin_project]
#[derive(Debug)]
pub struct CommitFuture<F, T> {
    #[pin]
    state: State<F, T>,
    #[pin]
    timer: LazyTimer,
    /// Where it is noted how long the target took.
    memory: Option<(FirstContents, CallKind)>,
}

#[pin_project(project = StateProj, project_replace = StateOwned)]
#[derive(Debug)]
enum State<F, T> {
    /// There was too little time to call at all.
    Refused { error: Error },
    /// The head of the reply is awaited.
    Calling {
        #[pin]
        future: F,
        time: AttemptTime,
        /// When the time is over; known from the first poll on.
        due: Option<Due>,
    },
    /// The first content is awaited.
    Committing {
        reply: T,
        time: AttemptTime,
        due: Due,
    },
    /// The future has been ready.
    Done,
}

impl<F, T> CommitFuture<F, T> {
    pub(super) fn calling(future: F, time: AttemptTime) -> Self {
        Self::new(State::Calling {
            future,
            time,
            due: None,
        })
    }

    pub(super) fn refused(error: Error) -> Self {
        Self::new(State::Refused { error })
    }

    fn new(state: State<F, T>) -> Self {
        Self {
            state,
            timer: LazyTimer::default(),
            memory: None,
        }
    }

    pub(super) fn with_memory(mut self, memory: Option<(FirstContents, CallKind)>) -> Self {
        self.memory = memory;
        self
    }
}

impl<F, T> Future for CommitFuture<F, T>
where
    F: Future<Output = Result<T, Error>>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = loop {
            match this.state.as_mut().project() {
                StateProj::Calling { future, time, due } => {
                    let (time, due) = (*time, *due.get_or_insert_with(|| time.due(Instant::now())));
                    match future.poll(cx) {
                        Poll::Ready(Ok(reply)) => {
                            this.state.set(State::Committing { reply, time, due });
                        }
                        Poll::Ready(Err(error)) => break Err(error),
                        Poll::Pending => {
                            ready!(this.timer.poll_until(due.at, cx));
                            note(this.memory.as_ref(), due, due.at, true);
                            break Err(time.elapsed(due, Phase::Head));
                        }
                    }
                }
                StateProj::Committing { reply, time, due } => match reply.poll_commit(cx) {
                    Poll::Ready(result) => {
                        if result.is_ok() && this.memory.is_some() {
                            note(this.memory.as_ref(), *due, Instant::now(), false);
                        }
                        break result;
                    }
                    Poll::Pending => {
                        ready!(this.timer.poll_until(due.at, cx));
                        note(this.memory.as_ref(), *due, due.at, true);
                        break Err(time
                            .elapsed(*due, Phase::BeforeCommit)
                            .with_target(reply.meta().target.clone())
                            .with_request_id(reply.meta().request_id.clone()));
                    }
                },
                StateProj::Refused { error } => break Err(error.clone()),
                StateProj::Done => return Poll::Pending,
            }
        };
        // Whatever is not passed on, and the connection with it, is dropped here and not when the caller gets to it.
        let state = this.state.project_replace(State::Done);
        Poll::Ready(match (result, state) {
            (Ok(()), StateOwned::Committing { reply, .. }) => Ok(reply),
            (Err(error), _) => Err(error),
            (Ok(()), _) => return Poll::Pending,
        })
    }
}

/// Notes how long the target took, as far as that is known.
fn note(memory: Option<&(FirstContents, CallKind)>, due: Due, at: Instant, was_given_up: bool) {
    if let (Some((memory, kind)), Some(took)) = (memory, due.took(at, was_given_up)) {
        memory.add(*kind, took);
    }
}
