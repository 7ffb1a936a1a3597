//! The section `[gateway]`: data for the gateway crate.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;

/// The gateway's own settings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// Where it listens; `127.0.0.1:4000` by default.
    pub listen: SocketAddr,
    /// The keys callers may use; with none everybody may call, which is allowed on loopback only.
    pub keys: Vec<GatewayKey>,
    /// The most bytes of a request's body; 32 MiB by default.
    pub body_limit: usize,
    /// How long streams may still run after the order to shut down; 30 seconds by default.
    pub shutdown_grace: Duration,
}

/// A key that a caller may use.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GatewayKey {
    /// Whose it is, for logs and metrics.
    pub name: String,
    /// The key.
    pub key: SecretString,
}

impl GatewayKey {
    /// Lets `name` call with `key`.
    pub fn new(name: impl Into<String>, key: impl Into<SecretString>) -> Self {
        Self {
            name: name.into(),
            key: key.into(),
        }
    }
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4000)),
            keys: Vec::new(),
            body_limit: 32 * 1024 * 1024,
            shutdown_grace: Duration::from_secs(30),
        }
    }
}
