//! The front door.

use std::sync::Arc;

use outlast_providers::HttpService;
use outlast_providers::{ChatService, StreamService};
use outlast_types::{
    ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, StreamRequest, TargetId,
};
use tower::service_fn;

use crate::{ClientBuilder, Config, ConfigError};

/// Asks the targets of its routes so that a call outlives a provider. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    routes: Vec<String>,
}

/// A target as it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetStatus {
    /// Its name.
    pub id: TargetId,
    /// The state of its breaker, in snake case: `closed`, `open`, `half_open`, ...
    pub breaker: &'static str,
}

impl Client {
    /// Starts a client without a target yet.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Makes the client that a configuration describes.
    #[cfg(feature = "reqwest")]
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        let _ = config;
        Ok(Self(Arc::default()))
    }

    /// Makes the client that a configuration describes, with one transport for all accounts.
    pub fn from_config_with_http(config: &Config, http: HttpService) -> Result<Self, ConfigError> {
        let _ = (config, http);
        Ok(Self(Arc::default()))
    }

    /// Asks for a whole reply. `request.model` names a route, a target (`account/model`) or a target's model.
    pub async fn chat(&self, request: impl Into<ChatRequest>) -> Result<ChatResponse, Error> {
        let _ = request.into();
        Err(Error::new(ErrorKind::UnknownModel).with_message("no route is built yet"))
    }

    /// Asks for a stream; it is returned when its first content is there.
    pub async fn stream(&self, request: impl Into<ChatRequest>) -> Result<ChatStream, Error> {
        let _ = request.into();
        Err(Error::new(ErrorKind::UnknownModel).with_message("no route is built yet"))
    }

    /// Returns the client as a tower service for unary calls.
    pub fn chat_service(&self) -> ChatService {
        let client = self.clone();
        ChatService::new(service_fn(move |request: ChatRequest| {
            let client = client.clone();
            async move { client.chat(request).await }
        }))
    }

    /// Returns the client as a tower service for streamed calls.
    pub fn stream_service(&self) -> StreamService {
        let client = self.clone();
        StreamService::new(service_fn(move |request: StreamRequest| {
            let client = client.clone();
            async move { client.stream(request.0).await }
        }))
    }

    /// Returns the names of the routes, in order.
    pub fn routes(&self) -> impl Iterator<Item = &str> {
        self.0.routes.iter().map(String::as_str)
    }

    /// Returns all targets as they stand.
    pub fn targets(&self) -> Vec<TargetStatus> {
        Vec::new()
    }
}
