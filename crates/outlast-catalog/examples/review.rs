//! Prints what a reviewer of the table should look at: where its sources differ, and what will be wrong soon.
//!
//! `cargo run -p outlast-catalog --example review -- 2026-11-25`

use outlast_catalog::{Catalog, Model};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalog = Catalog::builtin();
    let mut differing = 0;
    for model in catalog.models() {
        for line in disagreements(model) {
            println!("{line}");
            differing += 1;
        }
    }
    let models = catalog.models().count();
    let single = catalog
        .models()
        .filter(|model| model.provenance().sources.len() == 1);
    let single: Vec<_> = single.map(Model::id).collect();
    println!("{models} models, {differing} fields on which sources differ");
    println!("of one source only: {}", single.join(", "));
    if let Some(day) = std::env::args().nth(1) {
        let now = format!("{day}T00:00:00Z").parse()?;
        for warning in catalog.warnings(now) {
            println!("{warning}");
        }
    }
    Ok(())
}

/// One line for each field: what the table says, and what each source does.
fn disagreements(model: &Model) -> impl Iterator<Item = String> {
    let differing = model.provenance().disagreements.iter();
    differing.map(|(field, says)| {
        let says: Vec<_> = says
            .iter()
            .map(|(source, value)| format!("{source} {value}"))
            .collect();
        format!(
            "{}: {field}: {} ({})",
            model.id(),
            chosen(model, field),
            says.join(", ")
        )
    })
}

/// What the table says for a field, in the unit of the sources.
fn chosen(model: &Model, field: &str) -> String {
    let limits = model.limits();
    let unlimited = || "unknown".to_owned();
    let last = model.prices().last().map(|row| row.rates);
    let per_million = |money: outlast_types::Money| money.times(1_000_000).to_string();
    match field {
        "context_window" => format!(
            "{}, of which input {}",
            limits.context_window, limits.max_input
        ),
        "max_output" => limits
            .max_output
            .map_or_else(unlimited, |most| most.to_string()),
        "input" => last.map_or_else(unlimited, |rates| per_million(rates.input)),
        "output" => last.map_or_else(unlimited, |rates| per_million(rates.output)),
        "cached_read" => last
            .and_then(|rates| rates.cached_read)
            .map_or_else(unlimited, per_million),
        _ => unlimited(),
    }
}
