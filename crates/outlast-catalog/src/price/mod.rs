//! What tokens cost, and when.

mod conditions;
mod decimal;
mod hours;
mod rates;
mod row;

pub use conditions::Conditions;
pub use hours::Hours;
pub use rates::Rates;
pub use row::{LengthTier, PriceRow, Spread};

pub(crate) use decimal::per_token;
