//! The gateway: what it holds, and the way of one request through it.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use outlast::Client;
use outlast_types::{Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::GatewayConfig;
use crate::body::ReplyBody;
use crate::headers;
use crate::ingress::{Call, Endpoint};
use crate::keys::Keyring;
use crate::limits::Limits;
use crate::server::{self, ServeError};

/// Answers callers with the help of a [`Client`]. Cloning it is cheap; clones are one gateway.
#[derive(Clone)]
pub struct Gateway(Arc<Shared>);

/// What every request needs.
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) keys: Keyring,
    pub(crate) body_limit: usize,
    pub(crate) limits: Limits,
    pub(crate) grace: std::time::Duration,
    pub(crate) life: Life,
}

/// The two orders of a shutdown.
#[derive(Default)]
pub(crate) struct Life {
    /// No further requests; those under way go on.
    pub(crate) draining: CancellationToken,
    /// Those under way end.
    pub(crate) cut_off: CancellationToken,
}

impl Gateway {
    /// Puts a gateway in front of `client`. The address in `config` is not used: [`Gateway::serve`] takes a listener.
    pub fn new(client: Client, config: GatewayConfig) -> Self {
        Self::with_limits(client, config, Limits::default())
    }

    /// Puts a gateway in front of `client`, with limits of one's own.
    pub fn with_limits(client: Client, config: GatewayConfig, limits: Limits) -> Self {
        let GatewayConfig {
            keys,
            body_limit,
            shutdown_grace,
            ..
        } = config;
        Self(Arc::new(Shared {
            client,
            keys: Keyring::new(&keys),
            body_limit,
            limits,
            grace: shutdown_grace,
            life: Life::default(),
        }))
    }

    /// Checks that the gateway may serve at `address`: without keys only where no other machine can reach it.
    ///
    /// [`Gateway::serve`] checks it too; this is for those who want to know before they announce the address.
    pub fn check_address(&self, address: SocketAddr) -> Result<(), ServeError> {
        if self.0.keys.is_empty() && !address.ip().to_canonical().is_loopback() {
            return Err(ServeError::OpenToTheNetwork { address });
        }
        Ok(())
    }

    /// Serves the connections of `listener` until `shutdown` is ready and what was under way then is over.
    ///
    /// From then on no connection is accepted, idle ones are closed, and requests and streams under way have
    /// [`GatewayConfig::shutdown_grace`] to finish; the rest end with an error in their protocol. Dropping the future
    /// ends everything at once.
    ///
    /// It fails with [`ServeError::OpenToTheNetwork`] if there are no keys and the address is not a loopback one.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        server::serve(self, listener, shutdown).await
    }

    /// Serves one connection that was accepted elsewhere, such as on a Unix socket or behind TLS, until it is over.
    ///
    /// Dropping the future ends the connection and its calls.
    pub async fn serve_connection<I>(self, io: I)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        server::connection::serve(self, io).await;
    }

    /// Answers one request.
    ///
    /// Dropping the future, or the body of the answer, cancels the call upstream.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<ReplyBody>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: fmt::Display,
    {
        let id = headers::new_request_id();
        let endpoint = Endpoint::of(&request);
        tracing::debug!(request_id = %id, method = %request.method(), ?endpoint, "request");
        let call = Call {
            shared: &self.0,
            id: &id,
        };
        let mut response = endpoint.answer(call, request).await;
        headers::put_request_id(response.headers_mut(), &id);
        tracing::debug!(request_id = %id, status = response.status().as_u16(), "answer");
        response
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// Runs `work` unless the shutdown's grace period ends first.
    pub(crate) async fn unless_cut_off<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            result = work => result,
            () = self.life.cut_off.cancelled() => Err(shutting_down()),
        }
    }

    /// Tells whether the gateway takes requests.
    pub(crate) fn health(&self, method: &Method) -> Response<ReplyBody> {
        let (status, body) = match *method {
            Method::GET | Method::HEAD if self.life.draining.is_cancelled() => (
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"status":"shutting_down"}"#,
            ),
            Method::GET | Method::HEAD => (StatusCode::OK, r#"{"status":"ok"}"#),
            _ => (StatusCode::METHOD_NOT_ALLOWED, r#"{"status":"use GET"}"#),
        };
        json_response(status, Bytes::from_static(body.as_bytes()))
    }
}

/// Makes an answer of JSON.
pub(crate) fn json_response(status: StatusCode, body: Bytes) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// The error of a request that outlived the shutdown's grace period.
pub(crate) fn shutting_down() -> Error {
    Error::new(ErrorKind::LocalOverload).with_message("the gateway is shutting down; ask again")
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}
