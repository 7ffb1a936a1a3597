//! The table in `docs/faults.md`: what the callers of a failing provider saw, by the tests of the fault matrix.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;
use xshell::{Shell, cmd};

use crate::{Result, flags};

const DOCUMENT: &str = "docs/faults.md";
const MATRIX: &str = "crates/outlast/tests/faults/matrix.toml";

const HEAD: &str = "\
# Faults

What befalls a provider, a connection or this process, and what the caller of a call sees of it. `a` is asked first, `b` is \
a provider of another company. Each row is a test at least, and this page is written by their run: `cargo xtask faults`. \
Besides what its row says, each asserts that there were no more than four calls, one answer with its tokens counted, and \
no key in anything that can be printed.

What was seen is, in brackets, the ledger of the call: who was asked, and what became of it.

";

/// The rows, in the order of their numbers.
#[derive(Deserialize)]
struct Matrix {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    fault: String,
    due: String,
    /// Tests outside of the matrix's own folder.
    #[serde(default)]
    tests: Vec<String>,
    /// Why there is no test.
    missing: Option<String>,
}

/// What the tests said.
#[derive(Default)]
struct Run {
    /// The name of each test, without its module, and whether it passed.
    passed: BTreeMap<String, bool>,
    /// What callers saw, by row.
    seen: BTreeMap<usize, BTreeSet<String>>,
}

/// Writes the document, or checks that it is that of today.
pub(crate) fn run(shell: &Shell, flags: &flags::Faults) -> Result {
    let matrix: Matrix = toml::from_str(&shell.read_file(MATRIX)?)?;
    let run = play(shell, &matrix)?;
    let text = document(&matrix, &run)?;
    if !flags.check {
        shell.write_file(DOCUMENT, text)?;
        println!("{DOCUMENT} is up to date");
        return Ok(());
    }
    if shell.read_file(DOCUMENT)? != text {
        return Err(format!("{DOCUMENT} says something else: run `cargo xtask faults`").into());
    }
    println!("{DOCUMENT} says what was seen today");
    Ok(())
}

/// Runs the tests of all rows. The features are those of CI's tests, so that nothing is built twice.
fn play(shell: &Shell, matrix: &Matrix) -> Result<Run> {
    let elsewhere = matrix.row.iter().flat_map(|row| &row.tests);
    let output = cmd!(
        shell,
        "cargo test --workspace --all-features --locked --no-fail-fast --lib --tests -- --show-output row_ {elsewhere...}"
    )
    .ignore_status()
    .read()?;
    let run = read(&output);
    match run.passed.iter().find(|(_, passed)| !**passed) {
        Some((test, _)) => Err(format!("the test `{test}` failed").into()),
        None => Ok(run),
    }
}

/// Reads what libtest prints.
fn read(output: &str) -> Run {
    let mut run = Run::default();
    for line in output.lines() {
        if let Some((name, result)) = line
            .strip_prefix("test ")
            .and_then(|test| test.split_once(" ... "))
        {
            let name = name.rsplit("::").next().unwrap_or(name);
            let name = name.trim_end_matches(" - should panic").to_owned();
            run.passed.insert(name, result == "ok");
        } else if let Some((row, seen)) = line
            .strip_prefix("row ")
            .and_then(|row| row.split_once(": "))
            && let Ok(row) = row.parse()
        {
            run.seen.entry(row).or_default().insert(seen.to_owned());
        }
    }
    run
}

fn document(matrix: &Matrix, run: &Run) -> Result<String> {
    let mut rows = String::new();
    let mut shown = 0;
    for (row, number) in matrix.row.iter().zip(1..) {
        let seen = run.seen.get(&number).into_iter().flatten();
        let seen: Vec<&str> = seen.map(String::as_str).collect();
        let verdict = verdict(row, number, run)?;
        shown += usize::from(verdict == "yes");
        let seen = match &row.missing {
            Some(why) => why.clone(),
            None if seen.is_empty() => "as due".to_owned(),
            None => seen.join("; "),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            rows,
            "| {number} | {} | {} | {seen} | {verdict} |",
            row.fault, row.due
        );
    }
    Ok(format!(
        "{HEAD}{shown} of {} rows are shown.\n\n| | fault | due | seen by the caller | shown |\n|---:|---|---|---|---|\n{rows}",
        matrix.row.len()
    ))
}

/// Tells whether a row is shown, and complains of one that has neither a test nor a reason.
fn verdict(row: &Row, number: usize, run: &Run) -> Result<&'static str> {
    let own = format!("row_{number:02}_");
    let has_own = run.passed.keys().any(|test| test.starts_with(&own));
    if let Some(lost) = row
        .tests
        .iter()
        .find(|test| !run.passed.contains_key(*test))
    {
        return Err(format!("row {number}: there is no test `{lost}`").into());
    }
    match (has_own || !row.tests.is_empty(), &row.missing) {
        (true, None) => Ok("yes"),
        (false, Some(_)) => Ok("no"),
        (true, Some(_)) => {
            Err(format!("row {number} has a test and a reason for having none").into())
        }
        (false, None) => Err(format!("row {number} has no test and no reason").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "running 2 tests\ntest streams::row_02_it_breaks ... ok\ntest other::it_holds ... ok\n\n\
        ---- streams::row_02_it_breaks stdout ----\nrow 2: the whole answer (a served)\nrow 2: the whole answer (a served)\n";

    fn matrix(second: &str) -> Matrix {
        toml::from_str(&format!("[[row]]\nfault = \"f\"\ndue = \"d\"\ntests = [\"it_holds\"]\n[[row]]\nfault = \"g\"\ndue = \"e\"\n{second}"))
            .unwrap()
    }

    #[test]
    fn what_was_seen_stands_in_its_row() {
        let text = document(&matrix(""), &read(OUTPUT)).unwrap();
        assert!(text.contains("2 of 2 rows are shown."));
        assert!(text.contains(
            "| 1 | f | d | as due | yes |\n| 2 | g | e | the whole answer (a served) | yes |\n"
        ));
    }

    #[test]
    fn a_row_has_a_test_that_ran_or_a_reason_and_never_both() {
        let refused =
            |matrix: &Matrix, output| document(matrix, &read(output)).unwrap_err().to_string();
        let both = refused(&matrix("missing = \"m\""), OUTPUT);
        assert_eq!(both, "row 2 has a test and a reason for having none");
        let lost = refused(&matrix(""), "test streams::row_02_it_breaks ... ok\n");
        assert_eq!(lost, "row 1: there is no test `it_holds`");
        let neither = refused(&matrix(""), "test other::it_holds ... ok\n");
        assert_eq!(neither, "row 2 has no test and no reason");
    }

    #[test]
    fn a_failed_test_is_known() {
        assert!(!read("test a::row_01_b ... FAILED\n").passed["row_01_b"]);
    }
}
