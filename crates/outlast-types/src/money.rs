//! Exact money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::Serialize;

/// An amount of US dollars in pico-dollars (10⁻¹² USD), exact.
///
/// Published prices per token are fractions of a nano-dollar, so a float or even a nano-dollar would round. The range
/// is ±170 000 000 000 000 000 000 000 000 USD; arithmetic saturates.
///
/// ```
/// use outlast_types::Money;
///
/// // 1 000 tokens at $0.42 a million.
/// let price = Money::from_pico_usd(420_000).times(1_000);
/// assert_eq!(price.to_string(), "$0.00042");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Money(i128);

const PICO_PER_USD: i128 = 1_000_000_000_000;

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Makes an amount of pico-dollars.
    pub const fn from_pico_usd(pico: i128) -> Self {
        Self(pico)
    }

    /// Makes an amount of whole dollars.
    pub const fn from_usd(usd: i64) -> Self {
        Self((usd as i128).saturating_mul(PICO_PER_USD))
    }

    /// Returns the amount in pico-dollars.
    pub const fn pico_usd(self) -> i128 {
        self.0
    }

    /// Multiplies a price by a number of units.
    pub const fn times(self, units: u64) -> Self {
        Self(self.0.saturating_mul(units as i128))
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// Writes all digits that count and at least two after the point, such as `$0.00042` or `$534.20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let pico = self.0.unsigned_abs();
        let unit = PICO_PER_USD.unsigned_abs();
        let fraction = format!("{:012}", pico % unit);
        let (cents, rest) = fraction.split_at(2);
        write!(
            f,
            "{sign}${}.{cents}{}",
            pico / unit,
            rest.trim_end_matches('0')
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_every_digit_that_counts() {
        let check = |pico, text| assert_eq!(Money::from_pico_usd(pico).to_string(), text);
        check(0, "$0.00");
        check(1, "$0.000000000001");
        check(534_200_000_000_000, "$534.20");
        check(-1_500_000_000_000, "-$1.50");
    }

    #[test]
    fn sums_saturate_instead_of_wrapping() {
        let most = Money::from_pico_usd(i128::MAX);
        assert_eq!(most + Money::from_usd(1), most);
        assert_eq!(most.times(2), most);
    }
}
