use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{Error, Reply, TargetId};
use pin_project::pin_project;

use super::entry::Entry;

/// The call of an [`AttemptService`](super::AttemptService).
///
/// Dropping it before it is ready notes the attempt as abandoned.
#[pin_project]
#[derive(Debug)]
pub struct AttemptFuture<F> {
    #[pin]
    inner: F,
    /// Open until the call is ready.
    entry: Option<Entry>,
    target: TargetId,
}

impl<F> AttemptFuture<F> {
    pub(super) fn new(inner: F, entry: Entry, target: TargetId) -> Self {
        Self {
            inner,
            entry: Some(entry),
            target,
        }
    }
}

impl<F, T> Future for AttemptFuture<F>
where
    F: Future<Output = Result<T, Error>>,
    T: Reply,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        let Some(entry) = this.entry.take() else {
            return Poll::Ready(result);
        };
        Poll::Ready(match result {
            Ok(mut reply) => {
                entry.served();
                reply.meta_mut().ledger = entry.ledger().clone();
                Ok(reply.hold(entry))
            }
            Err(error) => {
                entry.failed(&error);
                Err(match error.target() {
                    Some(_) => error,
                    None => error.with_target(this.target.clone()),
                })
            }
        })
    }
}
