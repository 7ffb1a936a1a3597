//! What tokens cost.

use outlast::Money;
use serde::Deserialize;

/// A price per token, written as US dollars per million tokens: `{ input = "3", output = "15" }`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For a token that is read.
    #[serde(default)]
    input: PerMillion,
    /// For a token that is written.
    #[serde(default)]
    output: PerMillion,
}

/// Whole millionths of a dollar per million tokens, which are pico-dollars per token.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
struct PerMillion(u64);

/// A price has at most this many digits after the point.
const DECIMALS: usize = 6;

impl TryFrom<String> for PerMillion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{part:0<DECIMALS$}");
        let fits = part.len() <= DECIMALS && !whole.is_empty();
        let number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let price = digits.parse().ok().filter(|_| fits && number);
        price.map(Self).ok_or_else(|| {
            format!(
                "`{text}` is no price: write dollars per million tokens, such as \"15\" or \"0.42\""
            )
        })
    }
}

impl Price {
    /// Returns what so many tokens cost.
    pub fn of(self, input: u64, output: u64) -> Money {
        let part = |PerMillion(price): PerMillion, tokens| {
            Money::from_pico_usd(price.into()).times(tokens)
        };
        part(self.input, input) + part(self.output, output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_to_the_last_digit() {
        let read = |text: &str| PerMillion::try_from(text.to_owned()).map(|price| price.0);
        assert_eq!(read("0.42"), Ok(420_000));
        assert_eq!(read("15"), Ok(15_000_000));
        for wrong in ["", ".5", "1.2345678", "-1", "1e3", "1.-2"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
