//! The figures in `docs/conformance.md`: what the codecs make of all recorded exchanges.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use xshell::{Shell, cmd};

use crate::{Result, flags, workspace_root};

const DOCUMENT: &str = "docs/conformance.md";
const RECORDINGS: &str = "../shared/recordings/open";
const BEGIN: &str = "<!-- figures: begin (cargo xtask conformance) -->\n";
const END: &str = "<!-- figures: end -->";

/// What `outlast replay --json` writes to stderr.
#[derive(Deserialize)]
struct Figures {
    #[serde(flatten)]
    total: Counts,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    provider: String,
    operation: String,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Counts {
    exchanges: u64,
    replies: u64,
    errors: u64,
    not_understood: u64,
    skipped: u64,
    requests: Requests,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Requests {
    equal: u64,
    different: u64,
    refused: u64,
    not_re_encoded: u64,
    not_recorded: u64,
}

/// Writes the figures into the document, or checks that they are there.
pub(crate) fn run(shell: &Shell, flags: &flags::Conformance) -> Result {
    if flags.check {
        return check(shell);
    }
    let Some(figures) = replay(shell)? else {
        return Err(format!("there are no recordings at {RECORDINGS}").into());
    };
    let text = shell.read_file(DOCUMENT)?;
    shell.write_file(DOCUMENT, with_figures(&text, &figures)?)?;
    println!("{DOCUMENT} is up to date");
    Ok(())
}

/// Checks that the document has the figures of today; says so and passes where there are no recordings.
pub(crate) fn check(shell: &Shell) -> Result {
    let Some(figures) = replay(shell)? else {
        println!("there are no recordings at {RECORDINGS}: skipped");
        return Ok(());
    };
    let text = shell.read_file(DOCUMENT)?;
    if with_figures(&text, &figures)? != text {
        return Err(format!("{DOCUMENT} has other figures: run `cargo xtask conformance`").into());
    }
    println!("{DOCUMENT} has the figures of today");
    Ok(())
}

/// Replays all recordings; `None` where there are none. It fails if anything was not understood.
fn replay(shell: &Shell) -> Result<Option<Figures>> {
    if !workspace_root().join(RECORDINGS).is_dir() {
        return Ok(None);
    }
    cmd!(shell, "cargo build --locked --package outlast-cli").run()?;
    let output = Command::new(binary())
        .args(["replay", RECORDINGS, "--json"])
        .current_dir(workspace_root())
        .output()?;
    if !output.status.success() {
        return Err(format!("`outlast replay {RECORDINGS}` found something wrong: run it").into());
    }
    let words = String::from_utf8(output.stderr)?;
    let totals = words.lines().last().unwrap_or_default();
    Ok(Some(serde_json::from_str(totals)?))
}

fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace_root().join("target"), PathBuf::from);
    target.join("debug/outlast")
}

/// Puts the figures between the marks of the document.
fn with_figures(text: &str, figures: &Figures) -> Result<String> {
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or_else(|| format!("{DOCUMENT} has no `{}`", BEGIN.trim_end()))?;
    let (_, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("{DOCUMENT} has no `{END}`"))?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", tables(figures)))
}

fn tables(figures: &Figures) -> String {
    let mut by_operation: BTreeMap<&str, Counts> = BTreeMap::new();
    for row in &figures.rows {
        let counts = by_operation.entry(&row.operation).or_default();
        *counts = counts.plus(row.counts);
    }
    let operations = by_operation
        .into_iter()
        .map(|(operation, counts)| (operation.to_owned(), counts))
        .chain([("**all**".to_owned(), figures.total)]);
    let pairs = figures
        .rows
        .iter()
        .map(|row| (format!("{} | {}", row.provider, row.operation), row.counts));
    format!(
        "\n### By operation\n\n{}\n### By provider and operation\n\n{}\n",
        table("operation", operations),
        table("provider | operation", pairs)
    )
}

fn table(names: &str, rows: impl Iterator<Item = (String, Counts)>) -> String {
    let figures = [
        "exchanges",
        "replies",
        "errors",
        "not understood",
        "skipped",
        "requests equal",
        "different",
        "refused",
        "not re-encoded",
        "not recorded",
    ];
    let mut table = format!("| {names} | {} |\n", figures.join(" | "));
    let columns = names.split('|').count();
    let lines = vec!["---"; columns].into_iter();
    let lines: Vec<&str> = lines.chain(figures.map(|_| "---:")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(table, "|{}|", lines.join("|"));
    for (name, counts) in rows {
        let figures = counts.columns().map(|count| count.to_string());
        let _ = writeln!(table, "| {name} | {} |", figures.join(" | "));
    }
    table
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        let (own, others) = (self.requests, other.requests);
        Self {
            exchanges: self.exchanges + other.exchanges,
            replies: self.replies + other.replies,
            errors: self.errors + other.errors,
            not_understood: self.not_understood + other.not_understood,
            skipped: self.skipped + other.skipped,
            requests: Requests {
                equal: own.equal + others.equal,
                different: own.different + others.different,
                refused: own.refused + others.refused,
                not_re_encoded: own.not_re_encoded + others.not_re_encoded,
                not_recorded: own.not_recorded + others.not_recorded,
            },
        }
    }

    fn columns(self) -> [u64; 10] {
        [
            self.exchanges,
            self.replies,
            self.errors,
            self.not_understood,
            self.skipped,
            self.requests.equal,
            self.requests.different,
            self.requests.refused,
            self.requests.not_re_encoded,
            self.requests.not_recorded,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_stand_between_the_marks_and_only_there() {
        let figures: Figures = serde_json::from_str(
            r#"{"exchanges":3,"replies":2,"errors":1,"not_understood":0,"skipped":0,
                "requests":{"equal":2,"different":0,"refused":0,"not_re_encoded":0,"not_recorded":1},
                "rows":[{"provider":"acme","operation":"chat","exchanges":3,"replies":2,"errors":1,
                "not_understood":0,"skipped":0,
                "requests":{"equal":2,"different":0,"refused":0,"not_re_encoded":0,"not_recorded":1}}]}"#,
        )
        .unwrap();
        let text = format!("before\n{BEGIN}old{END}\nafter\n");
        let written = with_figures(&text, &figures).unwrap();
        assert!(written.starts_with("before\n") && written.ends_with("\nafter\n"));
        assert!(written.contains("| acme | chat | 3 | 2 | 1 | 0 | 0 | 2 | 0 | 0 | 0 | 1 |"));
        assert!(written.contains("| **all** | 3 |") && !written.contains("old"));
        assert_eq!(with_figures(&written, &figures).unwrap(), written);
        assert!(with_figures("no marks", &figures).is_err());
    }
}
