//! Compares the table with a copy of LiteLLM's price file, and prints where they differ. It changes nothing: a price is
//! taken over by hand, after a look at the vendor's page.
//!
//! `cargo run -p outlast-catalog --example compare -- model_prices_and_context_window.json`

use std::collections::BTreeMap;
use std::fs;

use outlast_catalog::{Catalog, Model, PriceRow};
use outlast_types::Money;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What LiteLLM says about a model. Numbers stay text, since a price in a float is rounded.
type Facts = BTreeMap<String, Box<RawValue>>;

/// The file, of which some entries are no models.
#[derive(Deserialize)]
#[serde(transparent)]
struct File(BTreeMap<String, Box<RawValue>>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("name the file to compare with")?;
    let file: File = serde_json::from_str(&fs::read_to_string(path)?)?;
    let (mut compared, mut differing) = (0, 0);
    for model in Catalog::builtin().models() {
        let Some(key) = key(model) else {
            continue;
        };
        let Some(facts) = file.0.get(key) else {
            println!("{}: {key} is no longer in the file", model.id());
            continue;
        };
        compared += 1;
        let facts: Facts = serde_json::from_str(facts.get())?;
        for line in differences(model, &facts) {
            println!("{}: {line}", model.id());
            differing += 1;
        }
    }
    println!("{compared} models compared, {differing} fields differ");
    Ok(())
}

/// LiteLLM's name of the model.
fn key(model: &Model) -> Option<&str> {
    let sources = &model.provenance().sources;
    sources
        .iter()
        .find_map(|source| source.strip_prefix("litellm:"))
}

fn differences(model: &Model, facts: &Facts) -> Vec<String> {
    let limits = model.limits();
    let tokens = [
        ("max_input_tokens", Some(limits.max_input)),
        ("max_output_tokens", limits.max_output),
    ];
    let tokens = tokens.into_iter().filter_map(|(field, ours)| {
        let theirs = facts.get(field)?.get();
        let same = ours.is_some_and(|ours| ours.to_string() == theirs);
        (!same).then(|| format!("{field}: {ours:?}, there {theirs}"))
    });
    tokens.chain(prices(model, facts)).collect()
}

/// A price differs if no row of the model has it: the file knows neither dates nor hours.
fn prices(model: &Model, facts: &Facts) -> impl Iterator<Item = String> {
    type Rate = fn(&PriceRow) -> Option<Money>;
    let fields: [(&str, Rate); 4] = [
        ("input_cost_per_token", |row| Some(row.rates.input)),
        ("output_cost_per_token", |row| Some(row.rates.output)),
        ("cache_read_input_token_cost", |row| row.rates.cached_read),
        ("cache_creation_input_token_cost", |row| {
            row.rates.cached_write
        }),
    ];
    fields.into_iter().filter_map(|(field, rate)| {
        let theirs = facts.get(field)?.get();
        let exact = per_token(theirs);
        let ours: Vec<_> = model.prices().iter().filter_map(rate).collect();
        // A nought stands there for what has no price of its own.
        let none = ours.is_empty() && exact == Some(Money::ZERO);
        let same = none || exact.is_some_and(|theirs| ours.contains(&theirs));
        let ours: Vec<_> = ours.iter().map(ToString::to_string).collect();
        (!same).then(|| format!("{field}: {}, there {theirs}", ours.join(" or ")))
    })
}

/// Reads dollars a token, such as `2.5e-06`, exactly.
fn per_token(text: &str) -> Option<Money> {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let power = exponent.parse::<i32>().ok()? + 12 - places;
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    let pico = if power >= 0 {
        number.checked_mul(factor)?
    } else {
        (number % factor == 0).then(|| number / factor)?
    };
    Some(Money::from_pico_usd(pico))
}
