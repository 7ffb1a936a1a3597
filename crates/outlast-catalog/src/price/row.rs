//! One price of a model.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Conditions, Hours, Rates};

/// A price and the conditions under which it holds: all of them must be met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriceRow {
    /// The first moment; `None` is since ever.
    pub from: Option<Timestamp>,
    /// The first moment at which it does not hold any more.
    pub until: Option<Timestamp>,
    /// The hours in UTC; empty is always.
    pub hours: Vec<Hours>,
    /// The service tier, `standard` unless said otherwise.
    pub service_tier: String,
    /// The region; `None` is all that have no price of their own.
    pub region: Option<String>,
    /// What tokens cost while the prompt is short.
    pub rates: Rates,
    /// What they cost when it is longer, from the shortest on.
    pub tiers: Vec<LengthTier>,
    /// Which tokens a tier is for.
    pub spread: Spread,
}

/// What tokens cost once a prompt is long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LengthTier {
    /// The most tokens of input, cached ones included, that are still cheaper.
    pub above: u64,
    /// What they cost.
    pub rates: Rates,
}

/// Which tokens of a long prompt cost more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Spread {
    /// All of the request, its output too: Anthropic, Google and OpenAI count so.
    #[default]
    WholeRequest,
    /// Only those of the input that lie beyond the limit, where cached tokens come first in the prompt. The output costs
    /// what the last token of input does.
    Marginal,
}

impl PriceRow {
    /// Tells whether all its conditions are met.
    pub fn holds(&self, conditions: &Conditions) -> bool {
        let at = conditions.at;
        self.from.is_none_or(|from| from <= at)
            && self.until.is_none_or(|until| at < until)
            && (self.hours.is_empty() || self.hours.iter().any(|hours| hours.cover(at)))
            && self.service_tier == conditions.tier_name()
            && (self.region.is_none() || self.region == conditions.region)
    }

    /// Returns what tokens cost of a prompt of so many tokens, if the tier is for the whole request.
    pub fn rates_for(&self, total_input: u64) -> &Rates {
        let longer = self.tiers.iter().rev();
        let mut reached = longer.filter(|tier| total_input > tier.above);
        reached.next().map_or(&self.rates, |tier| &tier.rates)
    }

    /// Of the rows that hold, the one with the highest rank is meant.
    pub(crate) fn rank(&self) -> (bool, Option<Timestamp>, bool) {
        (self.region.is_some(), self.from, !self.hours.is_empty())
    }
}
