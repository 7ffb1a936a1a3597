//! The front door.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, join_all};
use outlast_monitor::Watch;
use outlast_providers::Account;
use outlast_tower::breaker::BreakerState;
use outlast_types::{
    Call, ChatRequest, ChatResponse, ChatStream, CountRequest, CountResponse, EmbeddingRequest,
    EmbeddingResponse, Error, ModelInfo, StreamRequest, TargetId,
};
use tower::ServiceExt;
use tower_service::Service;

use crate::ClientBuilder;
use crate::stack::{CallStack, TargetState};

/// Asks the targets of its routes so that a call outlives a provider.
///
/// A request's `model` names a route, a target (`account/model`: that one alone) or a target's model (asked first, the
/// rest of its route after it). A request that names none goes to the route `default`, or to the only one.
///
/// It is a tower service, too, for `ChatRequest`s, `StreamRequest`s and `EmbeddingRequest`s.
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
    stacks: CallStacks,
    routes: Vec<String>,
    targets: Vec<TargetState>,
    /// The same targets, as they stand when they are asked for embeddings.
    embedders: Vec<TargetState>,
    watch: Watch,
}

/// What is asked through, by kind of question.
pub(crate) struct CallStacks {
    pub(crate) chat: CallStack<ChatRequest, ChatResponse>,
    pub(crate) stream: CallStack<StreamRequest, ChatStream>,
    pub(crate) embeddings: CallStack<EmbeddingRequest, EmbeddingResponse>,
    pub(crate) counts: CallStack<CountRequest, CountResponse>,
}

/// A target as it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetStatus {
    /// Its name.
    pub id: TargetId,
    /// The state of its breaker for chats, whole or streamed.
    pub breaker: BreakerState,
    /// The state of its breaker for embeddings.
    pub embeddings_breaker: BreakerState,
    /// How many chats and embeddings are under way to it.
    pub in_flight: usize,
    /// Which share of its scarcest limit on chats is left, 0 to 1, be it one that was set or one that the provider told;
    /// `None` if no limit is known.
    pub headroom: Option<f64>,
}

/// What an account offers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountModels {
    /// The account's name.
    pub account: String,
    /// Its models, or why it gave no list of them.
    pub models: Result<Vec<ModelInfo>, Error>,
}

impl AccountModels {
    async fn ask(account: &Account) -> Self {
        Self {
            account: account.name().to_owned(),
            models: account.models().await,
        }
    }
}

impl Client {
    pub(crate) fn new(
        stacks: CallStacks,
        routes: Vec<String>,
        targets: Vec<TargetState>,
        embedders: Vec<TargetState>,
        watch: Watch,
    ) -> Self {
        Self(Arc::new(Inner {
            stacks,
            routes,
            targets,
            embedders,
            watch,
        }))
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }

    /// Starts a client without a target yet.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Asks for a whole reply.
    pub async fn chat(&self, request: impl Into<ChatRequest>) -> Result<ChatResponse, Error> {
        self.0.watch.ensure_running();
        let request = with_fresh_context(request.into());
        self.0.stacks.chat.clone().oneshot(request).await
    }

    /// Asks for a stream, which is returned when its first content is there. An error before that is returned as such; a
    /// later one ends the stream.
    pub async fn stream(&self, request: impl Into<ChatRequest>) -> Result<ChatStream, Error> {
        self.0.watch.ensure_running();
        let request = with_fresh_context(StreamRequest(request.into()));
        self.0.stacks.stream.clone().oneshot(request).await
    }

    /// Asks for the vectors of some inputs, as [`Client::chat`] asks for a reply: with the same time limits, retries,
    /// breakers and fallbacks.
    ///
    /// Vectors of two models, or of two lengths, must never be compared, and no error would say that they were. So a call
    /// goes to no target but those of the route it names; a `model` that names a target's model leads to the targets with
    /// that model alone. A route for embeddings has targets of one and the same model, at accounts of its own vendor and of
    /// resellers; `outlast check` warns of a route that mixes them.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use outlast::providers::{AzureOpenAi, OpenAi};
    /// use outlast::{Client, EmbeddingRequest};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let azure = AzureOpenAi::v1("contoso")?.with_key_from_env()?;
    /// let client = Client::builder()
    ///     .target(OpenAi::from_env()?.model("text-embedding-3-small"))
    ///     .target(azure.model("text-embedding-3-small"))
    ///     .build()?;
    /// let reply = client.embed(EmbeddingRequest::of(["first text", "second text"])).await?;
    /// assert_eq!(reply.vectors().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn embed(&self, request: EmbeddingRequest) -> Result<EmbeddingResponse, Error> {
        let request = with_fresh_context(request);
        self.0.stacks.embeddings.clone().oneshot(request).await
    }

    /// Asks how many input tokens a chat request has. It costs nothing.
    ///
    /// The first target of the route that can count does; one that cannot is passed over. The count of another model than
    /// the one that will answer is an estimate. It fails with `ErrorKind::Unsupported` if no target of the route counts.
    pub async fn count_tokens(
        &self,
        request: impl Into<ChatRequest>,
    ) -> Result<CountResponse, Error> {
        let request = with_fresh_context(CountRequest(request.into()));
        self.0.stacks.counts.clone().oneshot(request).await
    }

    /// Lists what each account of the client's targets offers, all accounts at once. It costs nothing.
    ///
    /// One attempt is made at each account; an account that cannot be asked says why.
    pub async fn models(&self) -> Vec<AccountModels> {
        let mut accounts: Vec<&Account> = Vec::new();
        for account in self
            .0
            .targets
            .iter()
            .filter_map(|state| state.target.account())
        {
            if !accounts.iter().any(|known| known.name() == account.name()) {
                accounts.push(account);
            }
        }
        join_all(accounts.into_iter().map(AccountModels::ask)).await
    }

    /// Returns the names of the routes, `default` first if it was made of single targets.
    pub fn routes(&self) -> impl Iterator<Item = &str> {
        self.0.routes.iter().map(String::as_str)
    }

    /// Tells whether a request's `model` may be `name`: whether it names a route, a target or a target's model.
    pub fn has_model(&self, name: &str) -> bool {
        let is_target = |id: &TargetId| id.model() == name || id.to_string() == name;
        self.routes().any(|route| route == name)
            || self
                .0
                .targets
                .iter()
                .any(|state| is_target(state.target.id()))
    }

    /// Returns what is shared by all embeddings of a target.
    pub(crate) fn embedder(&self, target: &TargetId) -> Option<&TargetState> {
        let mut embedders = self.0.embedders.iter();
        embedders.find(|state| state.target.id() == target)
    }

    /// Returns all targets as they stand, each once.
    pub fn targets(&self) -> Vec<TargetStatus> {
        self.0
            .targets
            .iter()
            .zip(&self.0.embedders)
            .map(|(state, embedder)| TargetStatus {
                id: state.target.id().clone(),
                breaker: state.breaker.state(),
                embeddings_breaker: embedder.breaker.state(),
                in_flight: state.in_flight.under_way() + embedder.in_flight.under_way(),
                headroom: state.allowance.headroom(),
            })
            .collect()
    }
}

/// Takes of a used context what belongs to the caller, and leaves behind what belonged to an earlier call.
fn with_fresh_context<R: Call>(mut request: R) -> R {
    let used = std::mem::take(request.context_mut());
    let fresh = request.context_mut();
    fresh.request_id = used.request_id;
    fresh.deadline = used.deadline;
    fresh.on_unsupported = used.on_unsupported;
    fresh.extensions = used.extensions;
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

impl Service<EmbeddingRequest> for Client {
    type Response = EmbeddingResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result<EmbeddingResponse, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: EmbeddingRequest) -> Self::Future {
        let client = self.clone();
        Box::pin(async move { client.embed(request).await })
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
