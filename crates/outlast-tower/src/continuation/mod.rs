//! Puts the beginning of an answer that the caller already has into words the target understands.
//!
//! [`ContinuationLayer`] stands in the stack of each target, above the ledger's layer. A request without
//! `context.continuation` passes through. One with it is changed:
//!
//! - a target that [continues its own last message](outlast_types::PrefillSupport::Yes) is given the text as a last
//!   message of the assistant, and goes on in place;
//! - any other is given the same message, and after it a turn of the user that asks to continue exactly after its last
//!   200 characters. They are quoted between fences that nothing in them can close, and named as data;
//! - a target that refuses the prefill with `invalid_request` is asked once more, in words. That is one more upstream
//!   call, and is made only where the request has one left.
//!
//! Trailing white space is left out of the text, for some targets refuse a message that ends in it. The ledger says of
//! each attempt how it was asked.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::ContinuationLayer;
//! use outlast_types::{Capabilities, ChatRequest, ChatResponse, Continuation, Error, ErrorKind, PrefillSupport};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let capabilities = Capabilities::default().with_prefill(PrefillSupport::Yes);
//! let mut target = ServiceBuilder::new()
//!     .layer(ContinuationLayer::new(capabilities))
//!     .service_fn(|request: ChatRequest| async move {
//!         assert_eq!(request.messages.last().unwrap().text(), "Hello, wo");
//!         Err::<ChatResponse, _>(Error::new(ErrorKind::Overloaded))
//!     });
//!
//! let mut request = ChatRequest::user("Greet the world.");
//! request.context.continuation = Some(Continuation::after("Hello, wo"));
//! let error = target.ready().await.unwrap().call(request).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Overloaded);
//! # }
//! ```

mod layer;
mod service;

mod future;
mod prompt;
mod rest;

pub use self::future::ContinuationFuture;
pub use self::layer::ContinuationLayer;
pub use self::service::ContinuationService;
