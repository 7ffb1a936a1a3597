use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use outlast_types::{
    ChatRequest, ChatStream, CountRequest, EmbeddingRequest, Error, StreamRequest,
};
use tower_service::Service;

use super::eligible::is_eligible;
use super::events::Resumable;
use super::{ResumeFuture, ResumeMode};
use crate::Observers;
use crate::classify::Classify;

/// Continues broken text streams; see [the module](super).
#[derive(Clone)]
pub struct ResumeService<S> {
    inner: S,
    settings: Arc<Settings>,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) mode: ResumeMode,
    pub(super) max_resumes: usize,
    pub(super) classify: Arc<dyn Classify>,
    pub(super) observers: Observers,
}

impl<S> ResumeService<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }

    fn may_resume(&self, request: &ChatRequest) -> bool {
        let own = request.context.extensions.get::<ResumeMode>();
        let mode = own.copied().unwrap_or(self.settings.mode);
        mode == ResumeMode::Text && self.settings.max_resumes > 0 && is_eligible(request)
    }
}

impl<S> Service<StreamRequest> for ResumeService<S>
where
    S: Service<StreamRequest, Response = ChatStream, Error = Error> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = ChatStream;
    type Error = Error;
    type Future = ResumeFuture<S, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: StreamRequest) -> Self::Future {
        // The clone has not been polled ready: it waits for that itself before it continues anything.
        let resumable = self.may_resume(&request.0).then(|| Resumable {
            service: self.inner.clone(),
            request: request.clone(),
            settings: self.settings.clone(),
        });
        ResumeFuture::new(self.inner.call(request), resumable)
    }
}

/// Unary calls pass through as they are, so that one stack of layers can be written for all kinds.
macro_rules! pass_through {
    ($($request:ty),*) => {$(
        impl<S> Service<$request> for ResumeService<S>
        where
            S: Service<$request>,
        {
            type Response = S::Response;
            type Error = S::Error;
            type Future = S::Future;

            fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
                self.inner.poll_ready(cx)
            }

            fn call(&mut self, request: $request) -> Self::Future {
                self.inner.call(request)
            }
        }
    )*};
}

pass_through!(ChatRequest, EmbeddingRequest, CountRequest);

impl<S> fmt::Debug for ResumeService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeService")
            .field("mode", &self.settings.mode)
            .finish_non_exhaustive()
    }
}
