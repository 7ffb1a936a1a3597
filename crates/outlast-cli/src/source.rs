//! Where a command's client comes from: a configuration, or simulated providers.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outlast::config::GatewayConfig;
use outlast::providers::Account;
use outlast::{Client, Config, ConfigError};

use crate::failure::Failure;
use crate::{output, simulated};

/// The configuration that is taken without being named, if it is there.
pub(crate) const USUAL_FILE: &str = "outlast.toml";

/// Which configuration to take.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// The configuration. Without it, `outlast.toml` in this directory; without that, simulated providers.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// A client, and what belongs to it.
pub(crate) struct Source {
    pub(crate) client: Client,
    pub(crate) gateway: GatewayConfig,
}

impl SourceArgs {
    /// Makes the client. It says on stderr where it comes from, unless that was typed.
    pub(crate) fn open(&self) -> Result<Source, Failure> {
        match &self.config {
            Some(file) => Source::from_file(file),
            None if Path::new(USUAL_FILE).is_file() => {
                output::note(format_args!("using {USUAL_FILE} of this directory"));
                Source::from_file(Path::new(USUAL_FILE))
            }
            None => {
                output::note(
                    "no configuration: the answers come from two SIMULATED providers and mean nothing. \
                     Name a configuration with --config FILE",
                );
                Ok(Source {
                    client: simulated::client()?,
                    gateway: GatewayConfig::default(),
                })
            }
        }
    }
}

impl Source {
    fn from_file(file: &Path) -> Result<Self, Failure> {
        let config = Config::load(file).map_err(|error| wrong_config(&error))?;
        Ok(Self {
            client: Client::from_config(&config).map_err(|error| wrong_config(&error))?,
            gateway: config.gateway,
        })
    }
}

/// Reads a configuration and makes its accounts.
pub(crate) fn connect(file: &Path) -> Result<(Config, Vec<Account>), Failure> {
    let config = Config::load(file).map_err(|error| wrong_config(&error))?;
    let accounts = config.connect().map_err(|error| wrong_config(&error))?;
    Ok((config, accounts))
}

/// Returns the accounts of these names, or all if none is named.
pub(crate) fn select(
    accounts: Vec<Account>,
    names: &[String],
) -> Result<Vec<Account>, UnknownAccount> {
    for name in names {
        if !accounts.iter().any(|account| account.name() == name) {
            let known: Vec<_> = accounts
                .iter()
                .map(|account| format!("`{}`", account.name()))
                .collect();
            return Err(UnknownAccount(format!(
                "there is no account `{name}`; the configuration has {}",
                known.join(", ")
            )));
        }
    }
    let is_meant =
        |account: &Account| names.is_empty() || names.iter().any(|name| name == account.name());
    Ok(accounts.into_iter().filter(is_meant).collect())
}

/// Says that a name was typed that the configuration does not have.
pub(crate) struct UnknownAccount(String);

impl UnknownAccount {
    /// Ends the command as wrong flags do.
    pub(crate) fn complain(self) -> ExitCode {
        output::complain(&self.0);
        ExitCode::from(2)
    }
}

/// Says what is wrong with a configuration.
pub(crate) fn wrong_config(error: &ConfigError) -> Failure {
    match error.problems() {
        [problem] => Failure::new(problem),
        problems => Failure::new(format_args!(
            "the configuration has {} errors:\n{error}",
            problems.len()
        )),
    }
}
