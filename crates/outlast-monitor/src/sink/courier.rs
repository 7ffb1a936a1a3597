use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use outlast_tower::Jitter;
use tokio::time::{Instant, sleep, timeout};

use super::spool::{Spool, Waiting};
use super::{Sink, SinkStatus, Undelivered};
use crate::{Alert, text};

/// How long one try may take.
const TRY: Duration = Duration::from_secs(10);

/// How often an alert is tried before the sink rests.
const TRIES: u32 = 4;

/// About how long it is waited before the second try; doubled with each.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How long a sink rests that takes nothing, and the longest wait of a receiver's that is believed.
const REST: Duration = Duration::from_secs(60);

/// For how long an alert is worth delivering.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// Carries the alerts of one sink, in its own time.
#[derive(Clone)]
pub(crate) struct Courier {
    spool: Arc<Spool>,
    sink: Arc<dyn Sink>,
    jitter: Jitter,
}

impl Courier {
    pub(crate) fn new(name: impl Into<String>, sink: impl Sink, jitter: Jitter) -> Self {
        Self {
            spool: Arc::new(Spool::new(name.into())),
            sink: Arc::new(sink),
            jitter,
        }
    }

    /// Takes an alert and returns at once.
    pub(crate) fn take(&self, alert: &Alert) {
        self.spool.push(Instant::now().into_std(), alert.clone());
    }

    pub(crate) fn status(&self) -> SinkStatus {
        self.spool.status()
    }

    /// Delivers alerts, one after the other, for ever.
    pub(crate) async fn run(self) {
        loop {
            let waiting = self.spool.first().await;
            self.carry(&waiting).await;
        }
    }

    /// Delivers one alert, or gives it up, or rests.
    async fn carry(&self, waiting: &Waiting) {
        let Err(failure) = self.try_hard(&waiting.alert).await else {
            self.spool.delivered(waiting);
            return;
        };
        let age = Instant::now().into_std().duration_since(waiting.since);
        if !failure.may_go_better() || age >= LIFE {
            self.spool.given_up(waiting);
        } else {
            sleep(REST).await;
        }
    }

    async fn try_hard(&self, alert: &Alert) -> Result<(), Undelivered> {
        let mut tries = 1;
        loop {
            let Err(failure) = self.try_once(alert).await else {
                return Ok(());
            };
            self.spool
                .failed(text::printable(&failure.to_string(), 200));
            if !failure.may_go_better() || tries == TRIES {
                return Err(failure);
            }
            sleep(self.wait(tries, &failure)).await;
            tries += 1;
        }
    }

    async fn try_once(&self, alert: &Alert) -> Result<(), Undelivered> {
        timeout(TRY, self.sink.deliver(alert))
            .await
            .unwrap_or_else(|_| Err(Undelivered::for_now("no answer within 10 seconds")))
    }

    /// Returns how long to wait after so many tries: never less than the receiver says, up to a minute.
    fn wait(&self, tries: u32, failure: &Undelivered) -> Duration {
        let doubled = FIRST_WAIT * 2_u32.saturating_pow(tries - 1);
        let own = doubled.mul_f64(0.5 + self.jitter.fraction());
        own.max(failure.wait().unwrap_or_default().min(REST))
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
