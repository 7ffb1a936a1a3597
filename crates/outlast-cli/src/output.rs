//! What a person or a program reads from us.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Writes one line to stdout at once, so that a program that waits for it sees it.
pub(crate) fn say(line: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Writes text to stdout at once, as it is.
pub(crate) fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Writes one JSON object on one line to stdout.
pub(crate) fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    say(json(value)?)
}

/// Writes one JSON object on one line to stderr.
pub(crate) fn note_json(value: &impl Serialize) -> Result<(), Failure> {
    note(json(value)?);
    Ok(())
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|error| Failure::new(format!("the result could not be written: {error}")))
}

/// Writes a remark to stderr. A closed stderr is nobody's problem.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes an error to stderr.
pub(crate) fn complain(message: &str) {
    note(format_args!("error: {message}"));
}
