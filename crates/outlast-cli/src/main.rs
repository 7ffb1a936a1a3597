//! The `outlast` binary: a thin shell around the crates of the workspace.
//!
//! One file per command in [`commands`]: its flags, its help and its `run`. A command that fails says why in one
//! sentence on stderr and the process ends with 1; wrong flags end it with 2. Results go to stdout, everything else to
//! stderr.

mod commands;
mod failure;
mod logging;
mod output;
mod replay;
mod signals;
mod simulated;
mod source;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::init();
    match run(cli) {
        Ok(code) => code,
        // Whoever reads our output has had enough, as in `outlast check | head -1`.
        Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            output::complain(&message);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the runtime could not start: {error}")))?
        .block_on(cli.run())
}
