//! An HTTP server in front of [`outlast`]: any SDK of OpenAI, Anthropic or Google points its base URL at it.
//!
//! | protocol | requests | key |
//! |---|---|---|
//! | OpenAI | `POST /v1/chat/completions`, `/v1/embeddings`, `GET /v1/models`, `/v1/models/{id}` | `Authorization: Bearer` |
//! | OpenAI's Responses | `POST /v1/responses`, `/v1/responses/input_tokens` | `Authorization: Bearer` |
//! | Anthropic | `POST /v1/messages`, `/v1/messages/count_tokens`; with `anthropic-version` `GET /v1/models`, `/v1/models/{id}` | `x-api-key` or bearer |
//! | Gemini | `POST /v1beta/models/{model}:generateContent`, `:streamGenerateContent`, `:countTokens`, `GET /v1beta/models`, `/v1beta/models/{model}` | `x-goog-api-key`, `?key=` or bearer |
//! | Bedrock | `POST /model/{model}/converse`, `/converse-stream` | `Authorization: Bearer` |
//! | none | `GET /healthz`: `200` while it takes requests, `503` once it shuts down | none |
//!
//! `model` names a route, a target or a target's model ([`Client`](outlast::Client)), and the lists of models have the
//! routes and targets. Whatever protocol a caller speaks, any account may serve it. Where that speaks the same, fields
//! that nobody here knows reach the provider, and those of its answer the caller.
//!
//! The gateway keeps no responses: of Responses, `background` is refused, and what refers to something a provider keeps
//! (`previous_response_id`, `conversation`, `prompt`) is answered by a target that speaks Responses or not at all.
//!
//! Every answer has `x-outlast-request-id`, and the same id where the protocol's own clients look for it; `x-outlast-served-by` names the target and `x-outlast-attempts` counts the
//! upstream calls where there were any. Every error is in the caller's protocol, whatever went wrong. A caller may set
//! its own time limit with `x-outlast-timeout-ms`, and say with `x-outlast-on-unsupported` (`adapt`, `error`, `ignore`)
//! what becomes of what a target cannot carry.
//!
//! There is no resilience in this crate: it reads requests, asks the client and writes replies. What it does keep is the
//! door:
//!
//! - Keys are compared by digest and in constant time ([`GatewayConfig::keys`]); without keys it serves loopback only.
//! - A caller that goes away takes its upstream call along at once: dropping the connection drops the call.
//! - A stream's head is sent when its first content is there, so that an error before it has its own status.
//! - Events that are ready together leave in one write.
//! - On shutdown, requests under way may finish within a grace period; then the rest end with an error in their protocol.
//! - Heads, bodies, connections and waits are bounded ([`Limits`]).
//!
//! # Examples
//!
//! ```no_run
//! # async fn example(client: outlast::Client) -> Result<(), outlast_gateway::ServeError> {
//! use outlast_gateway::{Gateway, GatewayConfig, bind};
//!
//! let listener = bind("127.0.0.1:4000").await?;
//! println!("listening on http://{}", listener.local_addr().unwrap());
//! let until = async { tokio::time::sleep(std::time::Duration::from_secs(3600)).await };
//! Gateway::new(client, GatewayConfig::default()).serve(listener, until).await
//! # }
//! ```
//!
//! [`Gateway::handle`] answers a single request without a socket, to mount the gateway in a server of one's own.

mod body;
mod clock;
mod events;
mod gateway;
mod headers;
mod ingress;
mod keys;
mod limits;
mod request_body;
mod server;

pub use body::ReplyBody;
pub use gateway::Gateway;
pub use limits::Limits;
pub use outlast::config::{GatewayConfig, GatewayKey};
pub use server::{ServeError, bind};
