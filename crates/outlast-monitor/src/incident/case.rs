use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use outlast_types::TargetId;

use super::{Incident, IncidentConfig, IncidentKind, Subject};
use crate::{Alert, Moment};

/// An open incident, and who has been told of it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) incident: Incident,
    /// Since when all has been well.
    pub(super) well_since: Option<Instant>,
    pub(super) telling: Telling,
}

/// Whether people are told of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// They will be at this moment, if it is not well by then.
    Due(Instant),
    /// They have been.
    Told,
    /// They are told of our own network instead.
    HeldByNetwork,
    /// They are told that the target flaps instead.
    HeldByFlapping,
    /// They need not be: it was well before anybody was told.
    Spared,
}

/// What became of the incidents.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// One has begun.
    Opened(Incident),
    /// People are to be told of one, or that one is over.
    Alert(Alert),
    /// One is over.
    Resolved(Incident),
}

impl Case {
    /// Notes that it is bad again, or still.
    pub(super) fn bad(&mut self, now: Instant) {
        self.well_since = None;
        if self.telling == Telling::Spared {
            self.telling = Telling::Due(now);
        }
    }

    /// Notes that all is well.
    pub(super) fn well(&mut self, now: Instant) {
        self.well_since.get_or_insert(now);
    }

    /// Counts a call that went elsewhere.
    pub(super) fn moved(&mut self) {
        self.incident.moved += u64::from(self.well_since.is_none());
    }

    /// Counts a call that was served all the same. Once all is well again, calls say nothing about the outage.
    pub(super) fn stayed(&mut self) {
        self.incident.stayed += u64::from(self.well_since.is_none());
    }

    /// Returns when something is to be done about it.
    fn next(&self, config: &IncidentConfig) -> Option<Instant> {
        let due = match self.telling {
            Telling::Due(at) => Some(at),
            _ => None,
        };
        let over = self.well_since.map(|since| since + config.well_after);
        due.into_iter().chain(over).min()
    }
}

/// All incidents: the open ones, and the last that are over.
#[derive(Clone, Debug)]
pub(super) struct Cases {
    open: Vec<Case>,
    past: VecDeque<Incident>,
    process: u32,
    count: u64,
    notices: Vec<Notice>,
}

impl Cases {
    pub(super) fn new(process: u32) -> Self {
        Self {
            open: Vec::new(),
            past: VecDeque::new(),
            process,
            count: 0,
            notices: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Case> {
        self.open.iter()
    }

    pub(super) fn open_mut(&mut self) -> impl Iterator<Item = &mut Case> {
        self.open.iter_mut()
    }

    pub(super) fn past(&self) -> impl DoubleEndedIterator<Item = &Incident> {
        self.past.iter()
    }

    pub(super) fn find(&mut self, kind: IncidentKind, subject: &Subject) -> Option<&mut Case> {
        self.open
            .iter_mut()
            .find(|case| case.incident.kind == kind && case.incident.subject == *subject)
    }

    /// Returns the incident of a target's breaker.
    pub(super) fn of_target(&mut self, target: &TargetId) -> Option<&mut Case> {
        self.open.iter_mut().find(|case| {
            case.incident.kind.is_of_target()
                && matches!(&case.incident.subject, Subject::Target(of) if of == target)
        })
    }

    /// Opens an incident; `fill` adds what is known of it.
    pub(super) fn begin(
        &mut self,
        now: Moment,
        kind: IncidentKind,
        subject: Subject,
        telling: Telling,
        fill: impl FnOnce(&mut Incident),
    ) {
        self.count += 1;
        let id: Arc<str> = format!("{:08x}-{}", self.process, self.count).into();
        let mut incident = Incident::new(id, kind, subject, now.wall);
        fill(&mut incident);
        self.notices.push(Notice::Opened(incident.clone()));
        self.open.push(Case {
            incident,
            well_since: None,
            telling,
        });
    }

    /// Tells what is due, and closes what has been well for long enough.
    pub(super) fn sweep(&mut self, config: &IncidentConfig, now: Moment) {
        for case in &mut self.open {
            match case.telling {
                Telling::Due(at) if at <= now.at && case.well_since.is_none() => {
                    case.telling = Telling::Told;
                    let alert = Alert::opened(case.incident.clone(), now.wall);
                    self.notices.push(Notice::Alert(alert));
                }
                Telling::Due(at) if at <= now.at => case.telling = Telling::Spared,
                _ => {}
            }
        }
        let is_over = |case: &mut Case| {
            case.well_since
                .is_some_and(|since| now.at.saturating_duration_since(since) >= config.well_after)
        };
        for case in self.open.extract_if(.., is_over) {
            let mut incident = case.incident;
            incident.until = Some(now.wall);
            incident.next_probe = None;
            self.notices.push(Notice::Resolved(incident.clone()));
            if case.telling == Telling::Told {
                let alert = Alert::resolved(incident.clone(), now.wall);
                self.notices.push(Notice::Alert(alert));
            }
            self.past.push_back(incident);
        }
        while self.past.len() > config.kept {
            self.past.pop_front();
        }
    }

    pub(super) fn next(&self, config: &IncidentConfig) -> Option<Instant> {
        self.open.iter().filter_map(|case| case.next(config)).min()
    }

    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }
}
