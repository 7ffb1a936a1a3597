//! The sections `[target."account/model"]`: what is known of a target.

use outlast_tower::AllowanceConfig;
use outlast_types::{Money, Need, Price, TargetId};

use super::section::Section;
use super::source::Report;
use super::suggest::hint;
use crate::TargetFacts;

/// What is known of a target.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TargetConfig {
    /// Its name.
    pub id: TargetId,
    /// What a choice between it and others goes by.
    pub facts: TargetFacts,
}

/// What a target can be said to lack; whether a prompt fits is told by `context_tokens`.
const LACKS: [Need; 7] = [
    Need::Tools,
    Need::Images,
    Need::Documents,
    Need::Audio,
    Need::Schema,
    Need::Prefill,
    Need::Reasoning,
];

impl TargetConfig {
    /// Reads one target; `accounts` are the names of the accounts there are.
    pub(super) fn read(
        name: &str,
        mut section: Section<'_>,
        accounts: &[&str],
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let id = TargetId::parse(name);
        match &id {
            None => report.add(
                section.span(),
                "a target must be written \"account/model\", in quotes",
            ),
            Some(id) if !accounts.contains(&id.account()) => {
                let hint = hint(id.account(), accounts.iter().copied());
                let message = format!("there is no account `{}`: {hint}", id.account());
                report.add(section.span(), message);
            }
            Some(_) => {}
        }
        let price = section.section("price", report);
        let vendor = section.text("vendor", report);
        let facts = TargetFacts {
            price: price.and_then(|price| read_price(price, report)),
            context_tokens: section.number("context_tokens", (1, 1_000_000_000), report),
            vendor: vendor.map(|vendor| (*vendor.get_ref()).into()),
            lacks: read_lacks(&mut section, report).into_iter().collect(),
            allowance: read_allowance(&mut section, report),
        };
        section.finish(report);
        Some(Self { id: id?, facts })
    }
}

/// Reads what the account allows.
fn read_allowance(section: &mut Section<'_>, report: &mut Report<'_>) -> AllowanceConfig {
    let mut read = |name| section.number(name, (1, 1_000_000_000_000), report);
    let mut allowance = AllowanceConfig::default();
    allowance.requests_per_minute = read("rpm");
    allowance.tokens_per_minute = read("tpm");
    allowance
}

/// Reads a price in US dollars per million tokens.
fn read_price(mut section: Section<'_>, report: &mut Report<'_>) -> Option<Price> {
    let mut read = |name| {
        if !section.has(name) {
            let message = "a price needs both: `price = { input = 3.00, output = 15.00 }`, in US dollars per million tokens";
            report.add(section.span(), message);
            return None;
        }
        section.dollars(name, report)
    };
    let price: (Option<Money>, Option<Money>) = (read("input"), read("output"));
    section.finish(report);
    Some(Price::per_million(price.0?, price.1?))
}

fn read_lacks(section: &mut Section<'_>, report: &mut Report<'_>) -> Vec<Need> {
    let list = section.list("cannot", report).unwrap_or_default();
    let mut needs = Vec::new();
    for value in list {
        let name = value.get_ref().as_str().unwrap_or_default();
        match LACKS.into_iter().find(|need| need.as_str() == name) {
            Some(need) => needs.push(need),
            None => {
                let hint = hint(name, LACKS.map(Need::as_str));
                let name = name.escape_debug();
                let message = format!("a target cannot be said to lack \"{name}\": {hint}");
                report.add(value.span(), message);
            }
        }
    }
    needs
}
