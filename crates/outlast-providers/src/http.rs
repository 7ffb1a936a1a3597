//! The HTTP seam: any service that sends a request is a transport.
//!
//! A provider is a codec over a `Service<http::Request<Bytes>>`. reqwest is one; a simulator, a recorder, a fault
//! injector or a company's own proxy client are others. [`http_service`] gives them all one type.
//!
//! A transport that knows what failed says so in facts: it fails with a boxed [`Error`](outlast_types::Error) of kind
//! `Connect`, `ConnectTimeout`, `Tls` or `ConnectionLost` with its phase and whether the request was sent. Its body's
//! errors likewise. Any other error counts as a lost connection. It must not follow redirects, retry or put a
//! time limit on the body: the layers above do what is needed and write it down.
//!
//! # Examples
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::Full;
//! use outlast_providers::http_service;
//! use tower::{ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let teapot = service_fn(|_: http::Request<Bytes>| async {
//!     let body = Full::new(Bytes::from_static(b"short and stout"));
//!     http::Response::builder().status(418).body(body)
//! });
//! let reply = http_service(teapot).oneshot(http::Request::default()).await.unwrap();
//! assert_eq!(reply.status(), 418);
//! # }
//! ```

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use outlast_types::BoxError;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

/// A transport, boxed.
pub type HttpService =
    BoxCloneSyncService<http::Request<Bytes>, http::Response<HttpBody>, BoxError>;

/// The body of a reply, boxed.
pub type HttpBody = UnsyncBoxBody<Bytes, BoxError>;

/// Boxes any fitting service as a transport.
pub fn http_service<S, B>(service: S) -> HttpService
where
    S: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError> + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    BoxCloneSyncService::new(
        service
            .map_response(|reply: http::Response<B>| {
                reply.map(|body| body.map_err(Into::into).boxed_unsync())
            })
            .map_err(Into::into),
    )
}
