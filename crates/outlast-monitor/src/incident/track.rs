use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use outlast_types::ErrorKind;

use super::record::Failures;

/// After how long without a failure the failures before no longer belong to what comes.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// The most trips that are remembered.
const MAX_TRIPS: usize = 8;

/// What a breaker lets through, by the name of its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Closed,
    Open,
    HalfOpen,
    Ramp,
    ForcedOpen,
    ForcedClosed,
}

impl Door {
    pub(super) fn of(state: &str) -> Option<Self> {
        Some(match state {
            "closed" => Self::Closed,
            "open" => Self::Open,
            "half_open" => Self::HalfOpen,
            "ramp" => Self::Ramp,
            "forced_open" => Self::ForcedOpen,
            "forced_closed" => Self::ForcedClosed,
            _ => return None,
        })
    }

    /// Tells whether ordinary calls are let through.
    pub(super) fn carries_traffic(self) -> bool {
        matches!(self, Self::Closed | Self::Ramp | Self::ForcedClosed)
    }

    /// Tells whether all is as it should be.
    pub(super) fn is_well(self) -> bool {
        matches!(self, Self::Closed | Self::ForcedClosed)
    }
}

/// What is remembered of a target.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) domain: Arc<str>,
    pub(super) door: Door,
    trips: VecDeque<Instant>,
    /// The failures of the last while, for they belong to the incident they lead to.
    recent: Failures,
    recent_ids: Vec<Arc<str>>,
    last_failure: Option<Instant>,
}

impl Track {
    pub(super) fn new(domain: Arc<str>) -> Self {
        Self {
            domain,
            door: Door::Closed,
            trips: VecDeque::new(),
            recent: Failures::default(),
            recent_ids: Vec::new(),
            last_failure: None,
        }
    }

    /// Notes a failure of a target that has no incident yet.
    pub(super) fn failed(&mut self, now: Instant, kind: ErrorKind, id: Option<&Arc<str>>) {
        let is_old = |last: Instant| now.saturating_duration_since(last) > FORGET_AFTER;
        if self.last_failure.is_some_and(is_old) {
            self.recent.clear();
            self.recent_ids.clear();
        }
        self.last_failure = Some(now);
        self.recent.add(kind);
        if let Some(id) = id
            && self.recent_ids.len() < 3
        {
            self.recent_ids.push(Arc::clone(id));
        }
    }

    /// Hands over what led to an incident.
    pub(super) fn take_recent(&mut self) -> (Failures, Vec<Arc<str>>) {
        self.last_failure = None;
        (
            std::mem::take(&mut self.recent),
            std::mem::take(&mut self.recent_ids),
        )
    }

    pub(super) fn tripped(&mut self, now: Instant) {
        if self.trips.len() == MAX_TRIPS {
            self.trips.pop_front();
        }
        self.trips.push_back(now);
    }

    /// Returns until when it counts as flapping; `None` if it does not.
    pub(super) fn flaps_until(&self, trips: usize, window: Duration) -> Option<Instant> {
        let trips = trips.clamp(1, MAX_TRIPS);
        let oldest = self.trips.len().checked_sub(trips)?;
        let (oldest, latest) = (self.trips.get(oldest)?, self.trips.back()?);
        (latest.saturating_duration_since(*oldest) <= window).then(|| *oldest + window)
    }
}
