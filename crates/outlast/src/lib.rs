//! Keeps an application's LLM calls working while a provider does not.
//!
//! A [`Client`] is given targets, best first: models at accounts of different providers. A call goes to the first. If
//! that one is down, slow, broke, over its limit or talking nonsense, the call goes to the next, and so does a stream
//! that breaks half-way: its caller reads on as if nothing had happened. A target that keeps failing is left alone and
//! gets its traffic back gradually once it recovers.
//!
//! ```no_run
//! use outlast::providers::{Anthropic, DeepSeek, HolySheep};
//! use outlast::{ChatRequest, Client};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder()
//!     .target(Anthropic::from_env()?.model("claude-sonnet-4-5"))
//!     .target(HolySheep::from_env()?.model("claude-sonnet-4.5-20250508"))
//!     .target(DeepSeek::from_env()?.model("deepseek-chat"))
//!     .build()?;
//! let reply = client.chat(ChatRequest::user("Why keep a second provider?")).await?;
//! println!("{} (by {})", reply.text(), reply.meta().target());
//! # Ok(())
//! # }
//! ```
//!
//! # What is where
//!
//! | to | see |
//! |---|---|
//! | set attempts, time limits, resuming, breakers | [`Policy`] |
//! | choose by price, speed, load or weight; say what a target cannot do | [`ClientBuilder::routing`], [`ClientBuilder::facts`] |
//! | write the same as a file | [`config`] |
//! | add a provider, a key, an HTTP client | [`providers`] |
//! | read what was tried for a call | [`Ledger`], in [`ReplyMeta`] and [`Error`] |
//! | change what a failure means | [`ClientBuilder::classify`] and [`tower::classify`] |
//! | watch retries, failovers and breakers | [`ClientBuilder::observer`] |
//! | be told when a target is down, and when it is back | [`ClientBuilder::alert`], [`Client::incidents`], [`Client::events`] |
//! | keep calls away from a target, or drain it | [`Client::operate`] |
//! | use one layer alone | [`tower`] |
//!
//! The vocabulary of requests and replies ([`ChatRequest`], [`ChatResponse`], [`ChatStream`], ...) is that of
//! `outlast-types`, given out here.
//!
//! # Examples
//!
//! Two simulated providers, the first of which is down:
//!
//! ```
//! use outlast::providers::{AnthropicCompatible, OpenAiCompatible, http_service};
//! use outlast::{ChatRequest, Client};
//! use outlast_sim::{Api, Script, Sim};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let down = Sim::new(Api::OpenAi).with_script(Script::parse("[[rule]]\nstatus = 503")?);
//! let up = Sim::new(Api::Anthropic);
//!
//! let first = OpenAiCompatible::at("first", "http://first.example/v1")?
//!     .with_http(http_service(down.service()));
//! let second = AnthropicCompatible::at("second", "http://second.example/v1")?
//!     .with_http(http_service(up.service()));
//! let client = Client::builder()
//!     .target(first.model("m1"))
//!     .target(second.model("m2"))
//!     .build()?;
//!
//! let reply = client.chat(ChatRequest::user("Why keep a second provider?")).await?;
//! assert_eq!(reply.text(), up.reference_text("Why keep a second provider?"));
//! assert_eq!(
//!     reply.meta().ledger.to_string(),
//!     "first/m1 overloaded 0ms, second/m2 served 0ms (failover)"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `reqwest` (on by default): the HTTP client that accounts use unless told otherwise.
//! - `tls-aws-lc` (on by default): its TLS.
//! - `email`: alerts by e-mail.

mod builder;
mod client;
mod kindred;
mod policy;
mod routes;
mod routing;
mod stack;
mod watching;

pub mod config;
mod from_config;

pub use builder::{BuildError, ClientBuilder};
pub use client::{AccountModels, Client, TargetStatus};
pub use config::{Config, ConfigError};
pub use outlast_monitor as monitor;
pub use outlast_providers as providers;
pub use outlast_tower as tower;
pub use outlast_types::*;
pub use policy::{FirstToken, Hedging, Policy, Timeouts};
pub use routing::{Routing, TargetFacts};
