//! An HTTP server in front of [`outlast`]: any OpenAI SDK points its base URL at it.
//!
//! | request | answer |
//! |---|---|
//! | `POST /v1/chat/completions` | a reply, or a stream of events, by the route or target that `model` names |
//! | `GET /v1/models` | the routes and targets |
//! | `GET /healthz` | `200` while it takes requests, `503` once it shuts down; no key needed |
//!
//! Every answer has `x-outlast-request-id`; `x-outlast-served-by` names the target and `x-outlast-attempts` counts the
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
