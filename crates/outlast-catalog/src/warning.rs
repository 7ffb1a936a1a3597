//! What somebody who relies on a row should know.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;

use crate::{Catalog, Model};

/// Days after which facts should be compared with their sources again.
const STALE_AFTER: i32 = 90;
/// Days before which a change is told.
const NOTICE: i32 = 60;

/// Something about a model that will be wrong soon, or may be wrong already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// Its facts were last checked more than 90 days ago.
    Stale {
        /// The model's id.
        model: String,
        /// Days since then.
        days: i32,
    },
    /// It is switched off within 60 days.
    Deprecated {
        /// The model's id.
        model: String,
        /// Days until then.
        days: i32,
    },
    /// It was switched off.
    Gone {
        /// The model's id.
        model: String,
        /// Days since then.
        days: i32,
    },
    /// Its price changes within 60 days.
    PriceChange {
        /// The model's id.
        model: String,
        /// Days until then.
        days: i32,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { model, days } => {
                write!(
                    f,
                    "the facts about `{model}` were last checked {days} days ago"
                )
            }
            Self::Deprecated { model, days } => {
                write!(f, "`{model}` is switched off in {days} days")
            }
            Self::Gone { model, days } => write!(f, "`{model}` was switched off {days} days ago"),
            Self::PriceChange { model, days } => {
                write!(f, "the price of `{model}` changes in {days} days")
            }
        }
    }
}

impl Catalog {
    /// Returns the warnings about all models.
    pub fn warnings(&self, now: Timestamp) -> Vec<Warning> {
        self.models()
            .flat_map(|model| model.warnings(now))
            .collect()
    }
}

impl Model {
    /// Returns what somebody who relies on the row at the time `now` should know.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlast_catalog::Catalog;
    ///
    /// let model = Catalog::builtin().get("claude-sonnet-4-5").unwrap();
    /// let warnings = model.warnings("2026-11-25T00:00:00Z".parse().unwrap());
    /// assert_eq!(warnings[0].to_string(), "`claude-sonnet-4-5` is switched off in 5 days");
    /// ```
    pub fn warnings(&self, now: Timestamp) -> Vec<Warning> {
        let today = day(now);
        let model = || self.id().to_owned();
        let stale = days_between(self.provenance().checked, today);
        let stale = (stale > STALE_AFTER).then(|| Warning::Stale {
            model: model(),
            days: stale,
        });
        let end = self.deprecated().map(|end| days_between(today, end));
        let end = end.filter(|days| *days <= NOTICE).map(|days| match days {
            ..=0 => Warning::Gone {
                model: model(),
                days: -days,
            },
            _ => Warning::Deprecated {
                model: model(),
                days,
            },
        });
        let change = self
            .next_price(now)
            .map(|from| days_between(today, day(from)));
        let change = change
            .filter(|days| *days <= NOTICE)
            .map(|days| Warning::PriceChange {
                model: model(),
                days,
            });
        [stale, end, change].into_iter().flatten().collect()
    }

    fn next_price(&self, now: Timestamp) -> Option<Timestamp> {
        let starts = self.prices().iter().filter_map(|row| row.from);
        starts.filter(|from| *from > now).min()
    }
}

fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

fn days_between(from: Date, to: Date) -> i32 {
    let days = to.duration_since(from).as_secs() / (24 * 60 * 60);
    i32::try_from(days).unwrap_or(i32::MAX)
}
