//! A connection whose script can break it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What the body of a reply and the socket under it know of each other; a clone is the same.
///
/// Between them stands hyper, which drops what it has buffered once a body fails: so a body that is about to break the
/// connection waits here until all before it was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    resets: bool,
    flush: Flush,
}

#[derive(Debug, Default)]
enum Flush {
    /// Nobody waits.
    #[default]
    Idle,
    /// Somebody waits for all to be written.
    Awaited(Waker),
    /// All was written since.
    Done,
}

impl Wire {
    /// Lets the connection be reset when it is dropped.
    pub(super) fn reset(&self) {
        self.state().resets = true;
    }

    /// Waits until all that was given to the connection so far was written.
    pub(super) fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if matches!(state.flush, Flush::Done) {
            return Poll::Ready(());
        }
        state.flush = Flush::Awaited(cx.waker().clone());
        Poll::Pending
    }

    fn flushed(&self) {
        let mut state = self.state();
        if matches!(state.flush, Flush::Awaited(_))
            && let Flush::Awaited(waker) = std::mem::replace(&mut state.flush, Flush::Done)
        {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP stream that is reset on drop where its [`Wire`] says so.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    wire: Wire,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, wire: Wire) -> Self {
        Self { stream, wire }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.wire.state().resets {
            reset(&self.stream);
        }
    }
}

/// Lets `stream` end in a reset when it is dropped.
pub(super) fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::warn!(%error, "a connection is closed instead of reset");
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.wire.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
