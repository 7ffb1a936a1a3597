//! Watches the targets of LLM calls, and tells people and programs.
//!
//! A [`Monitor`] is an observer of a stack of `outlast-tower`'s layers. It makes incidents of what it sees
//! ([`incident`]), gives events to programs ([`Events`]) and alerts to people ([`sink`]); a [`Watch`] runs its tasks and
//! asks targets that are down for signs of life ([`probe`]); an [`Operator`] takes orders for a target.
//!
//! The crate knows no provider: probes are calls through a service, and so is whatever alerts are sent over.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//! use outlast_monitor::{IncidentKind, Monitor, Topology, Watch, Watched};
//! use outlast_tower::{Breaker, BreakerLayer, InFlight, Observers, StandardTable};
//! use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, TargetId};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let id = TargetId::new("acme", "m1");
//! let topology = Topology::default().with_target(id.clone(), "api.acme.example");
//! let monitor = Monitor::builder().topology(topology).build();
//! let breaker = Breaker::new(id).with_observers(Observers::default().with(monitor.clone()));
//! let watched = Watched::new(breaker.clone(), InFlight::default());
//! let watch = Watch::new(monitor.clone(), [watched], Arc::new(StandardTable));
//! watch.ensure_running();
//!
//! let target = ServiceBuilder::new()
//!     .layer(BreakerLayer::new(breaker))
//!     .service_fn(|_: ChatRequest| async { Err::<ChatResponse, _>(Error::new(ErrorKind::Server)) });
//! for _ in 0..5 {
//!     let _ = target.clone().oneshot(ChatRequest::user("Hello?")).await;
//! }
//!
//! let incidents = monitor.incidents();
//! assert_eq!(incidents[0].kind, IncidentKind::TargetDown);
//! assert_eq!(incidents[0].failures.by_count(), [(ErrorKind::Server, 5)]);
//! # }
//! ```
//!
//! # Features
//!
//! - `email`: alerts by e-mail (`Email`).

mod alert;
mod clock;
mod event;
mod monitor;
mod operate;
mod text;
mod watch;

pub mod incident;
pub mod probe;
pub mod sink;

pub use alert::{Alert, AlertPhase};
pub use clock::Moment;
pub use event::{Event, Events};
pub use incident::{
    Book, Failures, Incident, IncidentConfig, IncidentKind, Notice, Severity, Subject, Topology,
};
pub use monitor::{Monitor, MonitorBuilder, MonitorConfig};
pub use operate::Operator;
pub use probe::{DailyCap, PaidProbe, Probe};
#[cfg(feature = "email")]
pub use sink::{Email, EmailError};
pub use sink::{PagerDuty, Sink, SinkStatus, Slack, Transport, Undelivered, Webhook, transport};
pub use watch::{Watch, Watched};
