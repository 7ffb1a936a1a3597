//! The tasks behind a monitor.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use outlast_tower::classify::{Classify, Health};
use outlast_tower::{Breaker, InFlight};
use outlast_types::{Error, TargetId};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::probe::Schedule;
use crate::{DailyCap, Event, Monitor, Operator, PaidProbe, Probe};

/// How long nothing is looked at, at most.
const LOOK: Duration = Duration::from_secs(5);

/// How long it is waited between two looks, at least.
const PAUSE: Duration = Duration::from_millis(1);

/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(10);

/// A target that is watched.
#[derive(Clone)]
pub struct Watched {
    breaker: Breaker,
    in_flight: InFlight,
    probe: Option<Probe>,
    paid: Option<PaidProbe>,
}

impl Watched {
    /// Watches the target with that breaker and that limit.
    pub fn new(breaker: Breaker, in_flight: InFlight) -> Self {
        Self {
            breaker,
            in_flight,
            probe: None,
            paid: None,
        }
    }

    /// Asks it for signs of life that cost nothing; see [`probe`](crate::probe).
    pub fn with_probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Asks it for signs of life that cost money.
    pub fn with_paid_probe(mut self, probe: PaidProbe) -> Self {
        self.paid = Some(probe);
        self
    }

    fn operator(&self) -> Operator {
        Operator::new(self.breaker.clone(), self.in_flight.clone())
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}

/// Keeps the tasks of a monitor: the one that notices that time passes and asks for signs of life, and one for each sink.
///
/// They are begun by [`ensure_running`](Self::ensure_running) and end when this is dropped.
pub struct Watch {
    monitor: Monitor,
    targets: Arc<[Watched]>,
    classify: Arc<dyn Classify>,
    running: Arc<AtomicBool>,
    end: CancellationToken,
    _end_on_drop: DropGuard,
}

impl Watch {
    /// Makes the watch of `targets`, with no task yet. `classify` says what a failed probe means.
    pub fn new(
        monitor: Monitor,
        targets: impl IntoIterator<Item = Watched>,
        classify: Arc<dyn Classify>,
    ) -> Self {
        let end = CancellationToken::new();
        Self {
            monitor,
            targets: targets.into_iter().collect(),
            classify,
            running: Arc::default(),
            _end_on_drop: end.clone().drop_guard(),
            end,
        }
    }

    /// Returns the monitor.
    pub fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// Returns who takes orders for `target`.
    pub fn operate(&self, target: &TargetId) -> Option<Operator> {
        let watched = self.targets.iter();
        let mut watched = watched.filter(|watched| watched.breaker.target() == target);
        watched.next().map(Watched::operator)
    }

    /// Begins the tasks if they are not running and there is a tokio runtime to run on. It costs next to nothing
    /// otherwise, and may be called for every request.
    pub fn ensure_running(&self) {
        if self.running.load(Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        let running = Running(Arc::clone(&self.running));
        let (end, tasks) = (self.end.clone(), self.tasks());
        runtime.spawn(async move {
            let _running = running;
            end.run_until_cancelled(tasks).await;
        });
    }

    /// Runs all tasks, for ever.
    fn tasks(&self) -> impl Future<Output = ()> + Send + use<> {
        let couriers = self.monitor.couriers().to_vec();
        let rounds = Rounds {
            monitor: self.monitor.clone(),
            targets: Arc::clone(&self.targets),
            schedules: vec![Schedules::default(); self.targets.len()],
            cap: DailyCap::new(self.monitor.config().paid_per_day),
            classify: Arc::clone(&self.classify),
            probes: JoinSet::new(),
        };
        async move {
            let mut tasks = JoinSet::new();
            tasks.spawn(rounds.run());
            for courier in couriers {
                tasks.spawn(courier.run());
            }
            while tasks.join_next().await.is_some() {}
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("monitor", &self.monitor)
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

/// Notes that the tasks have ended, be it with their runtime: another may begin them again.
struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// When a target is probed.
#[derive(Clone, Copy, Debug, Default)]
struct Schedules {
    free: Schedule,
    paid: Schedule,
    /// Whether a probe is under way.
    probing: bool,
}

/// Goes round the targets.
struct Rounds {
    monitor: Monitor,
    targets: Arc<[Watched]>,
    schedules: Vec<Schedules>,
    cap: DailyCap,
    classify: Arc<dyn Classify>,
    /// The probes under way; each returns whose it was, and what came of it.
    probes: JoinSet<(usize, Outcome)>,
}

/// What came of a probe.
enum Outcome {
    /// Of one that cost nothing.
    Free(Result<(), Error>),
    /// Of one that went through the target's own breaker, which has learnt of it.
    Paid,
}

impl Rounds {
    async fn run(mut self) {
        loop {
            let next = self.look();
            tokio::select! {
                biased;
                Some(done) = self.probes.join_next() => {
                    if let Ok((index, outcome)) = done {
                        self.probed(index, outcome);
                    }
                }
                () = self.monitor.changed() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// Looks at everything once, and returns when to look again.
    fn look(&mut self) -> Instant {
        let now = Instant::now();
        let mut next = now + LOOK;
        for index in 0..self.targets.len() {
            if let Some(at) = self.look_at(index, now) {
                next = next.min(at);
            }
        }
        let tick = self.monitor.tick();
        tick.map_or(next, |tick| next.min(tick)).max(now + PAUSE)
    }

    /// Looks at a target, and probes it if that is due.
    fn look_at(&mut self, index: usize, now: Instant) -> Option<Instant> {
        let watched = self.targets.get(index)?;
        let schedules = self.schedules.get_mut(index)?;
        // A breaker changes with time only when somebody looks.
        let state = watched.breaker.state().name;
        let every = self.monitor.config().probe_every?;
        let now = now.into_std();
        let free = schedules
            .free
            .is_due(now, matches!(state, "open" | "half_open"), every);
        let paid = schedules.paid.is_due(now, state == "half_open", every);
        let next = [schedules.free.next(), schedules.paid.next()];
        let next = next.into_iter().flatten().min().map(Instant::from_std);
        if schedules.probing {
            return next;
        }
        let paid = watched.paid.as_ref().filter(|_| paid);
        if let Some(paid) = paid
            && self.cap.spend(now, paid.cost)
        {
            schedules.probing = true;
            let probe = paid.probe.clone();
            self.probes.spawn(async move {
                let _ = timeout(PROBE, probe.oneshot(())).await;
                (index, Outcome::Paid)
            });
        } else if let Some(probe) = watched.probe.clone().filter(|_| free) {
            schedules.probing = true;
            self.probes.spawn(async move {
                let answer = timeout(PROBE, probe.oneshot(())).await;
                let answer = answer.unwrap_or_else(|_| Err(silent()));
                (index, Outcome::Free(answer))
            });
        }
        next
    }

    fn probed(&mut self, index: usize, outcome: Outcome) {
        if let Some(schedules) = self.schedules.get_mut(index) {
            schedules.probing = false;
        }
        let Some(watched) = self.targets.get(index) else {
            return;
        };
        let Outcome::Free(answer) = outcome else {
            return;
        };
        let is_down = |error: &&Error| self.classify.verdict(error).health == Health::Fault;
        let failure = answer.as_ref().err();
        if failure.filter(is_down).is_some()
            && let Some(every) = self.monitor.config().probe_every
        {
            // Until the next one has answered.
            watched.breaker.keep_open(every + PROBE);
        }
        let at = self.monitor.wall();
        self.monitor.tell(|| Event::Probed {
            target: watched.breaker.target().clone(),
            failed: failure.map(Error::kind),
            at,
        });
    }
}

fn silent() -> Error {
    Error::new(outlast_types::ErrorKind::FirstTokenTimeout)
        .with_message("no sign of life within 10 seconds")
}
