//! The sections `[route.NAME]`: what callers write as `model`.

use std::collections::BTreeMap;

use outlast_types::TargetId;

use super::policy::{PolicyScope, read_policy};
use super::routing::{RoutingConfig, read_routing};
use super::section::{Section, Value};
use super::source::{Report, Span};
use super::suggest::hint;
use crate::Policy;

/// A route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteConfig {
    /// Its name.
    pub name: String,
    /// Its targets in order, those of its fallback route last; none stands twice.
    pub targets: Vec<TargetId>,
    /// How many of the targets are its own; the others are those of its fallback route.
    pub own: usize,
    /// How it chooses among its targets.
    pub routing: RoutingConfig,
    /// Its policy: that of `[policy]` with what the route changes.
    pub policy: Policy,
}

/// A route as the file has it.
pub(super) struct RawRoute {
    name: String,
    targets: Vec<TargetId>,
    fallback: Option<(String, Span)>,
    routing: RoutingConfig,
    policy: Policy,
}

impl RawRoute {
    /// Reads one route; `accounts` are the names of the accounts there are.
    pub(super) fn read(
        name: &str,
        mut section: Section<'_>,
        accounts: &[&str],
        defaults: &Policy,
        report: &mut Report<'_>,
    ) -> Self {
        if name.is_empty() || name.contains('/') {
            let message = "a route's name must not be empty or contain `/`, which tells a target from a route";
            report.add(section.span(), message);
        }
        let targets = read_targets(&mut section, accounts, report);
        let routing = read_routing(&mut section, &targets, accounts, report);
        let fallback = section
            .text("fallback", report)
            .map(|route| ((*route.get_ref()).to_owned(), route.span()));
        let policy = match section.section("policy", report) {
            Some(policy) => read_policy(policy, defaults, PolicyScope::Route, report),
            None => defaults.clone(),
        };
        section.finish(report);
        Self {
            name: name.to_owned(),
            targets,
            fallback,
            routing,
            policy,
        }
    }
}

fn read_targets(
    section: &mut Section<'_>,
    accounts: &[&str],
    report: &mut Report<'_>,
) -> Vec<TargetId> {
    let span = section.span_of("targets");
    let is_there = section.has("targets");
    let list = section.list("targets", report);
    if !is_there || list.is_some_and(<[_]>::is_empty) {
        report.add(
            span,
            "a route needs at least one target: `targets = [\"account/model\"]`",
        );
    }
    let mut targets = Vec::new();
    for value in list.unwrap_or_default() {
        let Some(target) = read_target(value, accounts, report) else {
            continue;
        };
        if targets.contains(&target) {
            let message = format!("the target `{target}` stands twice in this route: remove one");
            report.add(value.span(), message);
            continue;
        }
        targets.push(target);
    }
    targets
}

/// Reads the name of a target of one of the `accounts`.
pub(super) fn read_target(
    value: &Value<'_>,
    accounts: &[&str],
    report: &mut Report<'_>,
) -> Option<TargetId> {
    let text = value.get_ref().as_str();
    let Some(target) = text.and_then(TargetId::parse) else {
        let message = "a target must be written \"account/model\", in quotes";
        report.add(value.span(), message);
        return None;
    };
    if !accounts.contains(&target.account()) {
        let account = target.account();
        let hint = hint(account, accounts.iter().copied());
        report.add(
            value.span(),
            format!("there is no account `{account}`: {hint}"),
        );
    }
    Some(target)
}

/// Follows the fallbacks of all routes to their ends.
pub(super) fn resolve(raw: &[RawRoute], report: &mut Report<'_>) -> Vec<RouteConfig> {
    let by_name: BTreeMap<&str, &RawRoute> = raw
        .iter()
        .map(|route| (route.name.as_str(), route))
        .collect();
    raw.iter()
        .map(|route| RouteConfig {
            name: route.name.clone(),
            targets: all_targets(route, &by_name, report),
            own: route.targets.len(),
            routing: route.routing.clone(),
            policy: route.policy.clone(),
        })
        .collect()
}

/// Collects a route's targets and those of its fallbacks, each once.
fn all_targets(
    route: &RawRoute,
    by_name: &BTreeMap<&str, &RawRoute>,
    report: &mut Report<'_>,
) -> Vec<TargetId> {
    let mut path = vec![route.name.as_str()];
    let mut targets = route.targets.clone();
    let mut at = route;
    while let Some((name, span)) = &at.fallback {
        let Some(next) = by_name.get(name.as_str()) else {
            // Said once, by the route in which it stands.
            if path.len() == 1 {
                let hint = hint(name, by_name.keys().copied());
                report.add(span.clone(), format!("there is no route `{name}`: {hint}"));
            }
            break;
        };
        if let Some(start) = path.iter().position(|seen| seen == name) {
            // Each route of a circle finds it; only one of them says so.
            if start == 0 && path.iter().min() == path.first() {
                report.add(span.clone(), circle(&path));
            }
            break;
        }
        path.push(name);
        for target in &next.targets {
            if !targets.contains(target) {
                targets.push(target.clone());
            }
        }
        at = next;
    }
    targets
}

fn circle(path: &[&str]) -> String {
    let [first, rest @ ..] = path else {
        return String::new();
    };
    if rest.is_empty() {
        return format!("the route `{first}` falls back to itself: remove `fallback`");
    }
    let way: Vec<_> = path
        .iter()
        .chain([first])
        .map(|name| format!("`{name}`"))
        .collect();
    format!(
        "the fallbacks go in a circle, {}: remove one of them",
        way.join(" to ")
    )
}
