use std::sync::Arc;
use std::time::{Duration, SystemTime};

use outlast_types::ErrorKind;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{IncidentKind, Subject};
use crate::text;

/// The most ids of calls an incident keeps.
const MAX_CALL_IDS: usize = 3;

/// Something that is wrong from one moment to another, and that people are told of once.
///
/// It holds counts, names and ids: no conversation and no key.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Incident {
    /// Its id, the same in every alert about it; unique among the processes that watch the same targets.
    pub id: Arc<str>,
    /// What is wrong.
    pub kind: IncidentKind,
    /// With whom.
    pub subject: Subject,
    /// Since when.
    pub since: SystemTime,
    /// Until when; `None` while it is open.
    pub until: Option<SystemTime>,
    /// What failed, by kind, shortly before it began and since.
    pub failures: Failures,
    /// How often the breaker has opened since it began.
    pub trips: u32,
    /// How many calls went from here to another target, until the target was closed again.
    pub moved: u64,
    /// How many calls were served here all the same, until then.
    pub stayed: u64,
    /// When the target may be called again at the earliest, as last known.
    pub next_probe: Option<SystemTime>,
    /// The provider's ids of the first calls that failed, 3 at most, for a question to its support.
    pub call_ids: Vec<Arc<str>>,
    /// The figure that is too high, where it is one.
    pub figure: Option<f64>,
}

impl Incident {
    pub(super) fn new(
        id: Arc<str>,
        kind: IncidentKind,
        subject: Subject,
        since: SystemTime,
    ) -> Self {
        Self {
            id,
            kind,
            subject,
            since,
            until: None,
            failures: Failures::default(),
            trips: 0,
            moved: 0,
            stayed: 0,
            next_probe: None,
            call_ids: Vec::new(),
            figure: None,
        }
    }

    /// Tells whether it is not over.
    pub fn is_open(&self) -> bool {
        self.until.is_none()
    }

    /// Returns which share of the calls that wanted this target went elsewhere, 0 to 1; `None` if there was no call.
    pub fn share_moved(&self) -> Option<f64> {
        let all = self.moved + self.stayed;
        (all > 0).then(|| self.moved as f64 / all as f64)
    }

    /// Returns how long it has been open at `now`, or was.
    pub fn lasted(&self, now: SystemTime) -> Duration {
        let end = self.until.unwrap_or(now);
        end.duration_since(self.since).unwrap_or_default()
    }

    pub(super) fn note_call_id(&mut self, id: Option<&Arc<str>>) {
        let plain = id.filter(|id| text::is_plain_id(id) && !self.call_ids.contains(id));
        if let Some(id) = plain
            && self.call_ids.len() < MAX_CALL_IDS
        {
            self.call_ids.push(Arc::clone(id));
        }
    }
}

impl Serialize for Incident {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &*self.id)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("severity", &self.kind.severity())?;
        map.serialize_entry("subject", &self.subject)?;
        map.serialize_entry("since", &text::date(self.since))?;
        map.serialize_entry("until", &self.until.map(text::date))?;
        map.serialize_entry("failures", &self.failures)?;
        map.serialize_entry("trips", &self.trips)?;
        map.serialize_entry("calls_moved", &self.moved)?;
        map.serialize_entry("calls_stayed", &self.stayed)?;
        map.serialize_entry("share_moved", &self.share_moved())?;
        map.serialize_entry("next_probe", &self.next_probe.map(text::date))?;
        map.serialize_entry("call_ids", &CallIds(&self.call_ids))?;
        map.serialize_entry("figure", &self.figure)?;
        map.end()
    }
}

struct CallIds<'a>(&'a [Arc<str>]);

impl Serialize for CallIds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|id| &**id))
    }
}

/// Counts failures by kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failures(Vec<(ErrorKind, u64)>);

impl Failures {
    /// Counts one more.
    pub(super) fn add(&mut self, kind: ErrorKind) {
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.0.push((kind, 1)),
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the counts, the highest first.
    pub fn by_count(&self) -> Vec<(ErrorKind, u64)> {
        let mut counts = self.0.clone();
        counts.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.as_str().cmp(other.as_str())));
        counts
    }

    /// Counts all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

impl Serialize for Failures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.by_count())
    }
}
