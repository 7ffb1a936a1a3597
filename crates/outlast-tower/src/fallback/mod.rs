//! Asks the next target when one cannot serve the request.
//!
//! A [`Fallback`] has a list of [`Candidate`]s and asks them one after the other:
//!
//! - The order is that of the list, or for each call that of a [`Strategy`](crate::order::Strategy); the first may
//!   depend on what calls have in common ([`Sticky`](crate::order::Sticky)).
//! - Who is known to lack what a chat needs (tools, pictures, a context as long as that, ...) is passed over, and the
//!   ledger says what was lacking. Who is not known to lack it is asked.
//! - After a failure of some kinds a list of their own can be asked first ([`Fallback::with_detour`]).
//! - [`Classify`](crate::Classify) says after each failure whether another may be asked: any, none, or only one that is
//!   known to differ in account, vendor or context size. Who does not differ is noted in the ledger as skipped.
//! - There is no wait between two targets: that the next one is healthy is its own breaker's to know.
//! - With [`Hedge`], a target that is slower than usual is not waited for alone: one of another account is asked, too.
//!   The first content wins, and an error of one ends only that one. Who loses is dropped at once, and the ledger says
//!   `hedge lost`.
//! - While another account can be asked, an attempt leaves it time: what that usually takes, and a second
//!   ([`CallContext::reserve`](outlast_types::CallContext)).
//! - A request with `side_effects` is asked of nobody else once a provider may have had it.
//! - No target's readiness is waited for before it is its turn.
//! - One request makes at most 4 upstream calls, retries of a target included, by its ledger; and none after its
//!   deadline.
//! - If every target was passed over and none was called, the one whose breaker lets the next probe through first is
//!   asked anyway, once ([`AskAnyway`](crate::breaker::AskAnyway)): an answer beats a refusal.
//! - If all fail, the caller is given the last error that a provider gave; where none was called, the refusal that ends
//!   first. The error carries the whole ledger.
//! - A request that continues a broken stream ([`BrokenBefore`]) asks the target that broke last of all.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::fallback::{BoxTarget, Candidate, Fallback};
//! use outlast_types::{ChatRequest, ChatResponse, Collector, Error, ErrorKind, ReplyMeta, StreamEvent, TargetId};
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (first, second) = (TargetId::new("acme", "m1"), TargetId::new("other", "m1"));
//! let broken = BoxTarget::new(service_fn(|_: ChatRequest| async {
//!     Err::<ChatResponse, _>(Error::new(ErrorKind::Overloaded))
//! }));
//! let healthy = BoxTarget::new(service_fn({
//!     let target = second.clone();
//!     move |_: ChatRequest| {
//!         let mut collector = Collector::default();
//!         collector.push(StreamEvent::text("Hello!"));
//!         let reply = collector.finish(ReplyMeta::new(target.clone()));
//!         async move { Ok::<_, Error>(reply) }
//!     }
//! }));
//!
//! let fallback = Fallback::new([Candidate::new(first, broken), Candidate::new(second, healthy)]);
//! let mut service = ServiceBuilder::new().service(fallback);
//! let reply = service.ready().await.unwrap().call(ChatRequest::user("Hello?")).await.unwrap();
//!
//! assert_eq!(reply.text(), "Hello!");
//! assert_eq!(reply.meta().target().to_string(), "other/m1");
//! # }
//! ```

mod before;
mod candidate;
mod detour;
mod gate;
mod hedge;
mod listing;
mod service;

mod future;
mod walk;

pub use self::before::BrokenBefore;
pub use self::candidate::{BoxTarget, Candidate};
pub use self::future::FallbackFuture;
pub use self::hedge::Hedge;
pub use self::service::Fallback;
