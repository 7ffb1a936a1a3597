//! Limits how many calls to a target are under way at once.
//!
//! [`InFlight`] is the limit itself, a handle that clones share: the two stacks of a target, unary and stream, count
//! against one. [`InFlightLayer`] takes a permit from it for each call and keeps it until the reply is over; for a
//! stream that is its end, its error or its drop, and not its head, as with a stock concurrency limit: tokens still
//! flow then, and the provider is still busy.
//!
//! A call over the limit is not queued. It fails at once with [`LocalOverload`](outlast_types::ErrorKind::LocalOverload)
//! and the name of the target, so that another target can be asked; the ledger notes the target as skipped. Where
//! there is no other target a short queue can be worth it: [`InFlight::with_queue`] lets a bounded number of calls
//! wait for a bounded time, first come, first served, and never past their deadlines.
//!
//! # Examples
//!
//! ```
//! use std::num::NonZeroUsize;
//!
//! use futures_util::stream;
//! use outlast_tower::{InFlight, InFlightLayer};
//! use outlast_types::{ChatStream, Error, ErrorKind, ReplyMeta, StreamRequest, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let in_flight = InFlight::new(NonZeroUsize::MIN);
//! let target = TargetId::new("acme", "m1");
//! let mut service = ServiceBuilder::new()
//!     .layer(InFlightLayer::new(in_flight.clone(), target.clone()))
//!     .service_fn(move |_: StreamRequest| {
//!         let meta = ReplyMeta::new(target.clone());
//!         async { Ok::<_, Error>(ChatStream::new(Box::pin(stream::pending()), meta)) }
//!     });
//!
//! let first = service.ready().await.unwrap().call(StreamRequest::default()).await.unwrap();
//! assert_eq!(in_flight.under_way(), 1);
//!
//! let error = service.ready().await.unwrap().call(StreamRequest::default()).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::LocalOverload);
//!
//! drop(first);
//! assert_eq!(in_flight.under_way(), 0);
//! # }
//! ```

mod future;
mod layer;
mod limit;
mod service;

pub use self::future::InFlightFuture;
pub use self::layer::InFlightLayer;
pub use self::limit::InFlight;
pub use self::service::InFlightService;
