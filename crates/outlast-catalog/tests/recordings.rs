//! The names in recorded requests beside the workspace (`../shared/recordings/open`); elsewhere the test says so and
//! passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use outlast_catalog::Catalog;
use serde::Deserialize;

#[derive(Deserialize)]
struct Exchange {
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    url: String,
    body: Option<serde_json::Value>,
}

impl Request {
    /// The model, which most protocols write into the body and some into the path.
    fn model(&self) -> Option<String> {
        let body = self.body.as_ref();
        let named = body.and_then(|body| body.get("model")?.as_str());
        named.map(str::to_owned).or_else(|| {
            let (_, rest) = self
                .url
                .split_once("/models/")
                .or_else(|| self.url.split_once("/model/"))?;
            let model = rest.split(['/', '?']).next()?;
            let model = model.replace("%3A", ":");
            // Google's methods follow the model's name, Amazon's versions belong to it.
            let (name, method) = model.rsplit_once(':').unwrap_or((&model, "0"));
            let is_method = method.starts_with(|first: char| first.is_ascii_lowercase());
            Some(if is_method { name } else { &model }.to_owned())
        })
    }
}

/// How often each name was asked for.
fn names() -> BTreeMap<String, usize> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(folder) = fs::read_dir(here.join("../../../shared/recordings/open")) else {
        return BTreeMap::new();
    };
    let files = folder.filter_map(|entry| Some(entry.ok()?.path()));
    let is_recording = |path: &PathBuf| path.extension().is_some_and(|name| name == "jsonl");
    let mut names = BTreeMap::new();
    for file in files.filter(is_recording) {
        let text = fs::read_to_string(file).unwrap_or_default();
        let exchanges = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        for name in exchanges.filter_map(|exchange: Exchange| exchange.request.model()) {
            *names.entry(name).or_insert(0) += 1;
        }
    }
    names
}

/// Names that were made up to see an error.
fn is_made_up(name: &str) -> bool {
    let marks = [
        "nonexist",
        "non-exist",
        "does-not",
        "no-such",
        "not-a-model",
        "invalid",
        "wrong",
        "sonet",
        "proo",
        "flahs",
    ];
    marks.iter().any(|mark| name.contains(mark))
}

#[test]
fn recorded_names_are_found_and_made_up_ones_are_not() {
    let names = names();
    if names.is_empty() {
        println!("skipped: there are no recordings beside the workspace");
        return;
    }
    let (mut found, mut all) = (0, 0);
    for (name, times) in &names {
        let model = Catalog::builtin().resolve(name).ok();
        if is_made_up(name) {
            let id = model.map(|found| found.model.id());
            assert_eq!(id, None, "{name}");
            continue;
        }
        all += times;
        match model {
            Some(resolved) => {
                found += times;
                println!(
                    "{times:5} {name} = {} ({:?})",
                    resolved.model.id(),
                    resolved.how
                );
            }
            None => println!("{times:5} {name} is unknown"),
        }
    }
    println!("found: {found} of {all} exchanges");
    assert!(found * 100 >= all * 70, "{found} of {all}");
}
