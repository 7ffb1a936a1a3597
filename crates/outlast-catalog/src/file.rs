//! The form of `data/*.toml` and of overrides.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Feature, ImageRule, Spread, Window};

/// A file: the models that one vendor sells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Who sells them.
    pub(crate) vendor: Option<String>,
    /// The day on which all rows were compared with their sources.
    pub(crate) checked: Option<String>,
    /// Service tiers that cost a part of every price.
    #[serde(default)]
    pub(crate) discount: Vec<Discount>,
    #[serde(default)]
    pub(crate) model: Vec<ModelEntry>,
    /// Further names of models: name = id.
    #[serde(default)]
    pub(crate) names: BTreeMap<String, String>,
}

/// A rule of the vendor for all of its models.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discount {
    pub(crate) service_tier: String,
    /// What is left to pay of the standard price.
    pub(crate) percent: u8,
    /// The page that says so; for those who review the file.
    #[serde(rename = "source")]
    pub(crate) _source: Option<String>,
}

/// A row; in an override, the fields that differ.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelEntry {
    pub(crate) id: String,
    pub(crate) aliases: Option<Vec<String>>,
    pub(crate) context_window: Option<u64>,
    pub(crate) max_input: Option<u64>,
    pub(crate) max_output: Option<u64>,
    pub(crate) window: Option<Window>,
    pub(crate) tokenizer: Option<String>,
    /// Names of `Need`s.
    pub(crate) can: Option<Vec<String>>,
    pub(crate) lacks: Option<Vec<String>>,
    pub(crate) features: Option<Vec<Feature>>,
    pub(crate) min_cacheable: Option<u64>,
    pub(crate) released: Option<String>,
    pub(crate) knowledge: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) image: Option<ImageRule>,
    /// Each `source:its name of the model`.
    pub(crate) sources: Option<Vec<String>>,
    pub(crate) page: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) disagreements: Option<BTreeMap<String, BTreeMap<String, String>>>,
    pub(crate) price: Option<Vec<PriceEntry>>,
}

/// A price and its conditions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceEntry {
    /// A day, from its first moment in UTC, or a moment.
    pub(crate) from: Option<String>,
    pub(crate) until: Option<String>,
    #[serde(default)]
    pub(crate) hours: Vec<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) spread: Spread,
    #[serde(default)]
    pub(crate) tiers: Vec<TierEntry>,
    // `flatten` would lose the refusal of unknown fields, so the rates are written out twice.
    pub(crate) input: String,
    pub(crate) output: String,
    pub(crate) cached_read: Option<String>,
    pub(crate) cached_write: Option<String>,
    pub(crate) cached_write_1h: Option<String>,
    pub(crate) audio_input: Option<String>,
    pub(crate) image_input: Option<String>,
    pub(crate) audio_output: Option<String>,
    pub(crate) reasoning: Option<String>,
}

/// A price of long prompts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierEntry {
    pub(crate) above: u64,
    pub(crate) input: String,
    pub(crate) output: String,
    pub(crate) cached_read: Option<String>,
    pub(crate) cached_write: Option<String>,
    pub(crate) cached_write_1h: Option<String>,
    pub(crate) audio_input: Option<String>,
    pub(crate) image_input: Option<String>,
    pub(crate) audio_output: Option<String>,
    pub(crate) reasoning: Option<String>,
}

impl ModelEntry {
    /// Lays this row over an older one.
    pub(crate) fn over(self, old: &Self) -> Self {
        let old = old.clone();
        Self {
            id: self.id,
            aliases: self.aliases.or(old.aliases),
            context_window: self.context_window.or(old.context_window),
            max_input: self.max_input.or(old.max_input),
            max_output: self.max_output.or(old.max_output),
            window: self.window.or(old.window),
            tokenizer: self.tokenizer.or(old.tokenizer),
            can: self.can.or(old.can),
            lacks: self.lacks.or(old.lacks),
            features: self.features.or(old.features),
            min_cacheable: self.min_cacheable.or(old.min_cacheable),
            released: self.released.or(old.released),
            knowledge: self.knowledge.or(old.knowledge),
            deprecated: self.deprecated.or(old.deprecated),
            image: self.image.or(old.image),
            sources: self.sources.or(old.sources),
            page: self.page.or(old.page),
            note: self.note.or(old.note),
            disagreements: self.disagreements.or(old.disagreements),
            price: self.price.or(old.price),
        }
    }
}
