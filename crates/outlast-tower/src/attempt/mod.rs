//! One entry in the ledger for every call that is made to a target.
//!
//! [`AttemptLayer`] stands next to the provider, below everything that may call it again, and keeps the books:
//!
//! - it opens an entry in the call's [`Ledger`](outlast_types::Ledger) when the provider is called, as a `resume` if
//!   the caller already has the beginning of the answer, and tells the provider the entry's number
//!   (`context.attempt`), so that it can note what it had to adapt;
//! - it ends the entry as `served` when the reply is there, or with the kind of the failure;
//! - it goes on watching a stream: `broken` if it fails on the way, `abandoned` if the caller goes away, and the
//!   tokens it used;
//! - a call that is dropped before it ends is `abandoned` too, unless its deadline had passed: then it was the time
//!   that ran out;
//! - a request that the stack refused before the provider saw it, for want of time or of a capability, is `skipped`
//!   and counts as no call.
//!
//! The reply's [`ReplyMeta`](outlast_types::ReplyMeta) is given the call's own ledger, and an error that names no
//! target is given this one.
//!
//! Put [`CommitLayer`](crate::CommitLayer) below it: a stream is then `served` at its first content, and not already
//! when its head arrives.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::AttemptLayer;
//! use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let mut target = ServiceBuilder::new()
//!     .layer(AttemptLayer::new(TargetId::new("acme", "m1")))
//!     .service_fn(|_: ChatRequest| async { Err::<ChatResponse, _>(Error::new(ErrorKind::Overloaded)) });
//!
//! let request = ChatRequest::user("Hello?");
//! let ledger = request.context.ledger.clone();
//! let error = target.ready().await.unwrap().call(request).await.unwrap_err();
//!
//! assert_eq!(error.to_string(), "acme/m1: provider overloaded");
//! assert_eq!(ledger.to_string(), "acme/m1 overloaded 0ms");
//! # }
//! ```

mod entry;
mod future;
mod layer;
mod service;

pub use self::future::AttemptFuture;
pub use self::layer::AttemptLayer;
pub use self::service::AttemptService;
