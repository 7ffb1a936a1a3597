//! Tower layers that keep LLM calls working while a provider does not.
//!
//! Every layer wraps a `Service<R, Error = outlast_types::Error>` whose request is a
//! [`Call`](outlast_types::Call) and whose response is a [`Reply`](outlast_types::Reply), so that it is written once
//! for unary calls and streams. Each can be used alone in a `tower::ServiceBuilder`.
//!
//! The crate sees facts only: no HTTP status, no JSON and no vendor's name decides anything here. What a failure means
//! is said in one place, [`classify`].

pub mod classify;
mod jitter;
mod observer;
mod timer;
mod tokens;

pub mod deadline;
pub mod fallback;
pub mod first_content;
pub mod observe;
pub mod order;
pub mod resume;
pub mod route;
pub mod task;

pub mod allowance;
pub mod attempt;
pub mod breaker;
pub mod commit;
pub mod continuation;
pub mod idle;
pub mod in_flight;
pub mod pace;
pub mod retry;

pub use allowance::{Allowance, AllowanceConfig, AllowanceLayer};
pub use attempt::AttemptLayer;
pub use breaker::{Breaker, BreakerConfig, BreakerLayer};
pub use classify::{Classify, StandardTable, Verdict};
pub use commit::CommitLayer;
pub use continuation::ContinuationLayer;
pub use deadline::DeadlineLayer;
pub use fallback::{Candidate, Fallback, Hedge};
pub use first_content::FirstContents;
pub use idle::IdleLayer;
pub use in_flight::{InFlight, InFlightLayer};
pub use jitter::Jitter;
pub use observe::ObserveLayer;
pub use observer::{CallEnd, Cause, Observer, Observers, StackEvent};
pub use order::{StickTo, Sticky, Strategy, Vitals};
pub use pace::{Pace, PaceLayer};
pub use resume::{ResumeLayer, ResumeMode};
pub use retry::{RetryBudget, RetryPolicy, retry_layer};
pub use route::Route;
