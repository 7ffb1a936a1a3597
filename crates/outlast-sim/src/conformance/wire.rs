//! The HTTP service under an adapter: it remembers each request and answers as a simulated provider, or with bytes.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use outlast_types::BoxError;
use tower_service::Service;

use crate::body::Step;
use crate::guard::CallGuard;
use crate::{Sim, SimBody};

/// The HTTP service that an adapter under test is put on; it never touches a network.
///
/// It is a `Service<http::Request<Bytes>, Response = http::Response<SimBody>, Error = BoxError>`.
#[derive(Clone, Debug)]
pub struct Wire {
    source: Source,
    seen: Arc<Mutex<Vec<http::Request<Bytes>>>>,
}

#[derive(Clone, Debug)]
enum Source {
    Sim(Sim),
    /// The same reply to every request, its body in these pieces.
    Bytes(Arc<http::Response<Vec<Bytes>>>),
}

impl Wire {
    pub(super) fn to_sim(sim: Sim) -> Self {
        Self {
            source: Source::Sim(sim),
            seen: Arc::default(),
        }
    }

    pub(super) fn to_bytes(reply: http::Response<Vec<Bytes>>) -> Self {
        Self {
            source: Source::Bytes(Arc::new(reply)),
            seen: Arc::default(),
        }
    }

    /// Returns the requests that came, oldest first.
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.seen().clone()
    }

    fn seen(&self) -> MutexGuard<'_, Vec<http::Request<Bytes>>> {
        // A panic elsewhere leaves whole requests behind.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service<http::Request<Bytes>> for Wire {
    type Response = http::Response<SimBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        self.seen().push(request.clone());
        match &self.source {
            Source::Sim(sim) => Box::pin(sim.service().call(request)),
            Source::Bytes(reply) => Box::pin(std::future::ready(Ok(played(reply)))),
        }
    }
}

fn played(reply: &http::Response<Vec<Bytes>>) -> http::Response<SimBody> {
    let send = |bytes: &Bytes| Step::Send {
        bytes: bytes.clone(),
        tokens: 0,
    };
    let steps: VecDeque<_> = reply.body().iter().map(send).collect();
    let mut played = http::Response::new(SimBody::new(steps, CallGuard::unnoted()));
    *played.status_mut() = reply.status();
    *played.headers_mut() = reply.headers().clone();
    played
}
