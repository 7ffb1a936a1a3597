//! What accompanies a call from its arrival to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use tokio::time::Instant;

use crate::log::{CallEnd, Log};

/// Counts the calls that are under way, and cuts them; a clone shares both.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    calls: AtomicUsize,
    /// How often all calls under way were cut.
    cuts: AtomicUsize,
}

impl InFlight {
    /// Returns how many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Cuts all that are under way now.
    pub(crate) fn cut(&self) {
        self.0.cuts.fetch_add(1, Ordering::Relaxed);
    }

    fn cuts(&self) -> usize {
        self.0.cuts.load(Ordering::Relaxed)
    }
}

/// Notes in the log how a call ends. Dropped before that, it notes that the client has gone.
#[derive(Debug)]
pub(crate) struct CallGuard {
    log: Log,
    number: u64,
    arrived: Instant,
    in_flight: InFlight,
    /// How often the calls had been cut when this one arrived.
    cuts_before: usize,
    tokens: u64,
    over: bool,
}

impl CallGuard {
    /// Accompanies call `number`, which has just arrived.
    pub(crate) fn new(log: Log, number: u64, arrived: Instant, in_flight: InFlight) -> Self {
        in_flight.0.calls.fetch_add(1, Ordering::Relaxed);
        Self {
            log,
            number,
            arrived,
            cuts_before: in_flight.cuts(),
            in_flight,
            tokens: 0,
            over: false,
        }
    }

    /// Accompanies a request that is no call of the provider and is not noted.
    pub(crate) fn unnoted() -> Self {
        Self {
            log: Log::default(),
            number: 0,
            arrived: Instant::now(),
            in_flight: InFlight::default(),
            cuts_before: 0,
            tokens: 0,
            over: true,
        }
    }

    /// Tells whether the call was cut since it arrived.
    pub(crate) fn is_cut(&self) -> bool {
        !self.over && self.in_flight.cuts() != self.cuts_before
    }

    /// Notes the head of the reply.
    pub(crate) fn head(&self, status: StatusCode) {
        if !self.over {
            let status = Some(status.as_u16());
            self.log
                .update(self.number, |record| record.status = status);
        }
    }

    /// Counts tokens that were sent.
    pub(crate) fn sent(&mut self, tokens: u64) {
        self.tokens += tokens;
    }

    /// Notes the end; only the first counts.
    pub(crate) fn end(&mut self, end: CallEnd) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.in_flight.0.calls.fetch_sub(1, Ordering::Relaxed);
        let took = self.arrived.elapsed();
        let tokens = self.tokens;
        self.log.update(self.number, |record| {
            record.end = end;
            record.took_ms = millis(took);
            record.tokens = tokens;
        });
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.end(CallEnd::ClientGone);
    }
}

/// Returns whole milliseconds.
pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
