//! `outlast replay`: recorded exchanges through the codecs.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::failure::Failure;

/// Reads recorded exchanges with providers and shows what the codecs make of them.
///
/// For each exchange: text, tool calls, finish, usage, or the kind of error. Nothing is sent anywhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  outlast replay recordings/openai.jsonl --json")]
pub(crate) struct Args {
    /// The files, one recorded exchange a line (JSON Lines).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object per exchange, a line each.
    #[arg(long)]
    json: bool,
}

/// Runs the command; it ends with 1 if an exchange was not understood.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let Args { files, json } = args;
    Err(Failure::new(format!(
        "cannot replay {} files yet (json: {json})",
        files.len()
    )))
}
