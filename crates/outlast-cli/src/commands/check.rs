//! `outlast check`: is the configuration right?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outlast::{Client, Config, ConfigError};

use crate::failure::Failure;
use crate::output;
use crate::source::USUAL_FILE;

/// Validates a configuration; says what is wrong, at which line, and how to mend it.
///
/// It ends with 1 if something is wrong. Warnings name what is allowed and probably not meant, such as a fallback
/// behind the same account. Nothing is sent to a provider; the keys must be there, for they are read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  outlast check outlast.toml")]
pub(crate) struct Args {
    /// The configuration.
    #[arg(value_name = "FILE", default_value = USUAL_FILE)]
    file: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match load(&args.file) {
        Ok((config, client)) => {
            summarise(&config, &client, &args.file)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            for problem in error.problems() {
                output::complain(&problem.to_string());
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

fn load(file: &Path) -> Result<(Config, Client), ConfigError> {
    let config = Config::load(file)?;
    let client = Client::from_config(&config)?;
    Ok((config, client))
}

fn summarise(config: &Config, client: &Client, file: &Path) -> Result<(), Failure> {
    let warnings = config.warnings();
    for warning in &warnings {
        output::note(format_args!("warning: {warning}"));
    }
    let (routes, targets) = (client.routes().count(), client.targets().len());
    output::say(format_args!(
        "{}: {}, {}, {}",
        file.display(),
        counted(routes, "route"),
        counted(targets, "target"),
        counted(warnings.len(), "warning"),
    ))
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
