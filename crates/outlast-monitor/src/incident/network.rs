use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Tells an outage of our own network from one of the providers: everything cannot be reached at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    /// What fails together, and when it could not be reached last; `None` once it could.
    domains: BTreeMap<Arc<str>, Option<Instant>>,
}

impl Network {
    pub(super) fn add(&mut self, domain: &Arc<str>) {
        self.domains.entry(Arc::clone(domain)).or_default();
    }

    /// Tells whether there are domains enough to tell the two apart.
    pub(super) fn can_tell(&self) -> bool {
        self.domains.len() > 1
    }

    pub(super) fn unreached(&mut self, domain: &Arc<str>, now: Instant) {
        self.domains.insert(Arc::clone(domain), Some(now));
    }

    pub(super) fn reached(&mut self, domain: &str) {
        if let Some(unreached) = self.domains.get_mut(domain) {
            *unreached = None;
        }
    }

    /// Tells whether nothing at all could be reached within the last `window`.
    pub(super) fn is_down(&self, now: Instant, window: Duration) -> bool {
        let is_fresh = |at: Instant| now.saturating_duration_since(at) <= window;
        self.can_tell() && self.domains.values().all(|at| at.is_some_and(is_fresh))
    }
}
