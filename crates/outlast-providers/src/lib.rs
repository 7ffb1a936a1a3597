//! Accounts at LLM providers: an address, a key and a format over any HTTP tower service.
//!
//! An [`Account`] gives out [`Target`]s, one per model. A target answers a call with one attempt: it encodes, sends and
//! decodes, and fails with facts. It does not retry, wait, route or follow redirects; `outlast` puts those layers
//! around it.
//!
//! | you have | take |
//! |---|---|
//! | a key of a known vendor | [`OpenAi`], [`Anthropic`], [`HolySheep`], [`DeepSeek`], ... |
//! | a resource at Azure | [`AzureOpenAi`], with a key or [`EntraClient`] |
//! | a project at Google Cloud | [`Vertex`], with `GoogleCredentials` or tokens of your own |
//! | a server that speaks a known format | [`OpenAiCompatible`], [`AnthropicCompatible`] |
//! | a format of your own | [`Provider`] over your [`ClientCodec`](outlast_wire::ClientCodec) |
//! | tokens that expire, or requests that are signed | [`Account::with_tokens`], [`Account::with_authorizer`] |
//! | the models of an account, its token counts, embeddings | [`Account::models`], [`Account::count_tokens`], [`Account::embedder`], [`Account::counter`] |
//! | an HTTP client of your own | [`http_service`] and [`Account::with_http`] |
//!
//! # Features
//!
//! - `reqwest` (on by default): the transport that accounts use unless told otherwise, [`ReqwestClient`].
//! - `tls-aws-lc` (on by default): its TLS, rustls with aws-lc.
//! - `bedrock-sigv4`: signed requests to Amazon Bedrock.
//! - `vertex`: the credentials that Google's own tools find, for Vertex AI.
//!
//! # Examples
//!
//! A target over a transport that knows only one answer:
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::Full;
//! use outlast_providers::{OpenAiCompatible, http_service};
//! use outlast_types::{ChatRequest, ErrorKind};
//! use tower::{ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), outlast_providers::AccountError> {
//! let busy = service_fn(|request: http::Request<Bytes>| async move {
//!     assert_eq!(request.uri(), "http://10.0.0.7:8000/v1/chat/completions");
//!     http::Response::builder().status(503).body(Full::new(Bytes::new()))
//! });
//! let account = OpenAiCompatible::at("rack", "http://10.0.0.7:8000/v1")?.with_http(http_service(busy));
//! let target = account.model("llama-4");
//!
//! let error = target.chat_service().oneshot(ChatRequest::user("Hi")).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Overloaded);
//! assert_eq!(error.target(), Some(target.id()));
//! # Ok(())
//! # }
//! ```

mod account;
mod advice;
mod azure;
mod bedrock;
mod compatible;
mod counter;
mod prefill;
mod presets;
mod target;
mod vertex;

mod authorize;
mod credential;
mod layout;
#[cfg(any(feature = "bedrock-sigv4", feature = "vertex"))]
mod through;
mod token;
mod upstream_url;

mod endpoint;
mod operation;
mod service;

mod body;
mod clock;
mod facts;

mod http;
#[cfg(feature = "reqwest")]
mod reqwest;

pub use self::http::{HttpBody, HttpService, http_service};
#[cfg(feature = "reqwest")]
pub use self::reqwest::{ReqwestBuilder, ReqwestClient};
pub use account::{Account, AccountError};
pub use authorize::Authorize;
pub use azure::{AzureOpenAi, EntraClient};
pub use bedrock::Bedrock;
#[cfg(feature = "bedrock-sigv4")]
pub use bedrock::SigV4;
pub use compatible::{AnthropicCompatible, OpenAiCompatible};
pub use counter::CountService;
pub use credential::{Credential, KeyError, KeyHeader};
pub use endpoint::Endpoint;
pub use layout::Layout;
pub use operation::{Answer, EmbeddingService};
pub use prefill::PrefillRule;
pub use presets::*;
pub use service::Provider;
pub use target::{ChatService, StreamService, Target};
pub use token::{Token, TokenSource, Tokens};
pub use upstream_url::{UpstreamUrl, UrlError};
#[cfg(feature = "vertex")]
pub use vertex::GoogleCredentials;
pub use vertex::Vertex;
