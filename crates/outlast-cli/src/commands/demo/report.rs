//! The figures as tables.

use std::fmt::Write;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use super::results::{Phase, Results};
use super::stage::PRIMARY;

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
    let mut table = table(["", "primary healthy", "primary failing"]);
    let mut counts = |what: String, whole: usize, count: fn(&Phase) -> usize| {
        let failing: usize = results.phases.iter().map(count).sum();
        table.add_row([
            what,
            whole.saturating_sub(failing).to_string(),
            failing.to_string(),
        ]);
    };
    counts("requests".to_owned(), results.requests, |phase| {
        phase.requests
    });
    counts(
        "errors seen by callers".to_owned(),
        results.user_errors,
        |phase| phase.user_errors,
    );
    for (target, whole) in &results.served_by {
        counts(
            format!("served by {target}"),
            *whole,
            match target.as_str() {
                PRIMARY => |phase| phase.by_primary,
                _ => |phase| phase.by_fallback,
            },
        );
    }
    let mut facts = |what: &str, healthy: String, failing: String| {
        table.add_row([what.to_owned(), healthy, failing]);
    };
    facts(
        "calls that reached the failing primary",
        String::new(),
        results.primary_calls_in_outage.to_string(),
    );
    facts(
        "callers waited for the first words, p50",
        millis(results.p50_ms),
        millis(results.p50_ms_in_outage),
    );
    facts(
        "callers waited for the first words, p99",
        millis(results.p99_ms),
        millis(results.p99_ms_in_outage),
    );
    facts(
        "first answer by the fallback after",
        String::new(),
        millis(results.first_failover_ms),
    );
    facts(
        "streams that were cut half-way",
        String::new(),
        results.cut_streams.to_string(),
    );
    facts(
        "of them whole when they reached the caller",
        String::new(),
        results.cut_streams_completed.to_string(),
    );
    facts(
        "the primary has its traffic back after",
        millis(results.recovered_after_ms),
        String::new(),
    );
    align_figures(&mut table);
    table
}

fn phases(phases: &[Phase]) -> Table {
    let mut table = table([
        "trouble",
        "seconds",
        "requests",
        "errors",
        "by primary",
        "by fallback",
        "calls to primary",
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
    align_figures(&mut table);
    table
}

fn align_figures(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    table
}

fn pair(one: Option<f64>, other: Option<f64>) -> String {
    format!("{} / {}", millis(one), millis(other))
}

fn millis(time: Option<f64>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| format!("{time:.0} ms"))
}
