//! Keeps calls away from a target that fails, and brings them back with care.
//!
//! A [`Breaker`] is the memory of one target, shared by all its stacks; [`BreakerLayer`] asks it before each call and
//! tells it the outcome. A call that is turned away fails with `breaker_open`, is noted in the ledger as skipped, and
//! says in `retry_after` when a probe will be let through.
//!
//! # States
//!
//! | state | lets through | leaves when |
//! |---|---|---|
//! | `closed` | everything | 5 faults in a row (10 where there were 20 results in 30 s), or half of at least 20 results in 30 s are faults, or 5 calls hang together: `open` |
//! | `open` | nothing | 5 s, doubled with each trip up to 60 s, 20 % more or less; longer where the provider said so: `half_open` |
//! | `half_open` | one probe at a time | 3 probes succeed in a row: `ramp`; one fails: `open` |
//! | `ramp` | 10, 25, 50, 100 % of the calls, 30 s each | over: `closed`; 3 faults in a row or a fifth of at least 10 results: `open` |
//!
//! - A closed breaker holds a part of the calls back where a tenth or more of at least 20 results in 30 s are faults: at a
//!   share `f` of faults it lets `1 - 2 f` of the calls through, a tenth at least. Half of the calls of a target that
//!   fails every fourth go elsewhere then. To open it takes 10 faults in a row (15 after 30 s of it), or half of the results of the window and
//!   of those before, so that it does not come and go. A call that nobody else can serve is let through.
//! - When two targets of one host or account ([`Kin`]) trip within 60 s, each closed one of the others lets one call through
//!   at a time until one has succeeded, which closes it again, or failed, which opens it.
//! - A target that has opened four times within 30 minutes comes back in steps four times as long.
//! - What counts as a fault is [`Classify`](crate::Classify)'s to say; a suspect reply counts half. A bad request, a
//!   refusal by policy, a caller who went away and a limit of our own say nothing about the target.
//! - A stream is judged at its end: one that breaks half-way is a fault, and one that the caller drops is nothing.
//! - Every call carries the epoch it was let through in. What it says is ignored if the state has changed since: a
//!   thousand old calls that fail late do not undo a recovery.
//! - An account without a valid key or money is `open` for 10 minutes at once, a target whose identity cannot be
//!   verified for 60 s; but a refusal of a key that worked within the last 10 minutes is a fault like any other.
//! - A rate limit is no fault. It marks the target as saturated until the provider's own reset; calls are passed over
//!   until then with `rate_limited`, and the state does not change. Of two resets the later counts. A wish for fewer
//!   calls (`slow_down`) without a reset is left to the [`Allowance`](crate::Allowance).
//! - Five streams that began after the last first content anybody heard, and have all waited for 3 s (or for as long as
//!   99 of 100 first contents take here), mean that the target hangs. Then the waiting calls are called back and fail
//!   with `stalled` before anything of them has reached the caller, so that a fallback can take them at once. Unary
//!   calls count only where at least 20 replies have shown how long one takes.
//! - A probe that has heard nothing for as long as that is given up and counts as failed: whoever sent the request goes to
//!   the next target. A layer that is [`alone`](BreakerLayer::alone) waits for it instead.
//! - A target with little traffic stays open for up to 50 times the mean time between its calls (300 s at most), so
//!   that few of the calls are probes.
//! - [`AskAnyway`] lets one call through where nobody else is left; its outcome counts as a probe's.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::{Breaker, BreakerLayer};
//! use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let breaker = Breaker::new(TargetId::new("acme", "m1"));
//! let mut target = ServiceBuilder::new()
//!     .layer(BreakerLayer::new(breaker.clone()))
//!     .service_fn(|_: ChatRequest| async { Err::<ChatResponse, _>(Error::new(ErrorKind::Server)) });
//!
//! let mut kinds = Vec::new();
//! for _ in 0..6 {
//!     let error = target.ready().await.unwrap().call(ChatRequest::user("Hello?")).await.unwrap_err();
//!     kinds.push(error.kind());
//! }
//!
//! assert_eq!(kinds, [[ErrorKind::Server; 5].as_slice(), &[ErrorKind::BreakerOpen]].concat());
//! assert_eq!(breaker.state().name, "open");
//! # }
//! ```

mod anyway;
mod config;
mod handle;
mod kin;
mod layer;
mod service;
mod snapshot;

mod future;
mod outcome;
mod permit;
mod refusal;

mod arrivals;
mod degraded;
mod first_token;
mod saturation;
mod state;
mod trips;
mod waiting;
mod window;

#[cfg(test)]
mod tests;

pub use self::anyway::AskAnyway;
pub use self::config::BreakerConfig;
pub use self::future::BreakerFuture;
pub use self::handle::Breaker;
pub use self::kin::Kin;
pub use self::layer::BreakerLayer;
pub(crate) use self::refusal::was_passed_over;
pub use self::service::BreakerService;
pub use self::snapshot::BreakerState;
pub use self::state::Forced;
