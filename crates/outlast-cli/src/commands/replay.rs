//! `outlast replay`: recorded exchanges through the codecs.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::output;
use crate::replay::{Summary, files, outcome, read};

/// Reads recorded exchanges with providers and shows what the codecs make of them.
///
/// For each exchange: text, tool calls, finish, usage, or the kind of error; and whether the request, read and written
/// again, is the same JSON. Nothing is sent anywhere. It ends with 1 if a recorded success was not read as one, a
/// recorded error not as an error, or a request was written differently.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  outlast replay recordings/openai.jsonl --json\n  outlast replay recordings"
)]
pub(crate) struct Args {
    /// Files with one recorded exchange a line (JSON Lines), or folders of `.jsonl` files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print one JSON object per exchange, a line each, and the totals as one object on stderr.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut summary = Summary::default();
    for file in files(&args.paths)? {
        read(&file, |exchange| {
            let outcome = outcome(&exchange);
            summary.add(&exchange, &outcome);
            if args.json {
                output::say_json(&outcome)?;
            }
            Ok(())
        })?;
    }
    if args.json {
        output::note_json(&summary.figures())?;
    } else {
        output::say(&summary)?;
    }
    Ok(if summary.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
