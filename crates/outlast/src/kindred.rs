//! Which targets fail together.

use std::collections::BTreeMap;

use outlast_providers::Target;
use outlast_tower::breaker::Kin;

use crate::watching::domain;

/// The groups of all targets that are asked one kind of question: one for each host, and one for each account.
#[derive(Default)]
pub(crate) struct Kindred(BTreeMap<String, Kin>);

impl Kindred {
    /// Returns the groups of `target`.
    pub(crate) fn of(&mut self, target: &Target) -> [Kin; 2] {
        let host = format!("host {}", domain(target));
        let account = format!("account {}", target.id().account());
        [host, account].map(|name| self.0.entry(name).or_default().clone())
    }
}
