//! A model at an account, ready to be called.

use std::fmt;

use outlast_types::{
    Capabilities, ChatRequest, ChatResponse, ChatStream, Error, PrefillSupport, StreamRequest,
    TargetId,
};
use tower::util::BoxCloneSyncService;
use tower_service::Service;

/// Answers unary calls.
pub type ChatService = BoxCloneSyncService<ChatRequest, ChatResponse, Error>;

/// Answers streamed calls.
pub type StreamService = BoxCloneSyncService<StreamRequest, ChatStream, Error>;

/// A model at an account: who it is, what it can do, and the two services that ask it.
///
/// The services are bare: one call is one attempt, without retry, timeout or breaker.
#[derive(Clone)]
pub struct Target {
    id: TargetId,
    capabilities: Capabilities,
    chat: ChatService,
    stream: StreamService,
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
        }
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
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("id", &self.id)
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}
