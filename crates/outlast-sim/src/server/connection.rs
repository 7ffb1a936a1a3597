//! One connection: its requests through the service in memory, its faults on the socket.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use outlast_types::BoxError;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_service::Service;

use super::socket::{Socket, Wire, reset};
use crate::fault::CutBy;
use crate::{Sim, SimBody, call, control, reply};

/// The most bytes of a request's body.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Serves a connection to its end, or to the end of the call under way once `stopped` says so.
pub(super) async fn serve(sim: Sim, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small writes may be delayed");
    }
    let refused = tokio::select! {
        refused = is_refused(&sim, &stream) => refused,
        _ = stopped.changed() => return,
    };
    if refused {
        reset(&stream);
        return;
    }
    let wire = Wire::default();
    let io = TokioIo::new(Socket::new(stream, wire.clone()));
    let service = service_fn(move |request| answer(sim.clone(), wire.clone(), request));
    let mut connection = pin!(http1::Builder::new().serve_connection(io, service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Tells whether the script refuses this connection. One that begins with a request to the control endpoint is let in,
/// for nobody could end the script's refusals otherwise.
async fn is_refused(sim: &Sim, stream: &TcpStream) -> bool {
    let now = Instant::now();
    let Some(picked) = sim.refuses_connection(now) else {
        return false;
    };
    let mut head = [0; 64];
    let len = stream.peek(&mut head).await.unwrap_or(0);
    if is_control(head.get(..len).unwrap_or_default()) {
        return false;
    }
    call::note_refused(sim, &picked, now);
    true
}

fn is_control(head: &[u8]) -> bool {
    let mut words = head.split(|byte| *byte == b' ');
    let path = words.nth(1).unwrap_or_default();
    path.starts_with(control::PREFIX.as_bytes())
}

async fn answer(
    sim: Sim,
    wire: Wire,
    request: http::Request<Incoming>,
) -> Result<http::Response<WireBody>, BoxError> {
    let reply = match read(request).await {
        Ok(Some(request)) => sim.service().call(request).await,
        Ok(None) => Ok(reply::too_large(&sim)),
        Err(error) => Err(error),
    };
    match reply {
        Ok(reply) => Ok(reply.map(|body| WireBody {
            body,
            wire,
            breaking: None,
        })),
        Err(error) => {
            wire.reset();
            Err(error)
        }
    }
}

/// Reads a request to its end; `None` if it is too large, which one that says so in its head is before it is read.
async fn read(request: http::Request<Incoming>) -> Result<Option<http::Request<Bytes>>, BoxError> {
    let (parts, body) = request.into_parts();
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Ok(None);
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(Some(http::Request::from_parts(parts, body.to_bytes()))),
        Err(error) if error.is::<LengthLimitError>() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The body of a reply on its way to a socket.
struct WireBody {
    body: SimBody,
    wire: Wire,
    /// The error that will break the connection once all before it was written.
    breaking: Option<BoxError>,
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.breaking.is_none() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Err(error)) => self.breaking = Some(error),
                frame => return Poll::Ready(frame),
            }
        }
        ready!(self.wire.poll_flushed(cx));
        if self.body.cut() == Some(CutBy::Reset) {
            self.wire.reset();
        }
        Poll::Ready(self.breaking.take().map(Err))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.breaking.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
