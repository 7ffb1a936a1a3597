//! What is wrong with a table, or not in it.

use jiff::Timestamp;
use outlast_types::names::nearest;

/// A table cannot be used; the message says which row and field.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// It is not TOML of the expected form.
    #[error("the catalogue cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A new row lacks a field.
    #[error("model `{model}` is new and has no `{field}`: add it, or correct the id")]
    Missing {
        /// The row's id.
        model: String,
        /// The field.
        field: &'static str,
    },
    /// A field does not hold what it should.
    #[error("`{field}` of `{model}` is {value:?}: {expected}")]
    Invalid {
        /// The row's id, or `the file`.
        model: String,
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A name belongs to two rows.
    #[error("two models are called `{0}`: drop the name from one of them")]
    Ambiguous(String),
    /// A further name is given to a model that is not there.
    #[error("there is no model `{0}` to give a name to: add a row for it, or correct the id")]
    NoSuchModel(String),
}

/// The most characters of a name that an error repeats.
const LONGEST: usize = 200;

/// No row stands for the model of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue has no model `{name}`{}: add it as an override, or correct the name", hint(.nearest))]
#[non_exhaustive]
pub struct UnknownModel {
    /// The name that was asked for.
    pub name: String,
    /// The id that it was perhaps meant to be.
    pub nearest: Option<String>,
}

impl UnknownModel {
    pub(crate) fn new<'a>(name: &str, ids: impl Iterator<Item = &'a str>) -> Self {
        // Resellers write the vendor before the model; ids have no slash.
        let bare = name.rsplit('/').next().unwrap_or(name);
        Self {
            name: name.chars().take(LONGEST).collect(),
            nearest: nearest(bare, ids).map(str::to_owned),
        }
    }
}

fn hint(nearest: &Option<String>) -> String {
    let Some(nearest) = nearest else {
        return String::new();
    };
    format!(" (did you mean `{nearest}`?)")
}

/// What a call cost is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unpriced {
    /// The model is not in the catalogue.
    #[error(transparent)]
    UnknownModel(#[from] UnknownModel),
    /// The name is that of a variant or of a fine-tuned model, which costs something else than its base.
    #[error("`{0}` is a variant whose price is not known: add a row of that id as an override")]
    Variant(String),
    /// No price of the model holds under the conditions.
    #[error(
        "no price of `{model}` is known for the service tier `{service_tier}` at {at}: add one as an override"
    )]
    NoPrice {
        /// The model's id.
        model: String,
        /// The tier that was asked for.
        service_tier: String,
        /// The time that was asked for.
        at: Timestamp,
    },
}
