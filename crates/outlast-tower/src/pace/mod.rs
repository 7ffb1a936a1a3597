//! How fast a target answers.
//!
//! A [`Pace`] is the memory of one target, shared by its stacks: an average of the time to the first content of a stream,
//! and another of the time to a whole unary reply. [`PaceLayer`] feeds it. A measurement counts the more the longer ago
//! the one before it was: after 10 seconds of samples two thirds of the average are theirs. What is not renewed fades, by
//! half a minute, so that a target that was slow is tried again; and a target that is being tried counts as slow as it has
//! been silent, so that not all try it at once. A call that fails is no measurement.
//!
//! Put [`CommitLayer`](crate::CommitLayer) below it: a stream's reply is then there at its first content.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::order::Vitals;
//! use outlast_tower::pace::{Pace, PaceLayer};
//! use outlast_types::{ChatRequest, ChatResponse, Collector, Error, Mode, ReplyMeta, StreamEvent, TargetId};
//! use tokio::time::Instant;
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let pace = Pace::default();
//! let mut target = ServiceBuilder::new()
//!     .layer(PaceLayer::new(pace.clone()))
//!     .service_fn(|_: ChatRequest| async {
//!         tokio::time::sleep(std::time::Duration::from_millis(300)).await;
//!         let mut collector = Collector::default();
//!         collector.push(StreamEvent::text("Hello!"));
//!         Ok::<ChatResponse, Error>(collector.finish(ReplyMeta::new(TargetId::new("acme", "m1"))))
//!     });
//! target.ready().await.unwrap().call(ChatRequest::user("Hello?")).await.unwrap();
//!
//! let average = pace.first_token(Mode::Unary, Instant::now().into_std());
//! assert!((290..=310).contains(&average.unwrap().as_millis()));
//! # }
//! ```

mod average;
mod future;
mod layer;
mod memory;
mod service;

pub use self::future::PaceFuture;
pub use self::layer::PaceLayer;
pub use self::memory::Pace;
pub use self::service::PaceService;
