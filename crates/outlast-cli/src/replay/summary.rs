//! The result in figures: for a person a line per exchange that was not understood and a table of counts, for a
//! program one JSON object.

use std::collections::BTreeMap;
use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::outcome::Replayed;
use super::request::Verdict;
use super::{Exchange, Outcome};

/// Counts outcomes by provider and operation.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    rows: BTreeMap<(String, String), Counts>,
    failures: Vec<String>,
}

/// How many exchanges came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    exchanges: usize,
    replies: usize,
    errors: usize,
    not_understood: usize,
    skipped: usize,
    requests: Requests,
}

/// How many requests came to what; those of exchanges that were skipped are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Requests {
    equal: usize,
    different: usize,
    refused: usize,
    not_re_encoded: usize,
    not_recorded: usize,
}

/// The figures, for a program.
#[derive(Debug, Serialize)]
struct Figures<'a> {
    #[serde(flatten)]
    total: Counts,
    rows: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    provider: &'a str,
    operation: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

const COLUMNS: [&str; 11] = [
    "provider",
    "operation",
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

impl Summary {
    /// Counts one outcome.
    pub(crate) fn add(&mut self, exchange: &Exchange, outcome: &Outcome) {
        let key = (exchange.provider.clone(), exchange.operation.clone());
        let counts = self.rows.entry(key).or_default();
        counts.exchanges += 1;
        let (reading, request) = match &outcome.result {
            Replayed::Skipped { .. } => {
                counts.skipped += 1;
                return;
            }
            Replayed::Read { reading, request } => (reading, request),
        };
        let failed =
            |what: &str, why: &str| format!("{what}: {} {}: {why}", exchange.provider, outcome.id);
        if !reading.ok {
            counts.not_understood += 1;
            let why = reading
                .error
                .as_deref()
                .unwrap_or("a recorded error was read as a success");
            self.failures.push(failed("not understood", why));
        } else if reading.error_kind.is_some() {
            counts.errors += 1;
        } else {
            counts.replies += 1;
        }
        counts.requests.add(request.verdict);
        if request.verdict == Verdict::Different {
            let place = request.note.as_deref().unwrap_or_default();
            self.failures.push(failed("request differs", place));
        }
    }

    /// Tells whether every exchange that was read was understood and every request written as it was.
    pub(crate) fn is_ok(&self) -> bool {
        self.failures.is_empty()
    }

    /// Returns the figures as a JSON object.
    pub(crate) fn figures(&self) -> impl Serialize {
        Figures {
            total: self.total(),
            rows: self
                .rows
                .iter()
                .map(|((provider, operation), counts)| Row {
                    provider,
                    operation,
                    counts: *counts,
                })
                .collect(),
        }
    }

    fn total(&self) -> Counts {
        self.rows
            .values()
            .fold(Counts::default(), |total, counts| total.plus(*counts))
    }
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            exchanges: self.exchanges + other.exchanges,
            replies: self.replies + other.replies,
            errors: self.errors + other.errors,
            not_understood: self.not_understood + other.not_understood,
            skipped: self.skipped + other.skipped,
            requests: self.requests.plus(other.requests),
        }
    }

    fn columns(self) -> [usize; 9] {
        [
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

impl Requests {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Equal => self.equal += 1,
            Verdict::Different => self.different += 1,
            Verdict::Refused => self.refused += 1,
            Verdict::NotReEncoded => self.not_re_encoded += 1,
            Verdict::NotRecorded => self.not_recorded += 1,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            equal: self.equal + other.equal,
            different: self.different + other.different,
            refused: self.refused + other.refused,
            not_re_encoded: self.not_re_encoded + other.not_re_encoded,
            not_recorded: self.not_recorded + other.not_recorded,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(COLUMNS);
        for ((provider, operation), counts) in &self.rows {
            table.add_row(row(provider, operation, *counts));
        }
        table.add_row(row("all", "", self.total()));
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        write!(f, "{}", table.trim_fmt())
    }
}

fn row(provider: &str, operation: &str, counts: Counts) -> Vec<String> {
    let names = [provider.to_owned(), operation.to_owned()];
    let figures = counts.columns().map(|count| count.to_string());
    names.into_iter().chain(figures).collect()
}
