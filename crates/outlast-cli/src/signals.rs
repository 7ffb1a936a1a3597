//! ctrl-c, and what a supervisor sends.

use std::future::Future;

use tokio::sync::oneshot;

use crate::failure::Failure;

/// The two orders a person or a supervisor gives to a server.
pub(crate) struct Signals {
    stop: oneshot::Receiver<()>,
    stop_now: oneshot::Receiver<()>,
}

impl Signals {
    /// Begins to listen for ctrl-c and SIGTERM.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let mut signals = Sources::new()?;
        let (first, stop) = oneshot::channel();
        let (second, stop_now) = oneshot::channel();
        tokio::spawn(async move {
            signals.next().await;
            // Nobody waits where the server is over already.
            let _ = first.send(());
            signals.next().await;
            let _ = second.send(());
        });
        Ok(Self { stop, stop_now })
    }

    /// Splits them: the first signal asks to finish what is under way, the second not to.
    pub(crate) fn split(self) -> (impl Future<Output = ()>, impl Future<Output = ()>) {
        (given(self.stop), given(self.stop_now))
    }
}

async fn given(order: oneshot::Receiver<()>) {
    if order.await.is_err() {
        // The listening task is gone, so there will be no order.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
struct Sources {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Sources {
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::new(format_args!("cannot listen for signals: {error}")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Sources;

#[cfg(not(unix))]
impl Sources {
    fn new() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
