//! Where a command's client comes from: a configuration, or simulated providers.

use std::path::{Path, PathBuf};

use outlast::config::GatewayConfig;
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

fn wrong_config(error: &ConfigError) -> Failure {
    match error.problems() {
        [problem] => Failure::new(problem),
        problems => Failure::new(format_args!(
            "the configuration has {} errors:\n{error}",
            problems.len()
        )),
    }
}
