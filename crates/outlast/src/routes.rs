//! Which names lead where.

use std::collections::BTreeMap;

use outlast_providers::Target;

use crate::Policy;

/// The name of the route of a request that names none.
pub(crate) const DEFAULT: &str = "default";

/// A list of targets that is asked in order, by a policy.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) targets: Vec<Target>,
    pub(crate) policy: Policy,
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
            names.entry(id.to_string()).or_insert_with(|| Plan {
                targets: vec![target.clone()],
                policy: plan.policy.clone(),
            });
        }
    }
    names
}

/// Returns `plan` with the targets that have `model` in front.
pub(crate) fn led_by(plan: &Plan, model: &str) -> Plan {
    let mut targets = plan.targets.clone();
    // The sort is stable: otherwise the order stays.
    targets.sort_by_key(|target| target.id().model() != model);
    Plan {
        targets,
        policy: plan.policy.clone(),
    }
}

/// Returns `plan` with none but the targets that have `model`.
pub(crate) fn only(plan: &Plan, model: &str) -> Plan {
    let mut plan = plan.clone();
    plan.targets.retain(|target| target.id().model() == model);
    plan
}
