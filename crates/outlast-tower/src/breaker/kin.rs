//! Targets that fail together: those of one host, or of one account.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use outlast_types::{ErrorKind, TargetId};

use super::Breaker;
use super::handle::{Settings, Shared};
use crate::Cause;

/// Within which time the trips of two targets are one event.
const TOGETHER: Duration = Duration::from_secs(60);

/// The targets that share a host, or an account: what takes two of them out probably concerns the others.
///
/// When two trip within 60 s, each other that is closed lets one call through at a time: if that succeeds it is closed
/// again, so that an outage of two models stays one of two models; if it fails, it is open. A provider's identity that
/// cannot be verified, and a key or an account that is refused, are asked about in the same way at the first trip.
///
/// # Clone
///
/// Clones are the same group. [`Breaker::with_kin`] adds a target to it.
#[derive(Clone, Default)]
pub struct Kin(Arc<Mutex<Group>>);

#[derive(Default)]
struct Group {
    members: Vec<Member>,
    trips: Trips,
}

/// What does not keep a breaker alive.
struct Member {
    settings: Weak<Settings>,
    shared: Weak<Shared>,
}

impl Member {
    fn breaker(&self) -> Option<Breaker> {
        Some(Breaker {
            settings: self.settings.upgrade()?,
            shared: self.shared.upgrade()?,
        })
    }
}

impl Kin {
    /// Makes an empty group.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn add(&self, breaker: &Breaker) {
        self.locked(|group| {
            group
                .members
                .retain(|member| member.shared.strong_count() > 0);
            group.members.push(Member {
                settings: Arc::downgrade(&breaker.settings),
                shared: Arc::downgrade(&breaker.shared),
            });
        });
    }

    /// Notes that a target of the group has tripped, and returns those that are to be looked at.
    pub(super) fn tripped(&self, target: &TargetId, cause: Cause, now: Instant) -> Vec<Breaker> {
        self.locked(|group| {
            if !group.trips.note(target, is_about_all(cause), now) {
                return Vec::new();
            }
            let members = group.members.iter().filter_map(Member::breaker);
            members.filter(|member| member.target() != target).collect()
        })
    }

    fn locked<T>(&self, change: impl FnOnce(&mut Group) -> T) -> T {
        // A panic elsewhere cannot leave a half-made change behind.
        let mut group = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut group)
    }
}

impl fmt::Debug for Kin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.locked(|group| group.members.len());
        f.debug_struct("Kin").field("members", &members).finish()
    }
}

/// Tells whether one trip is enough: what was refused is not the model's.
fn is_about_all(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Refused(ErrorKind::Tls | ErrorKind::Unauthenticated | ErrorKind::QuotaExhausted)
    )
}

/// The last trip of a group, pure.
#[derive(Debug, Default)]
struct Trips {
    last: Option<(TargetId, Instant)>,
    /// When the others were looked at last.
    looked: Option<Instant>,
}

impl Trips {
    /// Notes a trip, and tells whether the others are to be looked at: at most once within the time that is one event.
    fn note(&mut self, target: &TargetId, is_about_all: bool, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) <= TOGETHER;
        let last = self.last.replace((target.clone(), now));
        let is_second = last.is_some_and(|(other, at)| other != *target && is_recent(at));
        let is_due = (is_second || is_about_all) && !self.looked.is_some_and(is_recent);
        if is_due {
            self.looked = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn two_targets_within_a_minute_are_one_event_and_it_is_looked_at_once() {
        let start = tokio::time::Instant::now().into_std();
        let [a, b, c] = ["m1", "m2", "m3"].map(|model| TargetId::new("acme", model));
        let mut trips = Trips::default();
        assert!(!trips.note(&a, false, start));
        assert!(!trips.note(&a, false, start + 10 * SECOND));
        assert!(trips.note(&b, false, start + 70 * SECOND));
        assert!(!trips.note(&c, false, start + 80 * SECOND));
        assert!(!trips.note(&b, false, start + 200 * SECOND));
        assert!(trips.note(&c, true, start + 500 * SECOND));
    }
}
