use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use outlast_tower::{Cause, StackEvent};
use outlast_types::{ErrorKind, Sent, TargetId};

use super::case::{Cases, Telling};
use super::network::Network;
use super::rates::Rates;
use super::topology::{Group, MAX_TARGETS};
use super::track::{Door, Track};
use super::{Incident, IncidentConfig, IncidentKind, Notice, Subject, Topology};
use crate::Moment;

/// Keeps all incidents: a state machine without a clock of its own.
///
/// It is told what happens in the stack ([`observe`](Self::observe)) and that time passes ([`tick`](Self::tick)), and
/// says what became of the incidents.
///
/// # Examples
///
/// ```
/// use std::time::SystemTime;
/// use outlast_monitor::{Book, IncidentConfig, IncidentKind, Moment, Notice, Topology};
/// use outlast_tower::{Cause, StackEvent};
/// use outlast_types::{ErrorKind, TargetId};
///
/// let target = TargetId::new("acme", "m1");
/// let topology = Topology::default().with_target(target.clone(), "api.acme.example");
/// let mut book = Book::new(&topology, IncidentConfig::default(), 7);
///
/// # let at = tokio::time::Instant::now().into_std();
/// let now = Moment::new(at, SystemTime::UNIX_EPOCH);
/// let notices = book.observe(now, &StackEvent::BreakerChanged {
///     target,
///     from: "closed",
///     to: "open",
///     cause: Some(Cause::Failures(ErrorKind::Server)),
///     next_probe: None,
/// });
/// let [Notice::Opened(incident), Notice::Alert(alert)] = notices.as_slice() else {
///     panic!("{notices:?}")
/// };
/// assert_eq!(incident.kind, IncidentKind::TargetDown);
/// assert_eq!(alert.title(), "acme/m1 is down");
/// ```
#[derive(Clone, Debug)]
pub struct Book {
    config: IncidentConfig,
    targets: BTreeMap<TargetId, Track>,
    groups: Vec<Group>,
    network: Network,
    rates: Rates,
    cases: Cases,
}

impl Book {
    /// Makes a book without an incident. `process` becomes part of the incidents' ids, which must differ between
    /// processes that tell the same people.
    pub fn new(topology: &Topology, config: IncidentConfig, process: u32) -> Self {
        let mut book = Self {
            config,
            targets: BTreeMap::new(),
            groups: topology.groups(),
            network: Network::default(),
            rates: Rates::default(),
            cases: Cases::new(process),
        };
        for (target, domain) in topology.with_domains() {
            book.add(target, Arc::clone(domain));
        }
        book
    }

    /// Returns the open incidents, the oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.cases.open().map(|case| &case.incident)
    }

    /// Returns the incidents that are over, the latest first.
    pub fn past(&self) -> impl Iterator<Item = &Incident> {
        self.cases.past().rev()
    }

    /// Learns of something that happened, and says what became of the incidents.
    pub fn observe(&mut self, now: Moment, event: &StackEvent) -> Vec<Notice> {
        match event {
            StackEvent::Failed {
                target,
                kind,
                sent,
                request_id,
            } => self.failed(now, target, *kind, *sent, request_id.as_ref()),
            StackEvent::BreakerChanged {
                target,
                from,
                to,
                cause,
                next_probe,
            } => {
                if let (from, Some(to)) = (Door::of(from), Door::of(to)) {
                    self.changed(now, target, from, to, *cause, *next_probe);
                }
            }
            StackEvent::FailedOver { from, .. } if !self.cases.is_empty() => {
                if let Some(case) = self.cases.of_target(from) {
                    case.moved();
                }
                return Vec::new();
            }
            StackEvent::Resumed { .. } => {
                self.rates.resumed(now.at);
                return Vec::new();
            }
            StackEvent::Ended {
                mode,
                served_by,
                calls,
                ..
            } => {
                self.rates.ended(now.at, *mode, *calls);
                match served_by {
                    Some(target) if !self.cases.is_empty() => self.served(now, target),
                    _ => return Vec::new(),
                }
            }
            _ => return Vec::new(),
        }
        self.cases.sweep(&self.config, now);
        self.cases.take_notices()
    }

    /// Learns that it is later, and says what became of the incidents.
    pub fn tick(&mut self, now: Moment) -> Vec<Notice> {
        self.look_at_flapping(now.at);
        self.rates.forget(now.at);
        self.look_at_rates(now);
        self.cases.sweep(&self.config, now);
        self.cases.take_notices()
    }

    /// Returns when, after `now`, [`tick`](Self::tick) has something to do next.
    pub fn next_tick(&self, now: Instant) -> Option<Instant> {
        let flapping = self
            .flapping()
            .filter_map(|target| self.flaps_until(target));
        let cases = self.cases.next(&self.config);
        let rates = self.rates.next_look(now);
        cases.into_iter().chain(rates).chain(flapping).min()
    }

    fn add(&mut self, target: &TargetId, domain: Arc<str>) {
        if self.targets.len() < MAX_TARGETS {
            self.network.add(&domain);
            self.targets.insert(target.clone(), Track::new(domain));
        }
    }

    /// Returns what is remembered of a target; one that the topology has not named is its account's.
    fn track(&mut self, target: &TargetId) -> Option<&mut Track> {
        if !self.targets.contains_key(target) {
            self.add(target, target.account().into());
        }
        self.targets.get_mut(target)
    }

    fn failed(
        &mut self,
        now: Moment,
        target: &TargetId,
        kind: ErrorKind,
        sent: Sent,
        request_id: Option<&Arc<str>>,
    ) {
        let Some(track) = self.track(target) else {
            return;
        };
        let domain = Arc::clone(&track.domain);
        if let Some(case) = self.cases.of_target(target) {
            case.incident.failures.add(kind);
            case.incident.note_call_id(request_id);
        } else if let Some(track) = self.track(target) {
            track.failed(now.at, kind, request_id);
        }
        if is_unreached(kind) && sent == Sent::No {
            self.network.unreached(&domain, now.at);
            self.look_at_network(now);
        } else {
            self.reached(now.at, &domain);
        }
    }

    fn served(&mut self, now: Moment, target: &TargetId) {
        if let Some(case) = self.cases.of_target(target) {
            case.stayed();
        }
        if let Some(track) = self.targets.get(target) {
            let domain = Arc::clone(&track.domain);
            self.reached(now.at, &domain);
        }
    }

    fn changed(
        &mut self,
        now: Moment,
        target: &TargetId,
        from: Option<Door>,
        to: Door,
        cause: Option<Cause>,
        next_probe: Option<Duration>,
    ) {
        let Some(track) = self.track(target) else {
            return;
        };
        track.door = to;
        if to == Door::Open {
            // A probe that failed is the same outage going on.
            let is_trip = from.is_some_and(Door::carries_traffic) && cause != Some(Cause::Ordered);
            if is_trip {
                track.tripped(now.at);
                self.note_flapping(now, target);
            }
            self.down(now, target, is_trip, cause);
        }
        if let Some(case) = self.cases.of_target(target) {
            case.incident.next_probe = next_probe.map(|wait| now.wall + wait);
            if to.is_well() {
                case.well(now.at);
            } else {
                case.bad(now.at);
            }
        }
        self.look_at_network(now);
        self.look_at_groups(now, target, cause);
    }

    /// Notes that a target's breaker is open.
    fn down(&mut self, now: Moment, target: &TargetId, is_trip: bool, cause: Option<Cause>) {
        let network_is_down = self.network_is_down();
        if let Some(case) = self.cases.of_target(target) {
            case.incident.trips += u32::from(is_trip);
            let is_news = case.telling == Telling::HeldByNetwork || is_waiting(case.telling);
            if is_news && !network_is_down && !is_out_of_reach(cause) {
                case.telling = Telling::Due(now.at);
            }
            return;
        }
        let telling = self.telling(now.at, target, cause);
        let (failures, ids) = match self.track(target) {
            Some(track) => track.take_recent(),
            None => Default::default(),
        };
        let subject = Subject::Target(target.clone());
        self.cases
            .begin(now, kind_of(cause), subject, telling, |incident| {
                incident.failures = failures;
                incident.trips = u32::from(is_trip);
                ids.iter().for_each(|id| incident.note_call_id(Some(id)));
            });
    }

    /// Says when people are told that a target is down.
    fn telling(&mut self, now: Instant, target: &TargetId, cause: Option<Cause>) -> Telling {
        let flapping = Subject::Target(target.clone());
        let flaps = self.cases.find(IncidentKind::Flapping, &flapping).is_some();
        match self.telling_by_network(now, cause) {
            Telling::Due(_) if flaps => Telling::HeldByFlapping,
            telling => telling,
        }
    }

    /// Says when people are told of something, seen that it may be our own network.
    fn telling_by_network(&self, now: Instant, cause: Option<Cause>) -> Telling {
        if self.network_is_down() {
            Telling::HeldByNetwork
        } else if is_out_of_reach(cause) && self.network.can_tell() {
            Telling::Due(now + self.config.network_hold)
        } else {
            Telling::Due(now)
        }
    }

    /// Opens or closes what is about all routes with `target`.
    fn look_at_groups(&mut self, now: Moment, target: &TargetId, cause: Option<Cause>) {
        let mut findings = Vec::new();
        for group in self
            .groups
            .iter()
            .filter(|group| group.targets.contains(target))
        {
            let carries = |target: &&TargetId| {
                let track = self.targets.get(*target);
                track.is_none_or(|track| track.door.carries_traffic())
            };
            let left = group.targets.iter().filter(carries).count();
            let subject = Subject::Routes(Arc::clone(&group.names));
            findings.push((IncidentKind::NoRedundancyLeft, subject.clone(), left <= 1));
            findings.push((IncidentKind::Panic, subject, left == 0));
        }
        let telling = self.telling_by_network(now.at, cause);
        for (kind, subject, is_bad) in findings {
            self.mark(now, kind, subject, is_bad, telling, None);
        }
    }

    fn look_at_network(&mut self, now: Moment) {
        let nobody_left = self.targets.values().any(|track| track.door == Door::Open);
        if !nobody_left || !self.network.is_down(now.at, self.config.network_hold) {
            return;
        }
        let (kind, subject) = (IncidentKind::EgressDown, Subject::Providers);
        self.mark(now, kind, subject, true, Telling::Due(now.at), None);
        for case in self.cases.open_mut() {
            let is_egress = case.incident.kind == kind;
            if !is_egress && is_waiting(case.telling) {
                case.telling = Telling::HeldByNetwork;
            }
        }
    }

    /// Notes that a provider could be reached.
    fn reached(&mut self, now: Instant, domain: &str) {
        self.network.reached(domain);
        if !self.network_is_down() {
            return;
        }
        let after = now + self.config.network_grace;
        if let Some(case) = self
            .cases
            .find(IncidentKind::EgressDown, &Subject::Providers)
        {
            case.well(now);
        }
        for case in self.cases.open_mut() {
            if case.telling == Telling::HeldByNetwork {
                case.telling = Telling::Due(after);
            }
        }
    }

    fn network_is_down(&self) -> bool {
        self.cases
            .open()
            .any(|case| case.incident.kind == IncidentKind::EgressDown && case.well_since.is_none())
    }

    fn note_flapping(&mut self, now: Moment, target: &TargetId) {
        if self.flaps_until(target).is_some_and(|until| until > now.at) {
            let subject = Subject::Target(target.clone());
            let telling = Telling::Due(now.at);
            self.mark(now, IncidentKind::Flapping, subject, true, telling, None);
        }
    }

    /// Ends the flapping of targets that have not failed for long enough.
    fn look_at_flapping(&mut self, now: Instant) {
        let calm: Vec<TargetId> = self
            .flapping()
            .filter(|target| self.flaps_until(target).is_none_or(|until| until <= now))
            .cloned()
            .collect();
        for target in calm {
            let subject = Subject::Target(target.clone());
            if let Some(case) = self.cases.find(IncidentKind::Flapping, &subject) {
                case.well(now);
            }
            // It no longer comes back: that is another thing to say.
            if let Some(case) = self.cases.of_target(&target)
                && case.telling == Telling::HeldByFlapping
            {
                case.telling = Telling::Due(now);
            }
        }
    }

    /// Returns the targets that flap.
    fn flapping(&self) -> impl Iterator<Item = &TargetId> {
        self.cases
            .open()
            .filter_map(|case| match &case.incident.subject {
                Subject::Target(target)
                    if case.incident.kind == IncidentKind::Flapping
                        && case.well_since.is_none() =>
                {
                    Some(target)
                }
                _ => None,
            })
    }

    fn flaps_until(&self, target: &TargetId) -> Option<Instant> {
        let config = &self.config;
        let track = self.targets.get(target)?;
        track.flaps_until(config.flapping_trips, config.flapping_window)
    }

    fn look_at_rates(&mut self, now: Moment) {
        let least = self.config.rate_min;
        let calls = self.rates.calls_per_call(now.at, least);
        let resumes = self.rates.resume_rate(now.at, least);
        for (kind, subject, figure, most) in [
            (
                IncidentKind::CostAmplification,
                Subject::Calls,
                calls,
                self.config.calls_per_call,
            ),
            (
                IncidentKind::ResumeRate,
                Subject::Streams,
                resumes,
                self.config.resume_rate,
            ),
        ] {
            let is_bad = figure.is_some_and(|figure| figure > most);
            self.mark(now, kind, subject, is_bad, Telling::Due(now.at), figure);
        }
    }

    /// Notes whether something that is no single target's is bad or well.
    fn mark(
        &mut self,
        now: Moment,
        kind: IncidentKind,
        subject: Subject,
        is_bad: bool,
        telling: Telling,
        figure: Option<f64>,
    ) {
        match (self.cases.find(kind, &subject), is_bad) {
            (Some(case), true) => {
                case.bad(now.at);
                case.incident.figure = figure.or(case.incident.figure);
            }
            (Some(case), false) => case.well(now.at),
            (None, true) => self.cases.begin(now, kind, subject, telling, |incident| {
                incident.figure = figure;
            }),
            (None, false) => {}
        }
    }
}

fn kind_of(cause: Option<Cause>) -> IncidentKind {
    match cause {
        Some(Cause::Refused(ErrorKind::QuotaExhausted)) => IncidentKind::QuotaExhausted,
        Some(Cause::Refused(ErrorKind::Unauthenticated | ErrorKind::PermissionDenied)) => {
            IncidentKind::KeyDisabled
        }
        _ => IncidentKind::TargetDown,
    }
}

fn is_out_of_reach(cause: Option<Cause>) -> bool {
    matches!(cause, Some(Cause::Failures(kind)) if is_unreached(kind))
}

fn is_unreached(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Connect | ErrorKind::ConnectTimeout)
}

fn is_waiting(telling: Telling) -> bool {
    matches!(telling, Telling::Due(_))
}
