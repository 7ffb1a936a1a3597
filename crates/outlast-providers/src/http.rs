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

use std::future::ready;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
#[cfg(not(feature = "reqwest"))]
use outlast_types::ErrorKind;
use outlast_types::{BoxError, Error};
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};
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

/// The transport of an account and of all its clones: the one it was given, or the default, made when first needed.
#[derive(Clone, Default)]
pub(crate) struct Transport(Arc<OnceLock<HttpService>>);

impl Transport {
    pub(crate) fn get(&self) -> HttpService {
        self.0.get_or_init(default_http).clone()
    }
}

impl From<HttpService> for Transport {
    fn from(http: HttpService) -> Self {
        Self(Arc::new(OnceLock::from(http)))
    }
}

#[cfg(feature = "reqwest")]
fn default_http() -> HttpService {
    match crate::ReqwestClient::builder().build() {
        Ok(client) => http_service(client),
        Err(error) => failing(error),
    }
}

#[cfg(not(feature = "reqwest"))]
fn default_http() -> HttpService {
    failing(Error::new(ErrorKind::Internal).with_message(
        "there is no HTTP client: enable the feature `reqwest`, or give an account one with `with_http`",
    ))
}

/// Stands in for a transport that cannot be had: every call says why.
fn failing(error: Error) -> HttpService {
    HttpService::new(service_fn(move |_| {
        ready(Err(BoxError::from(error.clone())))
    }))
}
