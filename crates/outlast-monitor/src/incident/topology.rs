use std::collections::BTreeSet;
use std::sync::Arc;

use outlast_types::TargetId;

/// The most targets that are watched.
pub(super) const MAX_TARGETS: usize = 4096;

/// Which targets there are, which of them fail together, and which routes ask them.
///
/// # Examples
///
/// ```
/// use outlast_monitor::Topology;
/// use outlast_types::TargetId;
///
/// let (one, other) = (TargetId::new("acme", "large"), TargetId::new("rack", "small"));
/// let topology = Topology::default()
///     .with_target(one.clone(), "api.acme.example")
///     .with_target(other.clone(), "10.0.0.7")
///     .with_route("default", [one, other]);
/// assert_eq!(topology.targets().count(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Topology {
    targets: Vec<(TargetId, Arc<str>)>,
    routes: Vec<(Arc<str>, Vec<TargetId>)>,
}

impl Topology {
    /// Adds a target. `domain` names what it fails together with, such as its host; 4,096 targets at most.
    pub fn with_target(mut self, target: TargetId, domain: impl Into<Arc<str>>) -> Self {
        if self.targets.len() < MAX_TARGETS && self.domain(&target).is_none() {
            self.targets.push((target, domain.into()));
        }
        self
    }

    /// Adds a route, with the targets that serve it.
    pub fn with_route(
        mut self,
        name: impl Into<Arc<str>>,
        targets: impl IntoIterator<Item = TargetId>,
    ) -> Self {
        self.routes
            .push((name.into(), targets.into_iter().collect()));
        self
    }

    /// Returns the targets.
    pub fn targets(&self) -> impl Iterator<Item = &TargetId> {
        self.targets.iter().map(|(target, _)| target)
    }

    pub(super) fn with_domains(&self) -> impl Iterator<Item = &(TargetId, Arc<str>)> {
        self.targets.iter()
    }

    fn domain(&self, target: &TargetId) -> Option<&Arc<str>> {
        let known = self.targets.iter().find(|(id, _)| id == target);
        known.map(|(_, domain)| domain)
    }

    /// Groups the routes with two targets or more by their targets: what befalls one befalls all of its group.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<(BTreeSet<TargetId>, Vec<&str>)> = Vec::new();
        for (name, targets) in &self.routes {
            let set: BTreeSet<_> = targets.iter().cloned().collect();
            match groups.iter_mut().find(|(known, _)| *known == set) {
                Some((_, names)) => names.push(name),
                None if set.len() > 1 => groups.push((set, vec![name])),
                None => {}
            }
        }
        let group = |(targets, names): (_, Vec<&str>)| Group {
            names: names.join(", ").into(),
            targets,
        };
        groups.into_iter().map(group).collect()
    }
}

/// Routes with the same targets.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) names: Arc<str>,
    pub(super) targets: BTreeSet<TargetId>,
}
