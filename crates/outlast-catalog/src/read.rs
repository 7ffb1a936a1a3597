//! From what is written in a file to a row of the table.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use outlast_types::{Money, Need, Needs};

use crate::file::{Discount, File, ModelEntry, PriceEntry, TierEntry};
use crate::price::per_token;
use crate::{CatalogError, Hours, LengthTier, Limits, Model, PriceRow, Provenance, Rates};

const DAY: &str = "write a day as 2026-11-25";
const MOMENT: &str = "write a day as 2026-11-25, or a moment as 2026-11-25T16:00:00Z";
const DOLLARS: &str =
    "write dollars a million tokens as a string, with at most six digits after the point";
const HOURS: &str = "write hours in UTC as `mon-fri 01:00-04:00`, or `16:30-00:30` for all days";
const STANDARD: &str = "standard";

/// What a file says about all of its rows.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    vendor: Option<String>,
    checked: Option<Date>,
    discounts: Vec<Discount>,
}

impl Origin {
    pub(crate) fn of(file: &File) -> Result<Self, CatalogError> {
        let checked = file.checked.as_deref();
        Ok(Self {
            vendor: file.vendor.clone(),
            checked: checked
                .map(|text| date("the file", "checked", text))
                .transpose()?,
            discounts: file.discount.clone(),
        })
    }

    /// Lays this over what an older file says.
    pub(crate) fn over(&self, old: &Self) -> Self {
        let discounts = if self.discounts.is_empty() {
            &old.discounts
        } else {
            &self.discounts
        };
        Self {
            vendor: self.vendor.clone().or_else(|| old.vendor.clone()),
            checked: self.checked.or(old.checked),
            discounts: discounts.clone(),
        }
    }
}

/// Reads a row that is complete.
pub(crate) fn model(origin: &Origin, entry: &ModelEntry) -> Result<Model, CatalogError> {
    let id = entry.id.as_str();
    let day = |field, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| date(id, field, text)).transpose()
    };
    Ok(Model {
        id: id.to_owned(),
        vendor: need(id, "vendor", &origin.vendor)?,
        aliases: entry.aliases.clone().unwrap_or_default(),
        limits: limits(entry)?,
        tokenizer: entry.tokenizer.clone(),
        can: needs(id, "can", &entry.can)?,
        lacks: needs(id, "lacks", &entry.lacks)?,
        features: entry.features.clone().unwrap_or_default(),
        min_cacheable: entry.min_cacheable,
        image: entry.image,
        released: day("released", &entry.released)?,
        knowledge: entry.knowledge.clone(),
        deprecated: day("deprecated", &entry.deprecated)?,
        prices: prices(id, &need(id, "price", &entry.price)?, &origin.discounts)?,
        provenance: Provenance {
            checked: need(id, "checked", &origin.checked)?,
            sources: entry.sources.clone().unwrap_or_default(),
            page: entry.page.clone(),
            note: entry.note.clone(),
            disagreements: entry.disagreements.clone().unwrap_or_default(),
        },
    })
}

fn limits(entry: &ModelEntry) -> Result<Limits, CatalogError> {
    let id = entry.id.as_str();
    let limits = Limits {
        context_window: need(id, "context_window", &entry.context_window)?,
        max_input: need(id, "max_input", &entry.max_input)?,
        max_output: entry.max_output,
        window: need(id, "window", &entry.window)?,
    };
    let within = |field, tokens: u64| {
        if (1..=limits.context_window).contains(&tokens) {
            return Ok(());
        }
        let expected = "it is at least 1 and at most the context window";
        Err(invalid(id, field, tokens.to_string(), expected))
    };
    within("max_input", limits.max_input)?;
    within("max_output", limits.max_output.unwrap_or(1))?;
    Ok(limits)
}

fn needs(
    id: &str,
    field: &'static str,
    names: &Option<Vec<String>>,
) -> Result<Needs, CatalogError> {
    let named = |name: &String| {
        let mut all = Need::ALL.into_iter();
        all.find(|need| need.as_str() == name)
            .ok_or_else(|| invalid(id, field, name, "name a need, such as `tools` or `images`"))
    };
    names.iter().flatten().map(named).collect()
}

fn prices(
    id: &str,
    entries: &[PriceEntry],
    discounts: &[Discount],
) -> Result<Vec<PriceRow>, CatalogError> {
    let mut rows = Vec::new();
    for entry in entries {
        rows.push(price(id, entry)?);
    }
    // A price that is written down for a tier is known better than by the vendor's rule.
    let written = |tier: &str| rows.iter().any(|row: &PriceRow| row.service_tier == tier);
    let rules = discounts
        .iter()
        .filter(|discount| !written(&discount.service_tier));
    let mut discounted = Vec::new();
    for rule in rules {
        for row in rows.iter().filter(|row| row.service_tier == STANDARD) {
            discounted.push(part_of(id, row, rule)?);
        }
    }
    rows.append(&mut discounted);
    Ok(rows)
}

fn price(id: &str, entry: &PriceEntry) -> Result<PriceRow, CatalogError> {
    let moment_of = |field, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| moment(id, field, text)).transpose()
    };
    let hours = entry.hours.iter().map(|text| {
        let hours = Hours::parse(text);
        hours.ok_or_else(|| invalid(id, "hours", text, HOURS))
    });
    let tiers = entry.tiers.iter().map(|tier| {
        Ok(LengthTier {
            above: tier.above,
            rates: tier.rates(id)?,
        })
    });
    let tiers = tiers.collect::<Result<Vec<_>, CatalogError>>()?;
    if !tiers.is_sorted_by(|shorter, longer| shorter.above < longer.above) {
        let above = tiers.iter().map(|tier| tier.above).collect::<Vec<_>>();
        let expected = "write the tiers from the shortest prompt to the longest";
        return Err(invalid(id, "tiers", format!("{above:?}"), expected));
    }
    Ok(PriceRow {
        from: moment_of("from", &entry.from)?,
        until: moment_of("until", &entry.until)?,
        hours: hours.collect::<Result<_, _>>()?,
        service_tier: entry.service_tier.clone().unwrap_or(STANDARD.to_owned()),
        region: entry.region.clone(),
        rates: entry.rates(id)?,
        tiers,
        spread: entry.spread,
    })
}

/// Applies a vendor's rule to a price.
fn part_of(id: &str, row: &PriceRow, rule: &Discount) -> Result<PriceRow, CatalogError> {
    let part = |rates: &Rates| {
        let expected = "the price is no whole number of pico-dollars a token then: write it down";
        rates
            .part(rule.percent)
            .ok_or_else(|| invalid(id, "percent", rule.percent.to_string(), expected))
    };
    let tiers = row.tiers.iter().map(|tier| {
        Ok(LengthTier {
            above: tier.above,
            rates: part(&tier.rates)?,
        })
    });
    Ok(PriceRow {
        service_tier: rule.service_tier.clone(),
        rates: part(&row.rates)?,
        tiers: tiers.collect::<Result<_, CatalogError>>()?,
        ..row.clone()
    })
}

/// Both entries have the same fields, and serde cannot share them without accepting unknown ones.
macro_rules! read_rates {
    ($entry:ty) => {
        impl $entry {
            fn rates(&self, id: &str) -> Result<Rates, CatalogError> {
                let optional = |field, text: &Option<String>| {
                    let text = text.as_deref();
                    text.map(|text| dollars(id, field, text)).transpose()
                };
                Ok(Rates {
                    input: dollars(id, "input", &self.input)?,
                    output: dollars(id, "output", &self.output)?,
                    cached_read: optional("cached_read", &self.cached_read)?,
                    cached_write: optional("cached_write", &self.cached_write)?,
                    cached_write_1h: optional("cached_write_1h", &self.cached_write_1h)?,
                    audio_input: optional("audio_input", &self.audio_input)?,
                    image_input: optional("image_input", &self.image_input)?,
                    audio_output: optional("audio_output", &self.audio_output)?,
                    reasoning: optional("reasoning", &self.reasoning)?,
                })
            }
        }
    };
}

read_rates!(PriceEntry);
read_rates!(TierEntry);

fn dollars(id: &str, field: &'static str, text: &str) -> Result<Money, CatalogError> {
    per_token(text).ok_or_else(|| invalid(id, field, text, DOLLARS))
}

fn date(id: &str, field: &'static str, text: &str) -> Result<Date, CatalogError> {
    text.parse().map_err(|_| invalid(id, field, text, DAY))
}

fn moment(id: &str, field: &'static str, text: &str) -> Result<Timestamp, CatalogError> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let midnight = text.parse().ok().and_then(|day: Date| {
        let midnight = day.at(0, 0, 0, 0);
        Offset::UTC.to_timestamp(midnight).ok()
    });
    midnight.ok_or_else(|| invalid(id, field, text, MOMENT))
}

fn need<T: Clone>(id: &str, field: &'static str, value: &Option<T>) -> Result<T, CatalogError> {
    value.clone().ok_or_else(|| CatalogError::Missing {
        model: id.to_owned(),
        field,
    })
}

fn invalid(
    id: &str,
    field: &'static str,
    value: impl Into<String>,
    expected: &'static str,
) -> CatalogError {
    CatalogError::Invalid {
        model: id.to_owned(),
        field,
        value: value.into(),
        expected,
    }
}
