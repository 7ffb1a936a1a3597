//! The handle on everything that is watched.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use outlast_tower::{Jitter, Observer, StackEvent};
use outlast_types::Money;
use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, sleep};

use crate::clock::WallClock;
use crate::sink::Courier;
use crate::{
    Alert, Book, Event, Events, Incident, IncidentConfig, Notice, Sink, SinkStatus, Topology,
};

/// How a monitor works. The defaults are in the doc of each field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MonitorConfig {
    /// When something is an incident.
    pub incidents: IncidentConfig,
    /// How often a target that is open is asked for a sign of life; `None` is never. 30 seconds by default.
    pub probe_every: Option<Duration>,
    /// What probes that cost money may cost within 24 hours; nothing by default, so that none is made.
    pub paid_per_day: Money,
    /// How many events a slow reader may be behind; 1,024 by default.
    pub events: usize,
    /// Where chance begins; by default each monitor has its own.
    pub seed: Option<u64>,
}

impl Default for MonitorConfig {
    fn default() -> Self {
        Self {
            incidents: IncidentConfig::default(),
            probe_every: Some(Duration::from_secs(30)),
            paid_per_day: Money::ZERO,
            events: 1024,
            seed: None,
        }
    }
}

impl MonitorConfig {
    /// Sets [`MonitorConfig::probe_every`].
    pub fn with_probe_every(mut self, every: Option<Duration>) -> Self {
        self.probe_every = every;
        self
    }

    /// Sets [`MonitorConfig::paid_per_day`].
    pub fn with_paid_per_day(mut self, limit: Money) -> Self {
        self.paid_per_day = limit;
        self
    }

    /// Sets [`MonitorConfig::incidents`].
    pub fn with_incidents(mut self, incidents: IncidentConfig) -> Self {
        self.incidents = incidents;
        self
    }

    /// Sets [`MonitorConfig::seed`].
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

/// Watches a stack as its observer: keeps the incidents, tells programs at once, and hands alerts to the sinks.
///
/// It takes some hundred nanoseconds of the request that brings an event, and never waits for anybody. What takes time,
/// delivering alerts and noticing that nothing happens, is done by the tasks of a [`Watch`](crate::Watch).
///
/// # Clone
///
/// Cloning it copies a pointer.
#[derive(Clone)]
pub struct Monitor(Arc<Shared>);

struct Shared {
    config: MonitorConfig,
    book: Mutex<Book>,
    events: broadcast::Sender<Event>,
    couriers: Vec<Courier>,
    clock: WallClock,
    /// Wakes the task that waits for the next tick.
    changed: Notify,
}

/// Makes the courier of a sink, once chance is known.
type MakeCourier = Box<dyn FnOnce(String, Jitter) -> Courier + Send>;

/// Puts a [`Monitor`] together.
#[derive(Default)]
#[must_use = "a builder makes no monitor until `build` is called"]
pub struct MonitorBuilder {
    config: MonitorConfig,
    topology: Topology,
    sinks: Vec<(String, MakeCourier)>,
    clock: WallClock,
}

impl MonitorBuilder {
    /// Goes by `config`.
    pub fn config(mut self, config: MonitorConfig) -> Self {
        self.config = config;
        self
    }

    /// Says which targets and routes there are.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// Adds a sink by the name `name`.
    pub fn alert(mut self, name: impl Into<String>, sink: impl Sink) -> Self {
        let courier = move |name, jitter| Courier::new(name, sink, jitter);
        self.sinks.push((name.into(), Box::new(courier)));
        self
    }

    /// Reads the wall clock from `now`.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = WallClock::new(now);
        self
    }

    /// Builds the monitor.
    pub fn build(self) -> Monitor {
        let mut chance = match self.config.seed {
            Some(seed) => fastrand::Rng::with_seed(seed),
            None => fastrand::Rng::new(),
        };
        let incidents = self.config.incidents.clone();
        let book = Book::new(&self.topology, incidents, chance.u32(..));
        let couriers = self.sinks.into_iter().map(|(name, courier)| {
            let jitter = Jitter::seeded(chance.u64(..));
            courier(name, jitter)
        });
        Monitor(Arc::new(Shared {
            book: Mutex::new(book),
            events: broadcast::Sender::new(self.config.events.clamp(1, 1 << 20)),
            couriers: couriers.collect(),
            clock: self.clock,
            changed: Notify::new(),
            config: self.config,
        }))
    }
}

impl fmt::Debug for MonitorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitorBuilder")
            .field("config", &self.config)
            .field("topology", &self.topology)
            .finish_non_exhaustive()
    }
}

impl Monitor {
    /// Starts a monitor without targets and sinks.
    pub fn builder() -> MonitorBuilder {
        MonitorBuilder::default()
    }

    /// Returns the incidents: the open ones, the oldest first, and then those that are over, the latest first.
    pub fn incidents(&self) -> Vec<Incident> {
        let book = self.book();
        book.open().chain(book.past()).cloned().collect()
    }

    /// Returns the events from now on.
    pub fn events(&self) -> Events {
        Events::new(self.0.events.subscribe())
    }

    /// Returns the sinks as they stand.
    pub fn sinks(&self) -> Vec<SinkStatus> {
        self.0.couriers.iter().map(Courier::status).collect()
    }

    /// Waits until no alert waits any more, for `longest` at most; tells whether that is so.
    ///
    /// It is meant for the end of a program: what waits in memory then is lost. The tasks that deliver must be running
    /// still ([`Watch`](crate::Watch)).
    pub async fn flush(&self, longest: Duration) -> bool {
        const LOOK: Duration = Duration::from_millis(50);
        let until = Instant::now() + longest;
        let has_waiting = || self.sinks().iter().any(|sink| sink.waiting > 0);
        while has_waiting() {
            if Instant::now() >= until {
                return false;
            }
            sleep(LOOK).await;
        }
        true
    }

    pub(crate) fn config(&self) -> &MonitorConfig {
        &self.0.config
    }

    pub(crate) fn couriers(&self) -> &[Courier] {
        &self.0.couriers
    }

    pub(crate) fn wall(&self) -> SystemTime {
        self.0.clock.now().wall
    }

    /// Tells programs.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        // Nobody may be listening.
        if self.0.events.receiver_count() > 0 {
            let _ = self.0.events.send(event());
        }
    }

    /// Does what time alone does, and returns when there is more of that.
    pub(crate) fn tick(&self) -> Option<Instant> {
        let now = self.0.clock.now();
        let mut book = self.book();
        let notices = book.tick(now);
        let next = book.next_tick(now.at);
        self.publish(notices);
        drop(book);
        next.map(Instant::from_std)
    }

    /// Waits until the next tick may be earlier than it was.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Hands out what became of the incidents. The book is still locked, so that everybody learns it in order.
    fn publish(&self, notices: Vec<Notice>) {
        if notices.is_empty() {
            return;
        }
        for notice in notices {
            self.tell(|| match &notice {
                Notice::Opened(incident) => Event::Opened(incident.clone()),
                Notice::Resolved(incident) => Event::Resolved(incident.clone()),
                Notice::Alert(alert) => Event::Alert(alert.clone()),
            });
            if let Notice::Alert(alert) = &notice {
                self.send(alert);
            }
        }
        self.0.changed.notify_one();
    }

    fn send(&self, alert: &Alert) {
        self.0
            .couriers
            .iter()
            .for_each(|courier| courier.take(alert));
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic elsewhere leaves whole incidents behind.
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Monitor {
    fn on_event(&self, event: &StackEvent) {
        let now = self.0.clock.now();
        let is_change = matches!(event, StackEvent::BreakerChanged { .. });
        let mut book = self.book();
        let notices = book.observe(now, event);
        if let StackEvent::BreakerChanged {
            target, from, to, ..
        } = event
        {
            self.tell(|| Event::BreakerChanged {
                target: target.clone(),
                from,
                to,
                at: now.wall,
            });
        }
        self.publish(notices);
        drop(book);
        if is_change {
            self.0.changed.notify_one();
        }
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("incidents", &self.incidents().len())
            .field("sinks", &self.0.couriers)
            .finish_non_exhaustive()
    }
}
