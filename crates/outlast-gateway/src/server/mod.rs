//! The socket side: accepting, limits on connections, and the shutdown.

pub(crate) mod connection;
mod write_pause;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::gateway::Gateway;

/// How long the ends of streams that were cut off may take to be written.
const LAST_WRITES: Duration = Duration::from_secs(2);
/// How long alerts that still wait may take to be delivered.
const LAST_ALERTS: Duration = Duration::from_secs(5);
/// How long accepting rests when the system is out of file handles or memory.
const ACCEPT_REST: Duration = Duration::from_millis(200);

/// Says why the gateway cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on: taken, not this machine's, or not allowed.
    #[error("cannot listen on {address}: {source}; choose another address")]
    Listen {
        /// The address as it was given.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// Without keys, anybody who reaches the address could spend the accounts' money.
    #[error(
        "{address} can be reached from other machines and the gateway has no keys: \
         set `keys` in [gateway], or listen on 127.0.0.1"
    )]
    OpenToTheNetwork {
        /// The address.
        address: SocketAddr,
    },
    /// The listener is broken.
    #[error("the listener failed: {0}")]
    Listener(#[source] io::Error),
}

/// Listens on `address`, such as `127.0.0.1:4000`; port 0 takes a free one.
pub async fn bind(address: impl AsRef<str>) -> Result<TcpListener, ServeError> {
    let address = address.as_ref();
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen {
            address: address.to_owned(),
            source,
        })
}

/// Serves until `shutdown`, then drains.
pub(crate) async fn serve(
    gateway: Gateway,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    gateway.check_address(address)?;
    let tasks = TaskTracker::new();
    // Connections run in tasks of their own; this ends them when this future is dropped.
    let killed = CancellationToken::new();
    let _kill_on_drop = killed.clone().drop_guard();
    accept_until(&gateway, listener, &tasks, &killed, shutdown).await;
    drain(&gateway, &tasks).await;
    if !gateway.shared().client.flush_alerts(LAST_ALERTS).await {
        tracing::warn!("some alerts were not delivered in time");
    }
    Ok(())
}

async fn accept_until(
    gateway: &Gateway,
    listener: TcpListener,
    tasks: &TaskTracker,
    killed: &CancellationToken,
    shutdown: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(gateway.shared().limits.connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, permit)) = accepted else {
            return;
        };
        let gateway = gateway.clone();
        let killed = killed.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = killed.cancelled() => {}
                () = gateway.serve_connection(stream) => {}
            }
            drop(permit);
        });
    }
}

/// Waits for room and a connection; `None` means that there will be no more.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Nagle's algorithm would hold back every token but the first until the caller's delayed
                // acknowledgement, 40 ms later. A socket that refuses it is dead already.
                let _ = stream.set_nodelay(true);
                return Some((stream, permit));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections for the moment");
                sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// Tells whether an error of `accept` is about a connection that is gone already, and not about the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

async fn drain(gateway: &Gateway, tasks: &TaskTracker) {
    let shared = gateway.shared();
    tasks.close();
    shared.life.draining.cancel();
    tracing::info!(connections = tasks.len(), "shutting down");
    if timeout(shared.grace, tasks.wait()).await.is_ok() {
        return;
    }
    tracing::warn!(
        connections = tasks.len(),
        "the grace period is over; ending what is left"
    );
    shared.life.cut_off.cancel();
    // Whoever does not take its last bytes in time is dropped with the tasks.
    let _ = timeout(LAST_WRITES, tasks.wait()).await;
}
