//! The figures as tables.

use std::fmt::Write;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::results::{Phase, Results};

/// Writes the figures for a person.
pub(super) fn render(results: &Results) -> String {
    let mut text = format!("{}\n\n{}\n", summary(results), phases(&results.phases));
    for error in &results.errors {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nA caller saw: {error}");
    }
    text
}

fn summary(results: &Results) -> Table {
    let mut table = table(["", "whole run", "during the outage"]);
    let served: Vec<_> = results
        .served_by
        .iter()
        .map(|(target, count)| format!("{count} by {target}"))
        .collect();
    table
        .add_row([
            "requests".to_owned(),
            format!("{} ({} streams)", results.requests, results.streams),
            results.requests_in_outage.to_string(),
        ])
        .add_row([
            "errors seen by callers".to_owned(),
            results.user_errors.to_string(),
            sum(&results.phases, |phase| phase.user_errors),
        ])
        .add_row([
            "served".to_owned(),
            served.join("\n"),
            format!(
                "{} by the primary\n{} by the fallback",
                sum(&results.phases, |phase| phase.by_primary),
                sum(&results.phases, |phase| phase.by_fallback),
            ),
        ])
        .add_row([
            "calls that reached the failing primary".to_owned(),
            String::new(),
            results.primary_calls_in_outage.to_string(),
        ])
        .add_row([
            "first answer after the first failure".to_owned(),
            String::new(),
            millis(results.first_failover_ms),
        ])
        .add_row([
            "wait for the first words, p50 / p99".to_owned(),
            format!(
                "{} / {} while healthy",
                millis(results.p50_ms),
                millis(results.p99_ms)
            ),
            pair(results.p50_ms_in_outage, results.p99_ms_in_outage),
        ])
        .add_row([
            "streams cut half-way".to_owned(),
            results.cut_streams.to_string(),
            format!(
                "{} reached their callers whole",
                results.cut_streams_completed
            ),
        ])
        .add_row([
            "until the primary had its traffic back".to_owned(),
            String::new(),
            millis(results.recovered_after_ms),
        ]);
    table
}

fn phases(phases: &[Phase]) -> Table {
    let mut table = table([
        "the primary ...",
        "seconds",
        "requests",
        "errors",
        "by primary",
        "by fallback",
        "calls to it",
        "p50 / p99",
        "back after",
    ]);
    for phase in phases {
        table.add_row([
            phase.trouble.to_owned(),
            phase.seconds.to_string(),
            phase.requests.to_string(),
            phase.user_errors.to_string(),
            phase.by_primary.to_string(),
            phase.by_fallback.to_string(),
            phase.primary_calls.to_string(),
            pair(phase.p50_ms, phase.p99_ms),
            millis(phase.recovered_after_ms),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
    table
}

fn sum(phases: &[Phase], count: impl Fn(&Phase) -> usize) -> String {
    phases.iter().map(count).sum::<usize>().to_string()
}

fn pair(one: Option<f64>, other: Option<f64>) -> String {
    format!("{} / {}", millis(one), millis(other))
}

fn millis(time: Option<f64>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| format!("{time:.0} ms"))
}
