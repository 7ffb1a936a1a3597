//! What a call cost.

use outlast_types::Money;
use serde::Serialize;

use crate::{
    Conditions, Consumption, LengthTier, Model, PriceRow, Rates, Spread, TokenKind, Unpriced,
};

/// What a call cost, to the pico-dollar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// All of it.
    pub total: Money,
    /// What it is made of.
    pub lines: Vec<CostLine>,
}

/// Tokens of one kind at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostLine {
    /// The kind.
    pub kind: TokenKind,
    /// How many.
    pub tokens: u64,
    /// What one of them costs.
    pub rate: Money,
    /// What they cost together.
    pub amount: Money,
}

impl Model {
    /// Returns what a call cost that used so many tokens under the conditions.
    ///
    /// What is charged by other than tokens (searches, the keeping of a cache by the hour, running code) is not in it.
    pub fn cost(
        &self,
        consumption: &Consumption,
        conditions: &Conditions,
    ) -> Result<Cost, Unpriced> {
        let row = self.price(conditions).ok_or_else(|| Unpriced::NoPrice {
            model: self.id().to_owned(),
            service_tier: conditions.tier_name().to_owned(),
            at: conditions.at,
        })?;
        Ok(row.cost(consumption))
    }
}

impl PriceRow {
    /// Returns what so many tokens cost at this price.
    pub fn cost(&self, consumption: &Consumption) -> Cost {
        match self.spread {
            Spread::WholeRequest => self.cost_of_whole(consumption),
            Spread::Marginal => self.cost_by_position(consumption),
        }
    }

    fn cost_of_whole(&self, consumption: &Consumption) -> Cost {
        let rates = self.rates_for(consumption.usage.total_input());
        let mut cost = Cost::default();
        for (kind, tokens) in consumption.by_kind() {
            cost.add(kind, tokens, rates);
        }
        cost
    }

    fn cost_by_position(&self, consumption: &Consumption) -> Cost {
        let last = self.rates_for(consumption.usage.total_input());
        let mut cost = Cost::default();
        let mut position = 0_u64;
        for (kind, tokens) in consumption.by_kind() {
            if !kind.is_input() {
                cost.add(kind, tokens, last);
                continue;
            }
            let end = position.saturating_add(tokens);
            for (from, to, rates) in self.bands() {
                let within = end.min(to).saturating_sub(position.max(from));
                cost.add(kind, within, rates);
            }
            position = end;
        }
        cost
    }

    /// The stretches of a prompt that cost the same, each from its first token to the one after its last.
    fn bands(&self) -> impl Iterator<Item = (u64, u64, &Rates)> {
        let above = |tier: &LengthTier| tier.above;
        let starts = std::iter::once((0, &self.rates))
            .chain(self.tiers.iter().map(|tier| (tier.above, &tier.rates)));
        let ends = self.tiers.iter().map(above).chain([u64::MAX]);
        starts
            .zip(ends)
            .map(|((from, rates), to)| (from, to, rates))
    }
}

impl Cost {
    fn add(&mut self, kind: TokenKind, tokens: u64, rates: &Rates) {
        if tokens == 0 {
            return;
        }
        let rate = rates.of(kind);
        let amount = rate.times(tokens);
        self.total += amount;
        self.lines.push(CostLine {
            kind,
            tokens,
            rate,
            amount,
        });
    }
}
