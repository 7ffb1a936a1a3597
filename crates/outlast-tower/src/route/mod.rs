//! Picks the service that the request names.
//!
//! A [`Route`] is a map of services by name. The request's `model` is looked up in it exactly as it stands, so that the
//! map may hold names of routes and `account/model` names of single targets side by side. A request without a model is
//! given the default. A name that is not in the map fails with `unknown_model`, and the error says which names come
//! nearest.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::Route;
//! use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind};
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let busy = service_fn(|_: ChatRequest| async { Err::<ChatResponse, _>(Error::new(ErrorKind::Overloaded)) });
//! let routes = [("default".to_owned(), busy), ("batch".to_owned(), busy)];
//! let mut service = ServiceBuilder::new().service(Route::new(routes).with_default("default"));
//!
//! let request = ChatRequest::user("Hello?").with_model("bacht");
//! let error = service.ready().await.unwrap().call(request).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::UnknownModel);
//! assert_eq!(error.message(), Some("the nearest names are `batch`, `default`"));
//!
//! let request = ChatRequest::user("Hello?");
//! let error = service.ready().await.unwrap().call(request).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Overloaded);
//! # }
//! ```

mod service;

mod future;
mod nearest;

pub use self::future::RouteFuture;
pub use self::service::Route;
