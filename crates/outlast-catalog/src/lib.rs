//! Facts about models: what they hold, what they can do, what they cost.
//!
//! The [`Catalog`] is a table that people can review (`data/*.toml`, one file by vendor, each row with its sources and
//! the day it was checked) and that is compiled in. It asks no network and no clock: whoever wants a price says for
//! when. Rows can be replaced and added at run time ([`Catalog::with_overrides`]).
//!
//! - A model is found by the name that a vendor, a cloud or a reseller gives it; [`Resolved::how`] says how literally.
//!   A name is never taken for that of another generation.
//! - Context window, longest input and longest output are three numbers ([`Limits`]).
//! - A price holds under conditions that must all be met (time, hours of the day, service tier, region), and by the
//!   length of the prompt ([`PriceRow`]). It is an integer of pico-dollars a token.
//! - What is not known is said to be unknown: a call at a tier without a price is [`Unpriced`], not cheap.
//!
//! # Examples
//!
//! ```
//! use outlast_catalog::{Catalog, Conditions, Match};
//! use outlast_types::Usage;
//!
//! let catalog = Catalog::builtin();
//! let found = catalog.resolve("eu.anthropic.claude-sonnet-4-5-20250929-v1:0").unwrap();
//! assert_eq!((found.model.id(), found.how), ("claude-sonnet-4-5", Match::Snapshot));
//! assert_eq!(found.model.limits().max_output, Some(64_000));
//!
//! let noon = Conditions::at("2026-11-25T12:00:00Z".parse().unwrap());
//! let cost = found.model.cost(&Usage::new(10_000, 1_000).into(), &noon).unwrap();
//! assert_eq!(cost.total.to_string(), "$0.045");
//! ```

mod builtin;
mod catalog;

mod feature;
mod image;
mod limits;
mod model;

mod price;

mod consumption;
mod cost;

mod resolve;
mod warning;

mod error;
mod file;
mod read;

pub use catalog::Catalog;
pub use consumption::{Consumption, TokenKind};
pub use cost::{Cost, CostLine};
pub use error::{CatalogError, UnknownModel, Unpriced};
pub use feature::Feature;
pub use image::ImageRule;
pub use limits::{Limits, Window};
pub use model::{Model, Provenance};
pub use price::{Conditions, Hours, LengthTier, PriceRow, Rates, Spread};
pub use resolve::{Match, Resolved};
pub use warning::Warning;
