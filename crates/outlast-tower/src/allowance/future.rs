use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use outlast_types::{CallContext, Error, ErrorKind, Reply, TargetId};
use pin_project::pin_project;
use tokio::time::Instant;

use super::reservation::Reservation;

/// The call of an [`AllowanceService`](super::AllowanceService).
#[pin_project]
#[derive(Debug)]
pub struct AllowanceFuture<F> {
    #[pin]
    state: State<F>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "a box for the rare refusal would cost nothing less, and the future is boxed further out anyway"
)]
#[pin_project(project = StateProj)]
#[derive(Debug)]
enum State<F> {
    /// The limit is used up.
    Refused { error: Option<Error> },
    Calling {
        #[pin]
        future: F,
        reservation: Option<Reservation>,
    },
}

impl<F> AllowanceFuture<F> {
    pub(super) fn calling(future: F, reservation: Reservation) -> Self {
        let reservation = Some(reservation);
        Self {
            state: State::Calling {
                future,
                reservation,
            },
        }
    }

    pub(super) fn refused(context: &CallContext, target: &TargetId, wait: Duration) -> Self {
        let (now, why) = (Instant::now().into_std(), ErrorKind::RateLimited);
        context.ledger.skip(target.clone(), now, why);
        // Whoever has another target goes there at once; who has none waits and asks again.
        let error = Error::new(why)
            .with_target(target.clone())
            .with_retry_after(Some(wait))
            .with_should_retry(Some(false))
            .with_message("the limit set on calls or tokens a minute is used up");
        Self {
            state: State::Refused { error: Some(error) },
        }
    }
}

impl<F, T> Future for AllowanceFuture<F>
where
    F: Future<Output = Result<T, Error>>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Refused { error } => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                None => Poll::Pending,
            },
            StateProj::Calling {
                future,
                reservation,
            } => {
                let result = ready!(future.poll(cx));
                Poll::Ready(match (result, reservation.take()) {
                    (Ok(reply), Some(reservation)) => Ok(reservation.answered(reply)),
                    (Err(error), Some(reservation)) => {
                        reservation.failed(&error);
                        Err(error)
                    }
                    (result, None) => result,
                })
            }
        }
    }
}
