//! Which names lead where.

use std::collections::BTreeMap;

use outlast_providers::Target;

use crate::{Policy, Routing};

/// The name of the route of a request that names none.
pub(crate) const DEFAULT: &str = "default";

/// A list of targets, with how they are chosen among and how hard they are tried.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) targets: Vec<Target>,
    pub(crate) policy: Policy,
    pub(crate) routing: Routing,
}

impl Plan {
    /// Makes a plan for one target alone.
    fn alone(target: &Target, policy: &Policy) -> Self {
        Self {
            targets: vec![target.clone()],
            policy: policy.clone(),
            routing: Routing::default(),
        }
    }

    /// Iterates over the targets that are asked after failures of some kinds.
    pub(crate) fn detoured(&self) -> impl Iterator<Item = &Target> {
        self.routing.detours.iter().flat_map(|(_, targets)| targets)
    }

    /// Returns it without these targets.
    pub(crate) fn without_detours(mut self) -> Self {
        self.routing.detours.clear();
        self
    }
}

/// Adds to the routes the names that lead to their targets:
///
/// - `account/model` leads to that target alone;
/// - `model` leads to what `of_model` makes of the first route that has a target with that model.
///
/// A route's own name goes before both.
pub(crate) fn with_target_names(
    routes: &[(String, Plan)],
    of_model: fn(&Plan, &str) -> Plan,
) -> BTreeMap<String, Plan> {
    let mut names: BTreeMap<String, Plan> = routes.iter().cloned().collect();
    for (_, plan) in routes {
        for target in &plan.targets {
            let id = target.id();
            names
                .entry(id.model().to_owned())
                .or_insert_with(|| of_model(plan, id.model()));
        }
        for target in plan.targets.iter().chain(plan.detoured()) {
            names
                .entry(target.id().to_string())
                .or_insert_with(|| Plan::alone(target, &plan.policy));
        }
    }
    names
}

/// Returns `plan` with the targets that have `model` in front.
pub(crate) fn led_by(plan: &Plan, model: &str) -> Plan {
    let mut plan = plan.clone();
    let has_model = |target: &Target| target.id().model() == model;
    // The sort is stable: otherwise the order stays.
    plan.targets.sort_by_key(|target| !has_model(target));
    plan.routing.leading = plan.targets.iter().filter(|it| has_model(it)).count();
    plan
}

/// Returns `plan` with none but the targets that have `model`.
pub(crate) fn only(plan: &Plan, model: &str) -> Plan {
    let mut plan = plan.clone();
    plan.targets.retain(|target| target.id().model() == model);
    plan.routing.leading = 0;
    plan
}
