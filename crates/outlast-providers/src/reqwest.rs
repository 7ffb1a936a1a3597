//! The transport that accounts use unless told otherwise, and the only file that names its library.
//!
//! Its client is built so that nothing happens behind the ledger's back. It never retries but for a request that cannot
//! have been begun, twice at most: one that a kept connection refused before it was sent, and one that the server says it
//! did not look at (`REFUSED_STREAM`, or `GOAWAY` with no error; RFC 9113, section 8.7). It follows no redirect, for the key
//! would travel along, and has no time limit but the one for connecting, because streams are timed by the layers above.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "tls-aws-lc")]
use ::reqwest::Certificate;
use ::reqwest::{Client, redirect};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use http_body_util::combinators::MapErr;
use outlast_types::{BoxError, Error, ErrorKind, Phase, Sent};
use tower_service::Service;

/// How long an idle connection is kept: most providers close theirs after 60 seconds or more, and whoever closes
/// first never sends into a closing one.
const POOL_IDLE: Duration = Duration::from_secs(55);

/// How often a connection with open streams is asked for a sign of life, and how long it may take to give one.
const HTTP2_PING: Duration = Duration::from_secs(15);

/// Sends requests with reqwest. Cloning it shares the connections.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use outlast_providers::{ReqwestClient, http_service};
///
/// let client = ReqwestClient::builder().connect_timeout(Duration::from_secs(3)).build()?;
/// let http = http_service(client);
/// # let _ = http;
/// # Ok::<_, outlast_types::Error>(())
/// ```
#[derive(Clone)]
pub struct ReqwestClient(Client);

/// Builds a [`ReqwestClient`].
#[derive(Clone, Debug)]
pub struct ReqwestBuilder {
    connect_timeout: Duration,
    #[cfg(feature = "tls-aws-lc")]
    roots: Vec<Certificate>,
}

impl ReqwestClient {
    /// Starts a client with the defaults.
    pub const fn builder() -> ReqwestBuilder {
        ReqwestBuilder {
            connect_timeout: Duration::from_secs(5),
            #[cfg(feature = "tls-aws-lc")]
            roots: Vec::new(),
        }
    }
}

impl ReqwestBuilder {
    /// Limits the time until a connection stands, name lookup and TLS included; 5 seconds by default.
    pub const fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Trusts the authorities whose certificates these are, in PEM, beside those of the system: a company's own proxy as a
    /// rule. It fails where there is no certificate in them.
    #[cfg(feature = "tls-aws-lc")]
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, Error> {
        let certificates = Certificate::from_pem_bundle(pem)
            .map_err(|error| no_certificate().with_source(error))?;
        if certificates.is_empty() {
            return Err(no_certificate());
        }
        self.roots.extend(certificates);
        Ok(self)
    }

    /// Builds the client. It fails where the system's certificates cannot be read.
    pub fn build(self) -> Result<ReqwestClient, Error> {
        let client = Client::builder();
        #[cfg(feature = "tls-aws-lc")]
        let client = client.tls_certs_merge(self.roots);
        client
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .pool_idle_timeout(POOL_IDLE)
            .http2_keep_alive_interval(HTTP2_PING)
            .http2_keep_alive_timeout(HTTP2_PING)
            .user_agent(concat!("outlast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(ReqwestClient)
            .map_err(|error| {
                Error::new(ErrorKind::Internal)
                    .with_message(format!("the HTTP client cannot be built: {error}"))
                    .with_source(error)
            })
    }
}

impl Service<http::Request<Bytes>> for ReqwestClient {
    type Response = http::Response<MapErr<::reqwest::Body, fn(::reqwest::Error) -> BoxError>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move {
            let request = ::reqwest::Request::try_from(request).map_err(unsendable)?;
            let reply = client.execute(request).await.map_err(head_error)?;
            let read_error: fn(::reqwest::Error) -> BoxError = body_error;
            Ok(http::Response::from(reply).map(|body: ::reqwest::Body| body.map_err(read_error)))
        })
    }
}

impl fmt::Debug for ReqwestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestClient")
    }
}

#[cfg(feature = "tls-aws-lc")]
fn no_certificate() -> Error {
    Error::new(ErrorKind::Internal).with_message(
        "the certificates to trust are not in PEM: give a file that has `BEGIN CERTIFICATE` in it",
    )
}

/// A request that is none, such as one to an address without a host.
fn unsendable(error: ::reqwest::Error) -> BoxError {
    Error::new(ErrorKind::Internal)
        .with_message("the request has no address that can be called")
        .with_source(error.without_url())
        .into()
}

/// Says why no reply's head came.
fn head_error(error: ::reqwest::Error) -> BoxError {
    let (kind, phase, sent) = if was_refused(&error) {
        (ErrorKind::ConnectionLost, Phase::Head, Sent::No)
    } else if !error.is_connect() {
        (ErrorKind::ConnectionLost, Phase::Head, Sent::Maybe)
    } else if error.is_timeout() {
        (ErrorKind::ConnectTimeout, Phase::Connect, Sent::No)
    } else if is_tls(&error) {
        (ErrorKind::Tls, Phase::Connect, Sent::No)
    } else {
        (ErrorKind::Connect, Phase::Connect, Sent::No)
    };
    facts(error, kind, phase, sent)
}

/// Says why a body broke off.
fn body_error(error: ::reqwest::Error) -> BoxError {
    facts(
        error,
        ErrorKind::ConnectionLost,
        Phase::BeforeCommit,
        Sent::Yes,
    )
}

fn facts(error: ::reqwest::Error, kind: ErrorKind, phase: Phase, sent: Sent) -> BoxError {
    let error = error.without_url();
    Error::new(kind)
        .with_message(root_cause(&error).to_string())
        .with_phase(phase)
        .with_sent(sent)
        .with_source(error)
        .into()
}

/// Tells whether the server says that it did not look at the request.
fn was_refused(error: &::reqwest::Error) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<h2::Error>())
        .any(|error| {
            let turned_away = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
            error.is_remote() && (turned_away || error.reason() == Some(h2::Reason::REFUSED_STREAM))
        })
}

/// Tells whether connecting failed at TLS: rustls' errors come as invalid data, native TLS' speak of a certificate.
fn is_tls(error: &::reqwest::Error) -> bool {
    causes(error).any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
            || cause.to_string().contains("certificate")
    })
}

fn root_cause<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    causes(error).last().unwrap_or(error)
}

/// Walks from an error to its causes. An I/O error's `source` passes over the error it wraps, so that is taken out.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        };
        Some(error)
    })
}
