//! A configuration of one's own, rehearsed.

use std::sync::Arc;

use outlast::config::{AccountConfig, RouteConfig};
use outlast::{Config, TargetId};

use crate::run::DrillError;

/// A configuration and one of its routes, which a drill asks in place of the scenario's providers.
///
/// Its accounts keep their formats, dialects and policies; only what is behind their addresses is simulated. The first
/// host of the route fares as the scenario's first provider does, the second as its second, and all others as its last:
/// a fallback behind the same host as the primary fails with it.
#[derive(Clone, Debug)]
pub struct Configured {
    config: Arc<Config>,
    route: Arc<RouteConfig>,
}

impl Configured {
    /// Takes the route of this name; without one `default`, or the only one.
    ///
    /// Read the configuration with [`Config::load_without_keys`]: no key is needed.
    pub fn new(config: Config, route: Option<&str>) -> Result<Self, DrillError> {
        let named = |name: &str| config.routes.iter().find(|route| route.name == name);
        let found = match (route, config.routes.as_slice()) {
            (Some(name), _) => named(name),
            (None, [only]) => Some(only),
            (None, _) => named("default"),
        };
        let Some(found) = found else {
            let names = config.routes.iter().map(|route| route.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            let wanted = route.unwrap_or("default").to_owned();
            return Err(DrillError::NoRoute(wanted, names));
        };
        Ok(Self {
            route: Arc::new(found.clone()),
            config: Arc::new(config),
        })
    }

    /// Returns the name of the route.
    pub fn route(&self) -> &str {
        &self.route.name
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn targets(&self) -> &[TargetId] {
        &self.route.targets
    }

    /// Returns the accounts of the route in its order, each once, and then all others.
    pub(crate) fn accounts(&self) -> Vec<&AccountConfig> {
        let targets = self.route.targets.iter();
        let asked = targets.filter_map(|id| {
            let mut accounts = self.config.accounts.iter();
            accounts.find(|account| account.name == id.account())
        });
        let mut accounts: Vec<&AccountConfig> = Vec::new();
        for account in asked.chain(&self.config.accounts) {
            if !accounts.iter().any(|known| known.name == account.name) {
                accounts.push(account);
            }
        }
        accounts
    }
}

impl PartialEq for Configured {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config) && Arc::ptr_eq(&self.route, &other.route)
    }
}

impl Eq for Configured {}
