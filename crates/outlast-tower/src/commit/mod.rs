//! Waits for a reply until it is known to be one, and not for ever.
//!
//! A stream's head says little: providers in trouble send status 200 and then nothing, or an error, or an end.
//! [`CommitLayer`] therefore answers only at the first content, by [`Reply::poll_commit`]; until then a failure is a
//! plain error, and whoever called can still go elsewhere without the caller seeing anything. After it nothing is ever
//! replayed.
//!
//! - A **stream** has until the *first-token limit*, 20 s, to show its first content.
//! - A **unary** reply comes as a whole and has until the *whole-reply limit*, 120 s. It must say something, too.
//! - Both are cut short by the call's own deadline. Which of the two it was is told apart: the target's slowness is
//!   [`FirstTokenTimeout`](ErrorKind::FirstTokenTimeout), the caller's time running out is
//!   [`DeadlineExceeded`](ErrorKind::DeadlineExceeded).
//! - With a [memory](CommitLayer::with_memory) of the target, the first-token limit can follow from what it usually takes,
//!   and time is left for other targets.
//! - With less than 100 ms left until the deadline no attempt is begun at all.
//!
//! The time runs from the first poll of the call's future, so that one that was made and put aside does not expire on
//! the shelf. The inner call, and the connection with it, is dropped in the same poll in which the time is over.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//!
//! use outlast_tower::CommitLayer;
//! use outlast_types::{ChatStream, Error, ErrorKind, Phase, StreamRequest};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let mut target = ServiceBuilder::new()
//!     .layer(CommitLayer::new().with_first_token(Duration::from_secs(5)))
//!     .service_fn(|_: StreamRequest| std::future::pending::<Result<ChatStream, Error>>());
//!
//! let error = target.ready().await.unwrap().call(StreamRequest::default()).await.unwrap_err();
//! assert_eq!((error.kind(), error.phase()), (ErrorKind::FirstTokenTimeout, Phase::Head));
//! # }
//! ```
//!
//! [`Reply::poll_commit`]: outlast_types::Reply::poll_commit
//! [`ErrorKind`]: outlast_types::ErrorKind

mod future;
mod layer;
mod limits;
mod service;

#[cfg(doc)]
use outlast_types::ErrorKind;

pub use self::future::CommitFuture;
pub use self::layer::CommitLayer;
pub use self::service::CommitService;
