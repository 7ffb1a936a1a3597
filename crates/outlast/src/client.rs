//! The front door.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use outlast_tower::breaker::BreakerState;
use outlast_types::{ChatRequest, ChatResponse, ChatStream, Error, StreamRequest, TargetId};
use tower::ServiceExt;
use tower_service::Service;

use crate::ClientBuilder;
use crate::stack::{CallStack, TargetState};

/// Asks the targets of its routes so that a call outlives a provider.
///
/// A request's `model` names a route, a target (`account/model`: that one alone) or a target's model (asked first, the
/// rest of its route after it). A request that names none goes to the route `default`, or to the only one.
///
/// It is a tower service, too, for `ChatRequest`s and `StreamRequest`s.
///
/// Every call gets a ledger of its own; of the request's context its id, its deadline, its say on what is not supported
/// and its extensions are kept.
///
/// # Clone
///
/// Cloning it copies a pointer: breakers, budgets and limits are shared.
///
/// # Cancellation
///
/// Dropping the future of a call, or its stream, cancels what is under way at the provider.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    chat: CallStack<ChatRequest, ChatResponse>,
    stream: CallStack<StreamRequest, ChatStream>,
    routes: Vec<String>,
    targets: Vec<TargetState>,
}

/// A target as it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetStatus {
    /// Its name.
    pub id: TargetId,
    /// The state of its breaker.
    pub breaker: BreakerState,
    /// How many calls are under way to it.
    pub in_flight: usize,
}

impl Client {
    pub(crate) fn new(
        chat: CallStack<ChatRequest, ChatResponse>,
        stream: CallStack<StreamRequest, ChatStream>,
        routes: Vec<String>,
        targets: Vec<TargetState>,
    ) -> Self {
        Self(Arc::new(Inner {
            chat,
            stream,
            routes,
            targets,
        }))
    }

    /// Starts a client without a target yet.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Asks for a whole reply.
    pub async fn chat(&self, request: impl Into<ChatRequest>) -> Result<ChatResponse, Error> {
        let request = with_fresh_context(request.into());
        self.0.chat.clone().oneshot(request).await
    }

    /// Asks for a stream, which is returned when its first content is there. An error before that is returned as such; a
    /// later one ends the stream.
    pub async fn stream(&self, request: impl Into<ChatRequest>) -> Result<ChatStream, Error> {
        let request = with_fresh_context(request.into());
        self.0.stream.clone().oneshot(StreamRequest(request)).await
    }

    /// Returns the names of the routes, `default` first if it was made of single targets.
    pub fn routes(&self) -> impl Iterator<Item = &str> {
        self.0.routes.iter().map(String::as_str)
    }

    /// Returns all targets as they stand, each once.
    pub fn targets(&self) -> Vec<TargetStatus> {
        self.0
            .targets
            .iter()
            .map(|state| TargetStatus {
                id: state.target.id().clone(),
                breaker: state.breaker.state(),
                in_flight: state.in_flight.under_way(),
            })
            .collect()
    }
}

/// Takes of a used context what belongs to the caller, and leaves behind what belonged to an earlier call.
fn with_fresh_context(mut request: ChatRequest) -> ChatRequest {
    let used = std::mem::take(&mut request.context);
    request.context.request_id = used.request_id;
    request.context.deadline = used.deadline;
    request.context.on_unsupported = used.on_unsupported;
    request.context.extensions = used.extensions;
    request
}

impl Service<ChatRequest> for Client {
    type Response = ChatResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result<ChatResponse, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ChatRequest) -> Self::Future {
        let client = self.clone();
        Box::pin(async move { client.chat(request).await })
    }
}

impl Service<StreamRequest> for Client {
    type Response = ChatStream;
    type Error = Error;
    type Future = BoxFuture<'static, Result<ChatStream, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: StreamRequest) -> Self::Future {
        let client = self.clone();
        Box::pin(async move { client.stream(request.0).await })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("routes", &self.0.routes)
            .field("targets", &self.targets())
            .finish_non_exhaustive()
    }
}
