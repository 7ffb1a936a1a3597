//! Prices of a token by its kind.

use outlast_types::{Money, Price};

use crate::TokenKind;

/// What one token of each kind costs. A kind without a price of its own costs what [`Rates::of`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// Input.
    pub input: Money,
    /// Output.
    pub output: Money,
    /// Input that the provider's cache had.
    pub cached_read: Option<Money>,
    /// Input that was written to the cache for 5 minutes, or for as long as the provider pleases.
    pub cached_write: Option<Money>,
    /// Input that was written to the cache for an hour.
    pub cached_write_1h: Option<Money>,
    /// Sound that is listened to.
    pub audio_input: Option<Money>,
    /// Pictures that are looked at.
    pub image_input: Option<Money>,
    /// Sound that is spoken.
    pub audio_output: Option<Money>,
    /// Reasoning.
    pub reasoning: Option<Money>,
}

impl Rates {
    /// Returns what a token of the kind costs: without a price of its own, what other input or output costs, since
    /// providers name a price only where it differs.
    pub fn of(&self, kind: TokenKind) -> Money {
        match kind {
            TokenKind::Input => self.input,
            TokenKind::CachedRead => self.cached_read.unwrap_or(self.input),
            TokenKind::CachedWrite => self.cached_write.unwrap_or(self.input),
            TokenKind::CachedWrite1h => {
                (self.cached_write_1h.or(self.cached_write)).unwrap_or(self.input)
            }
            TokenKind::AudioInput => self.audio_input.unwrap_or(self.input),
            TokenKind::ImageInput => self.image_input.unwrap_or(self.input),
            TokenKind::Output => self.output,
            TokenKind::AudioOutput => self.audio_output.unwrap_or(self.output),
            TokenKind::Reasoning => self.reasoning.unwrap_or(self.output),
        }
    }

    /// Takes `percent` of every price; `None` if that is not a whole number of pico-dollars.
    pub(crate) fn part(&self, percent: u8) -> Option<Self> {
        let part = |money: Money| {
            let hundredths = money.pico_usd().checked_mul(i128::from(percent))?;
            (hundredths % 100 == 0).then(|| Money::from_pico_usd(hundredths / 100))
        };
        let part_of =
            |money: Option<Money>| money.map_or(Some(None), |money| part(money).map(Some));
        Some(Self {
            input: part(self.input)?,
            output: part(self.output)?,
            cached_read: part_of(self.cached_read)?,
            cached_write: part_of(self.cached_write)?,
            cached_write_1h: part_of(self.cached_write_1h)?,
            audio_input: part_of(self.audio_input)?,
            image_input: part_of(self.image_input)?,
            audio_output: part_of(self.audio_output)?,
            reasoning: part_of(self.reasoning)?,
        })
    }
}

/// Leaves out all but input and output, as whoever compares targets does.
///
/// ```
/// use outlast_catalog::{Catalog, Conditions};
/// use outlast_types::Price;
///
/// let model = Catalog::builtin().get("gpt-4.1").unwrap();
/// let now = Conditions::at("2026-11-25T00:00:00Z".parse().unwrap());
/// let price = Price::from(model.price(&now).unwrap().rates);
/// assert_eq!(price.cost(1_000, 1_000).to_string(), "$0.01");
/// ```
impl From<Rates> for Price {
    fn from(rates: Rates) -> Self {
        let per_million = |money: Money| money.times(1_000_000);
        Self::per_million(per_million(rates.input), per_million(rates.output))
    }
}
