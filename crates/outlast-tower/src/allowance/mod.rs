//! Keeps the calls to a target within what its account allows.
//!
//! An [`Allowance`] is the memory of one target, shared by its stacks; [`AllowanceLayer`] reserves one request and the
//! tokens it may take ([`Estimate`]) before each call, and puts the provider's own count in their place when the reply is
//! over. It knows three kinds of limits:
//!
//! - What its owner has set ([`AllowanceConfig`]): requests and tokens within any minute. A call over it is not made. It
//!   fails at once with [`RateLimited`](outlast_types::ErrorKind::RateLimited) and the time until there is room, and the
//!   ledger notes the target as skipped: a fallback asks another target, and a retry that has none waits. A call that
//!   needs more than the whole limit is made when nothing else was within the minute.
//! - What the provider tells with its replies ([`RateLimits`](outlast_types::RateLimits)). These refuse no call; they
//!   are in [`headroom`](Allowance::headroom), and a [`Fallback`](crate::Fallback) asks a target with less than a twentieth
//!   left after all others. A reading is believed until the limit's own reset, and for two minutes where none was told.
//! - What it answers a call with. After [`SlowDown`](outlast_types::ErrorKind::SlowDown) the rate of calls is cut to 0.7 of
//!   what it was, for 60 s; then it grows again, quickly at first, slowly around what it was before. The refusals of
//!   calls that were made before the cut do not cut it again.
//!
//! Put it above the breaker: what it refuses says nothing about the target, and what the breaker refuses is given back.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::allowance::{Allowance, AllowanceConfig, AllowanceLayer};
//! use outlast_types::{ChatRequest, ChatResponse, Collector, Error, ErrorKind, ReplyMeta, StreamEvent, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let allowance = Allowance::new(AllowanceConfig::default().with_requests_per_minute(1));
//! let mut target = ServiceBuilder::new()
//!     .layer(AllowanceLayer::new(allowance.clone(), TargetId::new("acme", "m1")))
//!     .service_fn(|_: ChatRequest| async {
//!         let mut collector = Collector::default();
//!         collector.push(StreamEvent::text("Hello!"));
//!         Ok::<ChatResponse, Error>(collector.finish(ReplyMeta::new(TargetId::new("acme", "m1"))))
//!     });
//!
//! target.ready().await.unwrap().call(ChatRequest::user("Hello?")).await.unwrap();
//! assert_eq!(allowance.headroom(), Some(0.0));
//!
//! let error = target.ready().await.unwrap().call(ChatRequest::user("Again?")).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::RateLimited);
//! assert!(error.retry_after().is_some());
//! # }
//! ```

mod config;
mod estimate;
mod future;
mod handle;
mod layer;
mod reservation;
mod service;
mod slowed;
mod state;
mod told;
mod window;

#[cfg(test)]
mod tests;

pub use self::config::AllowanceConfig;
pub use self::estimate::{ByBytes, Estimate};
pub use self::future::AllowanceFuture;
pub use self::handle::Allowance;
pub use self::layer::AllowanceLayer;
pub use self::service::AllowanceService;
