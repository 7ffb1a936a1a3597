//! The result for a person: a line per exchange that was not understood, and a table of counts.

use std::collections::BTreeMap;
use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::outcome::Replayed;
use super::{Exchange, Outcome};

/// Counts outcomes by provider and operation.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    rows: BTreeMap<(String, String), Counts>,
    failures: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    replies: usize,
    errors: usize,
    failed: usize,
    skipped: usize,
}

impl Summary {
    /// Counts one outcome.
    pub(crate) fn add(&mut self, exchange: &Exchange, outcome: &Outcome) {
        let key = (exchange.provider.clone(), exchange.operation.clone());
        let counts = self.rows.entry(key).or_default();
        match &outcome.result {
            Replayed::Skipped { .. } => counts.skipped += 1,
            Replayed::Read(reading) if !reading.ok => {
                counts.failed += 1;
                let why = reading
                    .error
                    .as_deref()
                    .unwrap_or("a recorded error was read as a success");
                self.failures
                    .push(format!("{} {}: {why}", exchange.provider, outcome.id));
            }
            Replayed::Read(reading) if reading.error_kind.is_some() => counts.errors += 1,
            Replayed::Read(_) => counts.replies += 1,
        }
    }

    /// Tells whether every exchange that was read was understood.
    pub(crate) fn is_ok(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "not understood: {failure}")?;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header([
            "provider",
            "operation",
            "replies",
            "errors",
            "not understood",
            "skipped",
        ]);
        for ((provider, operation), counts) in &self.rows {
            table.add_row([
                provider.clone(),
                operation.clone(),
                counts.replies.to_string(),
                counts.errors.to_string(),
                counts.failed.to_string(),
                counts.skipped.to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        write!(f, "{}", table.trim_fmt())
    }
}
