//! One row of the table.

use std::collections::BTreeMap;

use jiff::civil::Date;
use outlast_types::{Capabilities, Need, Needs, PrefillSupport};

use crate::{Conditions, Feature, ImageRule, Limits, PriceRow};

/// What is known about a model.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) id: String,
    pub(crate) vendor: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) tokenizer: Option<String>,
    pub(crate) can: Needs,
    pub(crate) lacks: Needs,
    pub(crate) features: Vec<Feature>,
    pub(crate) min_cacheable: Option<u64>,
    pub(crate) image: Option<ImageRule>,
    pub(crate) released: Option<Date>,
    pub(crate) knowledge: Option<String>,
    pub(crate) deprecated: Option<Date>,
    pub(crate) prices: Vec<PriceRow>,
    pub(crate) provenance: Provenance,
}

/// Where the facts about a model come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provenance {
    /// The day on which they were last compared with their sources.
    pub checked: Date,
    /// The sources, each as `source:its name of the model`.
    pub sources: Vec<String>,
    /// The vendor's page.
    pub page: Option<String>,
    /// What a reader should know.
    pub note: Option<String>,
    /// The fields on which the sources differ: what each says.
    pub disagreements: BTreeMap<String, BTreeMap<String, String>>,
}

impl Model {
    /// Returns the id, which is the vendor's own name of the model without a date.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name of who sells it at these prices.
    pub fn vendor(&self) -> &str {
        &self.vendor
    }

    /// Returns its further names.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Returns how much it reads and writes.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Returns the name of its tokenizer; `approx:FAMILY` where the vocabulary is not public.
    pub fn tokenizer(&self) -> Option<&str> {
        self.tokenizer.as_deref()
    }

    /// Returns what it is known to be able to do.
    pub fn can(&self) -> Needs {
        self.can
    }

    /// Returns what is known to be beyond it; the rest, unless it [can](Self::can), is not known.
    pub fn lacks(&self) -> Needs {
        self.lacks
    }

    /// Tells whether something is true of it.
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Returns the shortest prompt that its provider keeps, in tokens.
    pub fn min_cacheable(&self) -> Option<u64> {
        self.min_cacheable
    }

    /// Returns how the tokens of a picture are counted.
    pub fn image(&self) -> Option<ImageRule> {
        self.image
    }

    /// Returns the day it came out.
    pub fn released(&self) -> Option<Date> {
        self.released
    }

    /// Returns what its knowledge ends with, a month or a day, as published.
    pub fn knowledge(&self) -> Option<&str> {
        self.knowledge.as_deref()
    }

    /// Returns the day on which it is switched off.
    pub fn deprecated(&self) -> Option<Date> {
        self.deprecated
    }

    /// Returns all its prices, past and to come.
    pub fn prices(&self) -> &[PriceRow] {
        &self.prices
    }

    /// Returns where this is known from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// States what a target of this model can do.
    pub fn capabilities(&self) -> Capabilities {
        let goes_on = self.can.contains(Need::Prefill);
        let prefill = if goes_on {
            PrefillSupport::Yes
        } else {
            PrefillSupport::No
        };
        let none = Capabilities::default().with_prefill(prefill);
        self.lacks.iter().fold(none, Capabilities::without)
    }

    /// Returns the price that holds under the conditions: of those whose own conditions are all met, one of the region
    /// before one of all regions, then the youngest, then one of certain hours.
    pub fn price(&self, conditions: &Conditions) -> Option<&PriceRow> {
        let holding = self.prices.iter().filter(|row| row.holds(conditions));
        holding.max_by_key(|row| row.rank())
    }
}
