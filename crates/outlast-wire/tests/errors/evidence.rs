//! Whether every error that was seen is in the table: the list of them lies beside the recordings and is not always there.

use std::fs;
use std::path::Path;

use crate::table::{Row, all_rows};

const LIST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/recordings/errors.md"
);

/// The list's sections with replies in them; the last one is a summary.
const SECTIONS: std::ops::RangeInclusive<u32> = 1..=7;

/// The least words and letters by which a quotation is known again.
const DISTINCT: usize = 8;

/// What the list tells in short, by how its line begins, and which row has it in full.
const IN_SHORT: [(&str, &str); 2] = [
    (
        "| same names, plain integer |",
        "Azure Responses: -1 for what has no limit",
    ),
    (
        "| `x-ratelimit-limit/remaining-{requests,tokens}` without reset |",
        "xAI: limits without a reset",
    ),
];

#[test]
fn every_error_that_was_seen_is_in_the_table() {
    if !Path::new(LIST).exists() {
        eprintln!("skipped: {LIST} is not there");
        return;
    }
    let list = fs::read_to_string(LIST).unwrap();
    let seen = seen(&list);
    assert!(seen.len() > 100, "only {} were found", seen.len());
    let table = Table::new(&all_rows());
    let missing: Vec<_> = seen.into_iter().filter(|line| !table.has(line)).collect();
    assert!(
        missing.is_empty(),
        "not in the table:\n{}",
        missing.join("\n")
    );
}

#[test]
fn an_error_that_is_new_is_missed() {
    let table = Table::new(&all_rows());
    let new =
        r#"| Acme | 418 | `{"error":"the kettle has been descaled"}` | acme/kettle#1 [issue] |"#;
    assert!(!table.has(new));
    let known = "| Acme | 529 | `{\"type\": \"overloaded_error\"}` | acme/kettle#1 [issue] |";
    assert!(table.has(known));
}

/// Returns the lines of the list that tell of an error: rows of its tables, and points.
fn seen(list: &str) -> Vec<&str> {
    let mut section = 0;
    let mut lines = Vec::new();
    for line in list.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            let number = title.split('.').next().unwrap_or_default();
            section = number.parse().unwrap_or_default();
        }
        let is_head = line.starts_with("| form |") || line.starts_with("| provider |");
        let is_row = line.starts_with("| ") || line.starts_with("* ");
        if SECTIONS.contains(&section) && is_row && !is_head {
            lines.push(line);
        }
    }
    lines
}

/// What the table's rows say, and where they are from.
struct Table {
    names: Vec<String>,
    texts: Vec<String>,
    sources: String,
}

impl Table {
    fn new(rows: &[Row]) -> Self {
        Self {
            names: rows.iter().map(|row| row.what.clone()).collect(),
            texts: rows.iter().map(|row| plain(row.text())).collect(),
            sources: rows
                .iter()
                .map(|row| row.source.as_str())
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    /// Tells whether a row is from where `line` is from, or says what it quotes.
    fn has(&self, line: &str) -> bool {
        sources(line).any(|source| self.sources.contains(source))
            || quotations(line).any(|quoted| self.texts.iter().any(|text| text.contains(&quoted)))
            || self.has_in_full(line)
    }

    fn has_in_full(&self, line: &str) -> bool {
        IN_SHORT
            .iter()
            .filter(|(start, _)| line.starts_with(start))
            .any(|(_, row)| self.names.iter().any(|name| name == row))
    }
}

/// Returns the recordings and threads a line names.
fn sources(line: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| c.is_whitespace() || "[],;()".contains(c);
    let is_recording =
        |word: &&str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let is_thread = |word: &&str| match word.split_once('#') {
        Some((name, number)) => {
            !name.is_empty() && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
        }
        None => false,
    };
    line.split(is_end)
        .filter(move |word| is_recording(word) || is_thread(word))
}

/// Returns what a line quotes, but for what the list left out of it.
fn quotations(line: &str) -> impl Iterator<Item = String> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted
        .flat_map(|text| text.split('…').flat_map(|text| text.split("...")))
        .map(plain)
        .filter(|text| text.len() >= DISTINCT)
}

/// Leaves only letters and figures, in small, for quotation marks and spaces differ.
fn plain(text: impl AsRef<str>) -> String {
    let words = text.as_ref().split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").to_ascii_lowercase()
}
