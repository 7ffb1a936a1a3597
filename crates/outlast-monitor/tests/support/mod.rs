//! A book of incidents with a clock of its own.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod servers;

use std::time::{Duration, Instant, SystemTime};

use outlast_monitor::{
    Alert, AlertPhase, Book, Incident, IncidentConfig, IncidentKind, Moment, Notice, Topology,
};
use outlast_tower::{CallEnd, Cause, StackEvent};
use outlast_types::{ErrorKind, Mode, Sent, TargetId};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// 2026-11-24, 11:37 UTC.
pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_520_220)
}

pub(crate) fn target(name: &str) -> TargetId {
    TargetId::new(name, "m")
}

/// A book, its clock, and everything that it said.
pub(crate) struct Desk {
    pub(crate) book: Book,
    start: Instant,
    now: Instant,
    pub(crate) notices: Vec<Notice>,
    doors: Vec<(TargetId, &'static str)>,
}

impl Desk {
    /// A desk for the targets named, each in a domain of its own and all in one route.
    pub(crate) fn of(names: &[&str]) -> Self {
        Self::with(names, IncidentConfig::default())
    }

    pub(crate) fn with(names: &[&str], config: IncidentConfig) -> Self {
        let targets = names.iter().map(|name| target(name));
        let mut topology = Topology::default();
        for name in names {
            topology = topology.with_target(target(name), format!("{name}.example"));
        }
        let topology = topology.with_route("default", targets);
        let now = tokio::time::Instant::now().into_std();
        Self {
            book: Book::new(&topology, config, 0xabcd),
            start: now,
            now,
            notices: Vec::new(),
            doors: names.iter().map(|name| (target(name), "closed")).collect(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::new(self.now, start() + (self.now - self.start))
    }

    pub(crate) fn tell(&mut self, event: &StackEvent) {
        let notices = self.book.observe(self.now(), event);
        self.notices.extend(notices);
    }

    /// Lets time pass, ticking whenever the book wants it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.book.next_tick(self.now)
            && next <= end
        {
            assert!(next > self.now, "a tick that is due at once never ends");
            self.now = next;
            let notices = self.book.tick(self.now());
            self.notices.extend(notices);
        }
        self.now = end;
        let notices = self.book.tick(self.now());
        self.notices.extend(notices);
    }

    /// Changes the state of a breaker.
    pub(crate) fn door(&mut self, name: &str, to: &'static str, cause: Option<Cause>) {
        let known = self.doors.iter_mut().find(|(id, _)| *id == target(name));
        let (target, door) = known.unwrap();
        let (target, from) = (target.clone(), std::mem::replace(door, to));
        let next_probe = (to == "open").then_some(5 * SECOND);
        self.tell(&StackEvent::BreakerChanged {
            target,
            from,
            to,
            cause,
            next_probe,
        });
    }

    pub(crate) fn trip(&mut self, name: &str, kind: ErrorKind) {
        self.door(name, "open", Some(Cause::Failures(kind)));
    }

    pub(crate) fn recover(&mut self, name: &str) {
        for to in ["half_open", "ramp", "closed"] {
            self.door(name, to, None);
        }
    }

    pub(crate) fn fail(&mut self, name: &str, kind: ErrorKind) {
        let sent = match kind {
            ErrorKind::Connect | ErrorKind::ConnectTimeout => Sent::No,
            _ => Sent::Yes,
        };
        self.tell(&StackEvent::Failed {
            target: target(name),
            kind,
            sent,
            request_id: None,
        });
    }

    pub(crate) fn fail_over(&mut self, from: &str, to: &str) {
        self.tell(&StackEvent::FailedOver {
            from: target(from),
            to: target(to),
            kind: ErrorKind::BreakerOpen,
        });
    }

    pub(crate) fn serve(&mut self, name: &str, calls: usize) {
        self.tell(&StackEvent::Ended {
            mode: Mode::Stream,
            served_by: Some(target(name)),
            end: CallEnd::Complete,
            calls,
        });
    }

    pub(crate) fn open(&self) -> Vec<IncidentKind> {
        self.book.open().map(|incident| incident.kind).collect()
    }

    pub(crate) fn incident(&self, kind: IncidentKind) -> &Incident {
        self.book
            .open()
            .find(|incident| incident.kind == kind)
            .unwrap()
    }

    /// Returns what people were told.
    pub(crate) fn alerts(&self) -> Vec<&Alert> {
        let alerts = self.notices.iter().filter_map(|notice| match notice {
            Notice::Alert(alert) => Some(alert),
            _ => None,
        });
        alerts.collect()
    }

    pub(crate) fn told(&self) -> Vec<(IncidentKind, AlertPhase)> {
        let alerts = self.alerts().into_iter();
        alerts
            .map(|alert| (alert.incident.kind, alert.phase))
            .collect()
    }
}
