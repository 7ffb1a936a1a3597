//! Which targets fail together.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use outlast_providers::Target;
use outlast_tower::breaker::Kin;

use crate::watching::domain;

/// The groups of all targets of a client: one for each host, and one for each account.
#[derive(Clone, Default)]
pub(crate) struct Kindred(Arc<Mutex<BTreeMap<String, Kin>>>);

impl Kindred {
    /// Returns the groups of `target`.
    pub(crate) fn of(&self, target: &Target) -> [Kin; 2] {
        let host = format!("host {}", domain(target));
        let account = format!("account {}", target.id().account());
        // A panic elsewhere leaves a whole map behind.
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        [host, account].map(|name| groups.entry(name).or_default().clone())
    }
}

impl fmt::Debug for Kindred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kindred")
    }
}
