//! Which model a name means.
//!
//! Whatever surrounds a model's name is taken off step by step, and after each step the rest is looked up. A rest is
//! only ever compared as a whole: `gpt-5.7` is not found because there is a `gpt-5`.

mod spelling;
mod strip;

use serde::Serialize;

use crate::Model;

pub(crate) use spelling::spelled;

/// The most bytes of a name that is looked at: each slash in it costs a look-up of the rest.
const LONGEST: usize = 512;

/// A model and how it was found.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Resolved<'a> {
    /// The model.
    pub model: &'a Model,
    /// The least literal step that was needed.
    pub how: Match,
    /// The geography of Amazon Bedrock that the name bears, such as `eu`.
    pub region: Option<&'a str>,
}

/// How a name matched, the most literal first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Match {
    /// It is the id.
    Id,
    /// It is one of the further names in the table.
    Alias,
    /// It is one of these in another spelling: `claude-4.5-sonnet`, `GPT-4.1`.
    Spelling,
    /// After the path of whoever passes it on: `openai/gpt-4.1`, `publishers/google/models/gemini-2.5-pro`.
    Provider,
    /// Without what a cloud adds: `eu.anthropic.`, `-v1:0`, `@default`.
    Platform,
    /// Without the date or number of a snapshot.
    Snapshot,
    /// Without `-latest`.
    Latest,
    /// Without a variant of a reseller: `:free`. What it costs is not known from this.
    Variant,
    /// A preview for the model that came of it, or the other way round. What it costs is not known from this.
    Preview,
    /// The model that was fine-tuned. What it costs is not known from this.
    FineTune,
}

impl Match {
    /// Tells whether the prices of the row are those of the name.
    pub const fn keeps_price(self) -> bool {
        !matches!(self, Self::Variant | Self::Preview | Self::FineTune)
    }
}

/// Looks up `name` and what is left of it after each step.
pub(crate) fn find<'a>(
    name: &'a str,
    lookup: impl Fn(&str) -> Option<(&'a Model, Match)>,
) -> Option<Resolved<'a>> {
    if name.len() > LONGEST {
        return None;
    }
    let mut how = Match::Id;
    let mut region = None;
    let mut rest = name;
    let found = |rest: &str, step: Match, region| {
        let (model, literal) = lookup(rest)?;
        let how = step.max(literal);
        Some(Resolved { model, how, region })
    };
    if let Some(resolved) = found(rest, how, region) {
        return Some(resolved);
    }
    for (step, strip) in strip::STEPS {
        while let Some(shorter) = strip(rest) {
            region = region.or_else(|| strip::region(rest));
            rest = shorter;
            how = how.max(step);
            if let Some(resolved) = found(rest, how, region) {
                return Some(resolved);
            }
        }
    }
    found(&format!("{rest}-preview"), Match::Preview, region)
}
