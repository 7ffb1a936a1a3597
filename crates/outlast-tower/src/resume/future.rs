use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use outlast_types::{ChatStream, Error, StreamRequest};
use pin_project::pin_project;
use tower_service::Service;

use super::events::Resumable;

/// The call of a [`ResumeService`](super::ResumeService).
#[pin_project]
pub struct ResumeFuture<S, F> {
    #[pin]
    inner: F,
    /// Set if the stream may be continued when it breaks.
    resumable: Option<Resumable<S>>,
}

impl<S, F> ResumeFuture<S, F> {
    pub(super) fn new(inner: F, resumable: Option<Resumable<S>>) -> Self {
        Self { inner, resumable }
    }
}

impl<S, F> Future for ResumeFuture<S, F>
where
    S: Service<StreamRequest, Response = ChatStream, Error = Error> + Send + 'static,
    S::Future: Send + 'static,
    S: Clone,
    F: Future<Output = Result<ChatStream, Error>>,
{
    type Output = Result<ChatStream, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let stream = ready!(this.inner.poll(cx))?;
        Poll::Ready(Ok(match this.resumable.take() {
            Some(resumable) => resumable.wrap(stream),
            None => stream,
        }))
    }
}

impl<S, F> fmt::Debug for ResumeFuture<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeFuture")
            .field("resumable", &self.resumable.is_some())
            .finish_non_exhaustive()
    }
}
