//! Ends a call when its time is over, in the middle of a stream too.
//!
//! [`DeadlineLayer`] gives every call a total time, 5 min by default, from the moment it is called. If the caller set a
//! `context.deadline` of its own that comes earlier, that one counts. Either way the deadline is in the context from
//! there on, so that the layers below plan with it: no attempt is begun and no wait is entered that it would cut.
//!
//! At the deadline the call, or the stream it has become, ends with
//! [`DeadlineExceeded`](outlast_types::ErrorKind::DeadlineExceeded), and everything below is dropped in that moment. A
//! reader that is slower than its stream learns it with its next event.
//!
//! An error that leaves this layer carries the ledger of the call, so that it can be told what was tried.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//!
//! use outlast_tower::DeadlineLayer;
//! use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let mut service = ServiceBuilder::new()
//!     .layer(DeadlineLayer::new(Duration::from_secs(60)))
//!     .service_fn(|request: ChatRequest| async move {
//!         assert!(request.context.deadline.is_some());
//!         std::future::pending::<Result<ChatResponse, Error>>().await
//!     });
//!
//! let error = service.ready().await.unwrap().call(ChatRequest::user("Hi")).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
//! # }
//! ```

mod events;
mod future;
mod layer;
mod service;

pub use self::future::DeadlineFuture;
pub use self::layer::DeadlineLayer;
pub use self::service::DeadlineService;

use outlast_types::{Error, ErrorKind, Ledger};

/// The error of a call whose time is over.
fn exceeded() -> Error {
    Error::new(ErrorKind::DeadlineExceeded).with_message("the time for the whole call is over")
}

/// Puts the call's ledger on an error that is about to leave the call.
fn with_ledger(error: Error, ledger: &Ledger) -> Error {
    match error.ledger() {
        Some(_) => error,
        None => error.with_ledger(ledger.clone()),
    }
}
