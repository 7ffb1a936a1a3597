//! Asks the same target again, where that is worth it.
//!
//! The loop is tower's own [`Retry`](tower::retry::Retry); [`RetryPolicy`] decides for it, and [`retry_layer`] puts the
//! two together. It is the only loop in the stack that asks the same target twice. A failure is retried if all of this
//! holds:
//!
//! 1. [`Classify`](crate::Classify) says that the same target may be asked again (`BackoffIfAlone` counts only for a
//!    policy that is told it is [`alone`](RetryPolicy::alone), because there is no other target to go to);
//! 2. this target has had fewer than 2 attempts, and the whole call, by its ledger, fewer than 4 upstream calls;
//! 3. the wait is short enough: within the *patience* (3 s; alone 10 s), less than a quarter of the time left (alone:
//!    all of it), and never past the deadline;
//! 4. the [`RetryBudget`] that all calls to the target share has something left. It is only asked when all the rest is
//!    settled.
//!
//! The wait is random between 0 and 250 ms (1 s for an overloaded target), doubled with each retry up to 8 s. If the
//! provider said when to come back, it is that time plus up to a tenth of it (1 s at most), and never less.
//!
//! A call that was let through an open breaker ([`AskAnyway`](crate::breaker::AskAnyway)) is not retried. A retry that the
//! target's breaker or limit refuses leaves the failure before it, which says more. A policy that is alone also waits
//! for a target that is passed over until the reset of its rate limit.
//!
//! A stream is retried only before its first content: put [`CommitLayer`](crate::CommitLayer) below.
//!
//! # Examples
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! use outlast_tower::{RetryPolicy, retry_layer};
//! use outlast_types::{ChatRequest, ChatResponse, Collector, Error, ErrorKind, ReplyMeta, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! static CALLS: AtomicU32 = AtomicU32::new(0);
//!
//! let target = TargetId::new("acme", "m1");
//! let mut service = ServiceBuilder::new()
//!     .layer(retry_layer(RetryPolicy::new(target.clone())))
//!     .service_fn(move |_: ChatRequest| {
//!         let reply = Collector::default().finish(ReplyMeta::new(target.clone()));
//!         async move {
//!             match CALLS.fetch_add(1, Ordering::Relaxed) {
//!                 0 => Err(Error::new(ErrorKind::Server)),
//!                 _ => Ok::<ChatResponse, _>(reply),
//!             }
//!         }
//!     });
//!
//! assert!(service.ready().await.unwrap().call(ChatRequest::user("Hi")).await.is_ok());
//! assert_eq!(CALLS.load(Ordering::Relaxed), 2);
//! # }
//! ```

mod backoff;
mod budget;
mod policy;

use tower::retry::RetryLayer;

pub use self::backoff::Backoff;
pub use self::budget::{BudgetConfig, RetryBudget, RetryCost};
pub use self::policy::RetryPolicy;

/// Makes a layer that retries as `policy` decides.
pub fn retry_layer(policy: RetryPolicy) -> RetryLayer<RetryPolicy> {
    RetryLayer::new(policy)
}
