//! `outlast.toml`.

mod error;
mod gateway;

use std::path::Path;

pub use self::error::{ConfigError, Problem};
pub use self::gateway::{GatewayConfig, GatewayKey};

/// A configuration that was read and found right.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The gateway's own settings.
    pub gateway: GatewayConfig,
}

impl Config {
    /// Reads a file, and the keys it names from the environment and from files.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let _ = path.as_ref();
        Ok(Self {
            gateway: GatewayConfig::default(),
        })
    }

    /// Reads a text as the file `name`; `env` looks up environment variables.
    pub fn parse(
        text: &str,
        name: &str,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let _ = (text, name, env);
        Ok(Self {
            gateway: GatewayConfig::default(),
        })
    }

    /// Names what is allowed and probably not meant, such as a fallback behind the same account or host.
    pub fn warnings(&self) -> Vec<Problem> {
        Vec::new()
    }
}
