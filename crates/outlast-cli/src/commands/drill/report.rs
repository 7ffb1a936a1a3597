//! The figures as a table.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use outlast_drill::{Figures, Scenario};

/// What a row says of one contestant.
type Row = (&'static str, fn(&Figures) -> String);

const ROWS: &[Row] = &[
    ("requests", |figures| figures.requests.to_string()),
    ("users who saw an error", errors),
    ("calls to the failing primary, per request", |figures| {
        let requests = figures.requests_in_outage.max(1) as f64;
        format!("{:.4}", figures.primary_calls_in_outage as f64 / requests)
    }),
    ("outage noticed after", |figures| time(figures.detect_ms)),
    ("first words, p50 / p99", |figures| {
        pair(figures.ttft_p50_ms, figures.ttft_p99_ms)
    }),
    ("the same in the outage", |figures| {
        pair(figures.ttft_p50_ms_in_outage, figures.ttft_p99_ms_in_outage)
    }),
    ("users waited too long, in all", |figures| {
        format!("{:.0} min", figures.excess_minutes)
    }),
    ("primary answers again after", |figures| {
        time(figures.first_primary_traffic_after_ms)
    }),
    ("primary has 95 % again after", |figures| {
        time(figures.recovered_after_ms)
    }),
    ("calls per request", |figures| {
        format!("{:.3}", figures.calls_per_request)
    }),
    ("cost", |figures| format!("${:.2}", figures.cost_usd)),
    ("words lost / doubled", |figures| {
        format!("{} / {}", figures.tokens_lost, figures.tokens_doubled)
    }),
];

/// Writes the figures for a person.
pub(super) fn render(scenario: &Scenario, figures: &[Figures]) -> String {
    let mut table = Table::new();
    let names = figures.iter().map(|figures| figures.policy.as_str());
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(std::iter::once("").chain(names));
    for (what, of) in ROWS {
        let cells = figures.iter().map(of);
        table.add_row(std::iter::once((*what).to_owned()).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{} (seed {}, {} requests per second)\n\n{table}",
        scenario.title, scenario.seed, scenario.requests_per_second
    )
}

fn errors(figures: &Figures) -> String {
    let share = 100.0 * figures.user_errors as f64 / figures.requests.max(1) as f64;
    format!("{} ({share:.3} %)", figures.user_errors)
}

fn pair(one: Option<f64>, other: Option<f64>) -> String {
    format!("{} / {}", time(one), time(other))
}

fn time(ms: Option<f64>) -> String {
    match ms {
        None => "never".to_owned(),
        Some(ms) if ms < 1000.0 => format!("{ms:.0} ms"),
        Some(ms) => format!("{:.1} s", ms / 1000.0),
    }
}
