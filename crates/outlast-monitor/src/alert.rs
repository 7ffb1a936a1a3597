//! What people are told.

use std::time::SystemTime;

use serde::Serialize;

use crate::text;
use crate::{Incident, Severity};

/// The most characters of a line in an alert.
const MAX_LINE: usize = 200;

/// A message to people about an incident: that it began, or that it is over.
///
/// It holds counts, names and ids, and neither a conversation nor a key. What it says in words has no character that is
/// not printable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Alert {
    /// What it says of the incident.
    pub phase: AlertPhase,
    /// The incident as it was then.
    pub incident: Incident,
    /// When it was written.
    #[serde(serialize_with = "as_date")]
    pub at: SystemTime,
}

/// What an alert says of its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertPhase {
    /// It has begun.
    Opened,
    /// It is over.
    Resolved,
}

impl AlertPhase {
    /// Returns the phase in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Resolved => "resolved",
        }
    }
}

impl Alert {
    /// Says that `incident` has begun.
    pub fn opened(incident: Incident, at: SystemTime) -> Self {
        Self {
            phase: AlertPhase::Opened,
            incident,
            at,
        }
    }

    /// Says that `incident` is over.
    pub fn resolved(incident: Incident, at: SystemTime) -> Self {
        Self {
            phase: AlertPhase::Resolved,
            incident,
            at,
        }
    }

    /// Returns what no other alert has: the incident's id and the phase.
    pub fn key(&self) -> String {
        format!("{}.{}", self.incident.id, self.phase.as_str())
    }

    /// Says in one line what it is about, in 200 characters at most.
    pub fn title(&self) -> String {
        let Incident { kind, subject, .. } = &self.incident;
        let mark = match (self.phase, kind.severity()) {
            (AlertPhase::Resolved, _) => "resolved: ",
            (AlertPhase::Opened, Severity::Page) => "",
            (AlertPhase::Opened, Severity::Ticket) => "warning: ",
        };
        let title = format!("{mark}{subject} {}", kind.describe());
        text::printable(&title, MAX_LINE)
    }

    /// Says what is known, as names and values; each 200 characters at most.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let incident = &self.incident;
        let mut facts = vec![
            ("incident", incident.id.to_string()),
            ("kind", incident.kind.to_string()),
            ("since", text::date(incident.since)),
        ];
        match self.phase {
            AlertPhase::Opened => {}
            AlertPhase::Resolved => {
                facts.push(("lasted", text::duration(incident.lasted(self.at))));
            }
        }
        if incident.failures.total() > 0 {
            facts.push(("failures", self.failures()));
        }
        if incident.trips > 1 {
            facts.push(("trips", incident.trips.to_string()));
        }
        if let Some(share) = incident.share_moved() {
            let percent = (share * 100.0).round();
            facts.push(("calls served elsewhere", format!("{percent} %")));
        }
        if let Some(figure) = incident.figure {
            facts.push(("figure", format!("{figure:.3}")));
        }
        if let Some(at) = incident.next_probe {
            facts.push(("next probe", text::date(at)));
        }
        if !incident.call_ids.is_empty() {
            let ids: Vec<&str> = incident.call_ids.iter().map(|id| &**id).collect();
            facts.push(("ids at the provider", ids.join(", ")));
        }
        for (_, value) in &mut facts {
            *value = text::printable(value, MAX_LINE);
        }
        facts
    }

    fn failures(&self) -> String {
        let counts = self.incident.failures.by_count();
        let shown = counts.iter().map(|(kind, count)| format!("{count} {kind}"));
        shown.collect::<Vec<_>>().join(", ")
    }
}

fn as_date<S: serde::Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text::date(*at))
}
