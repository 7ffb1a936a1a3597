//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;

use super::write_pause::WritePause;
use crate::gateway::Gateway;
use crate::limits::Limits;

/// The smallest head buffer that hyper takes.
const MIN_HEADER_BYTES: usize = 8 * 1024;

/// Serves a connection until it is over: HTTP/1.1, or HTTP/2 from a client that knows that it is spoken here.
///
/// The calls of the connection live in its futures, so that the end of one is the end of the other.
pub(crate) async fn serve<I>(gateway: Gateway, io: I)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = gateway.shared().limits.clone();
    let began = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let (gateway, began) = (gateway.clone(), Arc::clone(&began));
        move |request: http::Request<Incoming>| {
            began.store(true, Ordering::Relaxed);
            let gateway = gateway.clone();
            async move { Ok::<_, Infallible>(gateway.handle(request).await) }
        }
    });
    let server = server(&limits);
    let io = TokioIo::new(WritePause::new(io, limits.write_pause));
    let mut connection = pin!(server.serve_connection(io, service));
    let mut first_head = pin!(sleep(limits.first_head));
    let mut watching = true;
    let mut draining = pin!(gateway.shared().life.draining.cancelled());
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    // Callers come and go: resets, timeouts and broken requests are everyday.
                    tracing::debug!(error = error.to_string(), "connection ended");
                }
                return;
            }
            () = draining.as_mut(), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
            // hyper watches the heads that follow; only until the first it may wait for ever, to learn the version.
            () = first_head.as_mut(), if watching => {
                if !began.load(Ordering::Relaxed) {
                    tracing::debug!("connection closed: it sent no request in time");
                    return;
                }
                watching = false;
            }
        }
    }
}

fn server(limits: &Limits) -> Builder<TokioExecutor> {
    let header_bytes = limits.header_bytes.max(MIN_HEADER_BYTES);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(header_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.requests_per_connection)
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(limits.idle)
        .keep_alive_timeout(limits.first_head);
    builder
}
