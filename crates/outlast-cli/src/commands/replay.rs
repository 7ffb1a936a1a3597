//! `outlast replay`: recorded exchanges through the codecs.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::output;
use crate::replay::{Summary, outcome, read};

/// Reads recorded exchanges with providers and shows what the codecs make of them.
///
/// For each exchange: text, tool calls, finish, usage, or the kind of error. Nothing is sent anywhere. It ends with 1
/// if a recorded success was not read as one, or a recorded error not as an error.
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

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut summary = Summary::default();
    for file in &args.files {
        read(file, |exchange| {
            let outcome = outcome(&exchange);
            summary.add(&exchange, &outcome);
            if args.json {
                output::say_json(&outcome)?;
            }
            Ok(())
        })?;
    }
    if !args.json {
        output::say(&summary)?;
    }
    Ok(if summary.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
