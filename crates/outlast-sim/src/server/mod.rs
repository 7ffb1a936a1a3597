//! The simulated provider on a real socket.
//!
//! It speaks HTTP/1.1 on loopback or wherever it is bound. What the script does to a connection is done to the real
//! one: a reset is a TCP reset, a close in the middle of a body leaves the last chunk out, and a refused connection is
//! reset before its first request is read, unless that one is for the control endpoint. All tokens before a cut were
//! handed to the network; of those that the client was too slow to take in, a reset loses some, as it always does.
//!
//! # Examples
//!
//! ```
//! use outlast_sim::{Api, Sim};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let sim = Sim::new(Api::OpenAi);
//! let server = sim.bind("127.0.0.1:0").await?;
//! assert!(server.base_url().starts_with("http://127.0.0.1:"));
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod connection;
mod socket;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::Sim;

/// How long is waited after a connection could not be accepted, for want of file descriptors as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A simulated provider that listens. Dropping it stops it at once and breaks the calls under way;
/// [`SimServer::shutdown`] lets them end.
#[derive(Debug)]
pub struct SimServer {
    /// The address it listens on, with the port that was chosen for port 0.
    pub addr: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sim {
    /// Listens on `addr`; port 0 chooses a free one.
    pub async fn bind(&self, addr: impl ToSocketAddrs) -> io::Result<SimServer> {
        self.serve(TcpListener::bind(addr).await?)
    }

    /// Serves the connections of `listener`, in a task of the runtime it is called in.
    pub fn serve(&self, listener: TcpListener) -> io::Result<SimServer> {
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(self.clone(), listener, stopped));
        Ok(SimServer { addr, stop, task })
    }
}

impl SimServer {
    /// Returns the address as the base URL of the APIs' clients, without the path: `http://127.0.0.1:4010`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops listening and waits for the calls under way to end; a call that the script lets hang never does.
    pub async fn shutdown(mut self) {
        // Nobody listens any more only if the task has ended already.
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for SimServer {
    fn drop(&mut self) {
        // The task owns all connections, and they end with it.
        self.task.abort();
    }
}

async fn accept(sim: Sim, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(sim.clone(), stream, stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
