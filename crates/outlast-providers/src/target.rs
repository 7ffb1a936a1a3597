//! A model at an account, ready to be called.

use std::fmt;

use futures_util::future::ready;
use outlast_types::{
    Capabilities, ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, PrefillSupport,
    StreamRequest, TargetId,
};
use tower::service_fn;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::{Account, CountService, EmbeddingService};

/// Answers unary calls.
pub type ChatService = BoxCloneSyncService<ChatRequest, ChatResponse, Error>;

/// Answers streamed calls.
pub type StreamService = BoxCloneSyncService<StreamRequest, ChatStream, Error>;

/// A model at an account: who it is, what it can do, and the services that ask it.
///
/// The services are bare: one call is one attempt, without retry, timeout or breaker. Those for embeddings and token counts
/// are the account's own; a target that belongs to no account has none unless it is given them.
#[derive(Clone)]
pub struct Target {
    id: TargetId,
    capabilities: Capabilities,
    chat: ChatService,
    stream: StreamService,
    embeddings: Option<EmbeddingService>,
    counts: Option<CountService>,
    account: Option<Account>,
}

impl Target {
    /// Makes a target of any service that answers both kinds of calls, as [`Provider`](crate::Provider) does.
    pub fn new<S>(id: TargetId, service: S) -> Self
    where
        S: Service<ChatRequest, Response = ChatResponse, Error = Error>
            + Service<StreamRequest, Response = ChatStream, Error = Error>
            + Clone
            + Send
            + Sync
            + 'static,
        <S as Service<ChatRequest>>::Future: Send + 'static,
        <S as Service<StreamRequest>>::Future: Send + 'static,
    {
        Self {
            id,
            capabilities: Capabilities::default(),
            chat: BoxCloneSyncService::new(service.clone()),
            stream: BoxCloneSyncService::new(service),
            embeddings: None,
            counts: None,
            account: None,
        }
    }

    /// Says to which account the target belongs.
    pub(crate) fn of_account(mut self, account: Account) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets the service that makes embeddings.
    pub fn with_embeddings(mut self, service: EmbeddingService) -> Self {
        self.embeddings = Some(service);
        self
    }

    /// Sets the service that counts tokens.
    pub fn with_counts(mut self, service: CountService) -> Self {
        self.counts = Some(service);
        self
    }

    /// Says what the target can do; by default what is known of its protocol and model.
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Says whether the target continues a last assistant message.
    pub fn with_prefill(mut self, prefill: PrefillSupport) -> Self {
        self.capabilities = self.capabilities.with_prefill(prefill);
        self
    }

    /// Returns its name, `account/model`.
    pub fn id(&self) -> &TargetId {
        &self.id
    }

    /// Returns what it can do.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Returns the service that answers unary calls.
    pub fn chat_service(&self) -> ChatService {
        self.chat.clone()
    }

    /// Returns the service that answers streamed calls.
    pub fn stream_service(&self) -> StreamService {
        self.stream.clone()
    }

    /// Returns the service that makes embeddings. Its calls fail with `ErrorKind::Unsupported` where the target makes none.
    pub fn embedding_service(&self) -> EmbeddingService {
        match (&self.embeddings, &self.account) {
            (Some(service), _) => service.clone(),
            (None, Some(account)) => account.embedder(self.id.model()),
            (None, None) => {
                let error = self.unsupported("the target makes no embeddings");
                EmbeddingService::new(service_fn(move |_| ready(Err(error.clone()))))
            }
        }
    }

    /// Returns the service that counts tokens. Its calls fail with `ErrorKind::Unsupported` where the target counts none.
    pub fn count_service(&self) -> CountService {
        match (&self.counts, &self.account) {
            (Some(service), _) => service.clone(),
            (None, Some(account)) => account.counter(self.id.model()),
            (None, None) => {
                let error = self.unsupported("the target counts no tokens");
                CountService::new(service_fn(move |_| ready(Err(error.clone()))))
            }
        }
    }

    /// Returns the account to which the target belongs; `None` if it was made of a service.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    fn unsupported(&self, message: &str) -> Error {
        Error::new(ErrorKind::Unsupported)
            .with_target(self.id.clone())
            .with_message(message)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("id", &self.id)
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}
