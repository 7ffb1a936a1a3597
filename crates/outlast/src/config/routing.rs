//! How a route chooses: `strategy`, `sticky`, `weights` and `[route.NAME.on]`.

use outlast_tower::{Sticky, Strategy};
use outlast_types::{ErrorKind, TargetId};

use super::route::read_target;
use super::section::Section;
use super::source::Report;
use super::suggest::hint;

/// How a route chooses among its targets.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RoutingConfig {
    /// How the targets are put in order.
    pub strategy: Strategy,
    /// What calls have in common that go to the same target.
    pub sticky: Sticky,
    /// The shares of targets; 1 for those that are not named.
    pub weights: Vec<(TargetId, u32)>,
    /// Who is asked next after failures of a kind.
    pub on: Vec<(ErrorKind, Vec<TargetId>)>,
}

/// The failures that can have a list of their own: those in which another target may do better.
const KINDS: [ErrorKind; 13] = [
    ErrorKind::ContextTooLong,
    ErrorKind::ContentPolicy,
    ErrorKind::RateLimited,
    ErrorKind::QuotaExhausted,
    ErrorKind::Overloaded,
    ErrorKind::Server,
    ErrorKind::FirstTokenTimeout,
    ErrorKind::IdleTimeout,
    ErrorKind::RequestTooLarge,
    ErrorKind::ModelNotFound,
    ErrorKind::Unsupported,
    ErrorKind::EmptyReply,
    ErrorKind::Malformed,
];

/// Reads how the route that has `targets` chooses among them.
pub(super) fn read_routing(
    section: &mut Section<'_>,
    targets: &[TargetId],
    accounts: &[&str],
    report: &mut Report<'_>,
) -> RoutingConfig {
    let strategies = Strategy::ALL.map(|strategy| (strategy.as_str(), strategy));
    let strategy = section.word("strategy", strategies, report);
    let strategy = strategy.unwrap_or_default();
    RoutingConfig {
        strategy,
        sticky: read_sticky(section, strategy, report),
        weights: read_weights(section, strategy, targets, report),
        on: read_on(section, accounts, report),
    }
}

fn read_sticky(section: &mut Section<'_>, strategy: Strategy, report: &mut Report<'_>) -> Sticky {
    let words = Sticky::ALL.map(|sticky| (sticky.as_str(), sticky));
    let sticky = section.word("sticky", words, report).unwrap_or_default();
    if sticky != Sticky::Off && !strategy.spreads() {
        let message = format!(
            "the strategy `{strategy}` sends like calls to the same target anyway: leave `sticky` out, or choose a strategy that spreads them, such as `weighted`"
        );
        report.add(section.span_of("sticky"), message);
    }
    sticky
}

fn read_weights(
    section: &mut Section<'_>,
    strategy: Strategy,
    targets: &[TargetId],
    report: &mut Report<'_>,
) -> Vec<(TargetId, u32)> {
    let span = section.span_of("weights");
    let Some(table) = section.section("weights", report) else {
        return Vec::new();
    };
    if strategy != Strategy::Weighted {
        let message = "`weights` are shares of the strategy `weighted`: add `strategy = \"weighted\"`, or leave them out";
        report.add(span, message);
    }
    let mut weights = Vec::new();
    for (name, span, value) in table.entries() {
        let Some(target) = targets.iter().find(|target| target.to_string() == name) else {
            let names: Vec<_> = targets.iter().map(TargetId::to_string).collect();
            let hint = hint(name, names.iter().map(String::as_str));
            report.add(span, format!("`{name}` is no target of this route: {hint}"));
            continue;
        };
        let number = value.get_ref().as_integer();
        let number = number.and_then(|it| u32::from_str_radix(it.as_str(), it.radix()).ok());
        match number.filter(|weight| *weight <= 1_000_000) {
            Some(weight) => weights.push((target.clone(), weight)),
            None => report.add(
                value.span(),
                "a weight must be a whole number from 0 to 1000000",
            ),
        }
    }
    weights
}

fn read_on(
    section: &mut Section<'_>,
    accounts: &[&str],
    report: &mut Report<'_>,
) -> Vec<(ErrorKind, Vec<TargetId>)> {
    let Some(table) = section.section("on", report) else {
        return Vec::new();
    };
    let mut lists = Vec::new();
    for (name, span, value) in table.entries() {
        let Some(kind) = KINDS.into_iter().find(|kind| kind.as_str() == name) else {
            let hint = hint(name, KINDS.map(ErrorKind::as_str));
            report.add(
                span,
                format!("no list can be given for failures called `{name}`: {hint}"),
            );
            continue;
        };
        let list = value.get_ref().as_array().map(|list| &**list);
        let Some(list) = list.filter(|list| !list.is_empty()) else {
            let message = format!("`{name}` must be a list of targets: `[\"account/model\"]`");
            report.add(value.span(), message);
            continue;
        };
        let targets = list
            .iter()
            .filter_map(|value| read_target(value, accounts, report));
        lists.push((kind, targets.collect()));
    }
    lists
}
