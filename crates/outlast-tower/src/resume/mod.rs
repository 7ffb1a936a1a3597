//! Continues a text stream that broke after its beginning had reached the caller.
//!
//! [`ResumeLayer`] stands above the [`Fallback`](crate::Fallback). When a stream breaks, it makes the same call again
//! with `context.continuation` set to the text so far and with the targets that broke in
//! [`BrokenBefore`](crate::fallback::BrokenBefore), so that another target goes on where the first stopped (in the
//! target's stack, [`ContinuationLayer`](crate::ContinuationLayer) puts that into its words). The caller reads one
//! stream: one beginning, one text in which nothing is lost and nothing comes twice, one end, and the tokens of all
//! streams added up.
//!
//! A stream is continued if all of this holds; else it ends in the error it broke with:
//!
//! - the failure is one that [`Classify`](crate::Classify) lets another target try;
//! - all the caller has seen is text: no reasoning, refusal, tool call or whole part, nothing that only one protocol
//!   understands, and not yet the end;
//! - the request asks for one free text: no JSON, no second choice, no log probabilities;
//! - it was continued fewer than 2 times, the deadline has not passed, and the text is not longer than 1 MiB;
//! - it is not switched off, for the layer or by a [`ResumeMode`] in the request's `context.extensions`.
//!
//! If nobody can continue it, the caller is told the error that broke it, with the whole ledger: there the broken
//! attempt is `broken`, and each continuation has the reason `resume`. [`ReplyMeta`](outlast_types::ReplyMeta) goes on
//! naming the target that began; the ledger in it is shared and shows the rest. `max_output_tokens` counts for each
//! stream alone.
//!
//! Dropping the stream ends whatever is under way at once. A unary call passes through untouched.
//!
//! # Examples
//!
//! ```
//! use futures_util::stream;
//! use outlast_tower::ResumeLayer;
//! use outlast_types::{ChatRequest, ChatStream, Error, ErrorKind, ReplyMeta, StreamEvent, StreamRequest, TargetId};
//! use outlast_types::FinishReason::Stop;
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let mut service = ServiceBuilder::new()
//!     .layer(ResumeLayer::new())
//!     .service_fn(|request: StreamRequest| async move {
//!         let events = match request.0.context.continuation {
//!             None => vec![Ok(StreamEvent::text("Hello, ")), Err(Error::new(ErrorKind::StreamBroken))],
//!             Some(_) => vec![Ok(StreamEvent::text("Hello, world!")), Ok(StreamEvent::finish(Stop))],
//!         };
//!         let meta = ReplyMeta::new(TargetId::new("acme", "m1"));
//!         Ok::<_, Error>(ChatStream::new(Box::pin(stream::iter(events)), meta))
//!     });
//!
//! let request = StreamRequest(ChatRequest::user("Greet me."));
//! let stream = service.ready().await.unwrap().call(request).await.unwrap();
//! assert_eq!(stream.collect().await.unwrap().text(), "Hello, world!");
//! # }
//! ```

mod layer;
mod service;

mod events;
mod future;

mod eligible;
mod join;
mod record;
mod seam;

pub use self::future::ResumeFuture;
pub use self::layer::{ResumeLayer, ResumeMode};
pub use self::service::ResumeService;
