//! What a target's tokens cost.

use crate::{Money, TargetId};

/// What a token costs.
///
/// # Examples
///
/// ```
/// use outlast_types::{Money, Price};
///
/// let price = Price::per_million(Money::from_usd(3), Money::from_usd(15));
/// assert_eq!(price.cost(2_000, 100).to_string(), "$0.0075");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// One token of input.
    pub input: Money,
    /// One token of output.
    pub output: Money,
}

impl Price {
    /// Makes a price of what a million tokens of input and of output cost, as vendors publish it. What is less than a
    /// pico-dollar a token is dropped.
    pub const fn per_million(input: Money, output: Money) -> Self {
        Self {
            input: Money::from_pico_usd(input.pico_usd() / 1_000_000),
            output: Money::from_pico_usd(output.pico_usd() / 1_000_000),
        }
    }

    /// Returns what so many tokens cost.
    pub fn cost(self, input_tokens: u64, output_tokens: u64) -> Money {
        self.input.times(input_tokens) + self.output.times(output_tokens)
    }
}

/// Knows what targets cost. Closures are price lists.
pub trait PriceList: Send + Sync + 'static {
    /// Returns the price of `target`'s tokens, if it is known.
    fn price(&self, target: &TargetId) -> Option<Price>;
}

impl<F> PriceList for F
where
    F: Fn(&TargetId) -> Option<Price> + Send + Sync + 'static,
{
    fn price(&self, target: &TargetId) -> Option<Price> {
        self(target)
    }
}
