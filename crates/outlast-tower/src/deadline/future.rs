use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Error, Ledger, Phase, Reply, Sent};
use pin_project::pin_project;
use tokio::time::Instant;

use super::events::DeadlineEvents;
use super::{exceeded, with_ledger};
use crate::timer::LazyTimer;

/// The call of a [`DeadlineService`](super::DeadlineService).
#[pin_project]
#[derive(Debug)]
pub struct DeadlineFuture<F> {
    #[pin]
    state: State<F>,
    ledger: Ledger,
}

#[pin_project(project = StateProj)]
#[derive(Debug)]
enum State<F> {
    /// The deadline had passed before the call.
    Late,
    Calling {
        #[pin]
        future: F,
        #[pin]
        timer: LazyTimer,
        deadline: Instant,
    },
    /// The future has been ready.
    Done,
}

impl<F> DeadlineFuture<F> {
    pub(super) fn calling(future: F, deadline: Instant, ledger: Ledger) -> Self {
        let timer = LazyTimer::default();
        Self {
            state: State::Calling {
                future,
                timer,
                deadline,
            },
            ledger,
        }
    }

    pub(super) fn late(ledger: Ledger) -> Self {
        Self {
            state: State::Late,
            ledger,
        }
    }
}

impl<F, T> Future for DeadlineFuture<F>
where
    F: Future<Output = Result<T, Error>>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = match this.state.as_mut().project() {
            StateProj::Late => Err(exceeded()),
            StateProj::Calling {
                future,
                timer,
                deadline,
            } => match future.poll(cx) {
                Poll::Ready(Ok(reply)) => {
                    let (deadline, ledger) = (*deadline, this.ledger.clone());
                    Ok(reply.map_events(|events| {
                        Box::pin(DeadlineEvents::new(events, deadline, ledger))
                    }))
                }
                Poll::Ready(Err(error)) => Err(error),
                Poll::Pending => {
                    ready!(timer.poll_until(*deadline, cx));
                    Err(exceeded().with_phase(Phase::Head).with_sent(Sent::Maybe))
                }
            },
            StateProj::Done => return Poll::Pending,
        };
        this.state.set(State::Done);
        Poll::Ready(result.map_err(|error| with_ledger(error, this.ledger)))
    }
}
