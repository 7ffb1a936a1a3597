//! No rules at all.

use futures_util::future::BoxFuture;
use outlast::providers::Target;
use outlast::{ChatRequest, ChatResponse, ChatStream, Error, StreamRequest};
use tower::ServiceExt;

use super::Contestant;

/// Asks one target once.
pub(super) struct Plain(Target);

impl Plain {
    pub(super) fn new(target: Target) -> Self {
        Self(target)
    }
}

impl Contestant for Plain {
    fn chat(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatResponse, Error>> {
        Box::pin(self.0.chat_service().oneshot(request))
    }

    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, Error>> {
        Box::pin(self.0.stream_service().oneshot(StreamRequest(request)))
    }
}
