//! Ends a stream that stands still.
//!
//! [`IdleLayer`] watches the events of a stream, before and after its first content, with two limits:
//!
//! - *idle*, 30 s: no event of any kind. A ping is an event, so a provider that thinks and says so goes on.
//! - *progress idle*, 90 s: no content (text, reasoning, a tool call, a whole part). Pings do not count here: a stream
//!   that only ever pings is as dead as a silent one.
//!
//! Time counts only while somebody waits for an event. A caller who stops reading is not the provider's silence: if it
//! comes back after five minutes it finds what had arrived meanwhile, and no error.
//!
//! The stream ends with [`IdleTimeout`](outlast_types::ErrorKind::IdleTimeout), and the connection is dropped in the
//! same moment. A stream whose answers have all finished has nothing more to say: silence then ends it as whole.
//!
//! Unary replies pass through.
//!
//! # Differences from the other timeouts
//!
//! [`CommitLayer`](crate::CommitLayer) limits the time to the first content, [`DeadlineLayer`](crate::DeadlineLayer)
//! the whole call. This one limits no duration at all: a slow stream that gets on may take as long as it likes.
//!
//! # Implementation notes
//!
//! An event costs no look at the clock and no timer: the clock is read when a wait begins, and the one timer is moved
//! only when it fires too early, which is once per limit.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//!
//! use futures_util::{StreamExt, stream};
//! use outlast_tower::IdleLayer;
//! use outlast_types::{ChatStream, Error, ErrorKind, ReplyMeta, StreamEvent, StreamRequest, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let mut target = ServiceBuilder::new()
//!     .layer(IdleLayer::new().with_idle(Duration::from_secs(10)))
//!     .service_fn(|_: StreamRequest| async {
//!         let events = stream::iter([Ok(StreamEvent::text("Once upon a"))]).chain(stream::pending());
//!         let meta = ReplyMeta::new(TargetId::new("acme", "m1"));
//!         Ok::<_, Error>(ChatStream::new(Box::pin(events), meta))
//!     });
//!
//! let mut stream = target.ready().await.unwrap().call(StreamRequest::default()).await.unwrap();
//! assert_eq!(stream.next().await.unwrap().unwrap(), StreamEvent::text("Once upon a"));
//! let error = stream.next().await.unwrap().unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::IdleTimeout);
//! assert_eq!(error.message(), Some("no event for 10s"));
//! # }
//! ```

mod clock;
mod events;
mod future;
mod layer;
mod service;

pub use self::future::IdleFuture;
pub use self::layer::IdleLayer;
pub use self::service::IdleService;
