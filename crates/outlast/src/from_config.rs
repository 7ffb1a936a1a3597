//! From a configuration to a client.

use outlast_providers::{Account, AccountError};
use outlast_providers::{HttpService, PrefillRule};
use outlast_types::TargetId;

use crate::config::{AccountConfig, AzureConfig, RouteConfig};
use crate::{Client, ClientBuilder, Config, ConfigError, Routing};

impl Client {
    /// Makes the client that a configuration describes, over reqwest.
    #[cfg(feature = "reqwest")]
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        build(ClientBuilder::from_config(config)?, config)
    }

    /// Makes the client that a configuration describes, with `http` as the transport of all accounts.
    pub fn from_config_with_http(config: &Config, http: HttpService) -> Result<Self, ConfigError> {
        build(ClientBuilder::from_config_with_http(config, http)?, config)
    }
}

impl ClientBuilder {
    /// Starts with the routes and the policy of a configuration, over reqwest.
    #[cfg(feature = "reqwest")]
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        Self::from_config_with_http(config, reqwest_for(config)?)
    }

    /// Starts with the routes and the policy of a configuration, with `http` as the transport of all accounts.
    pub fn from_config_with_http(config: &Config, http: HttpService) -> Result<Self, ConfigError> {
        let beside = http.clone();
        let mut builder = Self::from_config_over(config, move |_| http.clone())?;
        for alert in &config.alerts {
            let transport = outlast_monitor::transport(beside.clone());
            builder = alert.add_to(builder, transport);
        }
        Ok(builder)
    }

    /// Starts with the routes and the policy of a configuration, with a transport of its own for each account. The alerts
    /// of the configuration are left out: they belong to no account.
    pub fn from_config_over(
        config: &Config,
        http: impl Fn(&AccountConfig) -> HttpService,
    ) -> Result<Self, ConfigError> {
        let mut builder = Self::default().policy(config.policy.clone());
        if let Some(monitor) = &config.monitor {
            builder = builder.monitor(monitor.clone());
        }
        let accounts = config.connect_over(http)?;
        for route in &config.routes {
            let targets = route.targets.iter().filter_map(|id| target(&accounts, id));
            builder = builder
                .route_with_policy(&route.name, targets, route.policy.clone())
                .routing(&route.name, routing(&accounts, route));
        }
        for auto in &config.autos {
            let route = auto.auto_route(&config.routes, &config.targets);
            builder = builder.auto_route(&auto.name, route);
        }
        for target in &config.targets {
            builder = builder.facts(target.id.clone(), target.facts.clone());
        }
        Ok(builder)
    }
}

impl Config {
    /// Makes the accounts that the configuration describes, over reqwest, in the order of the file.
    #[cfg(feature = "reqwest")]
    pub fn connect(&self) -> Result<Vec<Account>, ConfigError> {
        self.connect_with_http(reqwest_for(self)?)
    }

    /// Makes the accounts that the configuration describes, with `http` as the transport of all.
    pub fn connect_with_http(&self, http: HttpService) -> Result<Vec<Account>, ConfigError> {
        self.connect_over(move |_| http.clone())
    }

    fn connect_over(
        &self,
        http: impl Fn(&AccountConfig) -> HttpService,
    ) -> Result<Vec<Account>, ConfigError> {
        let accounts = self.accounts.iter().map(|account| {
            connect(account, http(account)).map_err(|error| in_account(self, account, &error))
        });
        accounts.collect()
    }
}

#[cfg(feature = "reqwest")]
fn reqwest_for(config: &Config) -> Result<HttpService, ConfigError> {
    let client = outlast_providers::ReqwestClient::builder()
        .connect_timeout(config.policy.timeout.connect)
        .build()
        .map_err(|error| ConfigError::of_file(&config.file, error.to_string()))?;
    Ok(outlast_providers::http_service(client))
}

fn build(builder: ClientBuilder, config: &Config) -> Result<Client, ConfigError> {
    builder
        .build()
        .map_err(|error| ConfigError::of_file(&config.file, error.to_string()))
}

/// Makes an account that sends its calls over `http`.
fn connect(config: &AccountConfig, http: HttpService) -> Result<Account, AccountError> {
    let account = Account::new(config.preset, config.base_url.clone())
        .with_name(config.name.as_str())
        .with_http(http);
    let account = match config.prefill {
        Some(true) => account.with_prefill(PrefillRule::Always),
        Some(false) => account.with_prefill(PrefillRule::Never),
        None => account,
    };
    let account = match &config.key_source {
        Some(source) => account.with_key_source(source.as_str()),
        None => account,
    };
    let account = match config.responses {
        true => account.with_responses()?,
        false => account,
    };
    let account = match &config.azure {
        Some(azure) => at_azure(account, azure),
        None => account,
    };
    match &config.key {
        Some(key) => account.with_key(key.clone()),
        None => Ok(signed_in(signed(account, config), config)),
    }
}

fn at_azure(account: Account, config: &AzureConfig) -> Account {
    let account = account.with_layout(config.layout);
    let account = match &config.api_version {
        Some(version) => account.with_query("api-version", version),
        None => account,
    };
    match &config.entra {
        Some(entra) => account.with_tokens(entra.clone()),
        None => account,
    }
}

/// Lets an account at Bedrock that has no key sign its requests with the credentials that AWS's own tools find.
#[cfg(feature = "bedrock-sigv4")]
fn signed(account: Account, config: &AccountConfig) -> Account {
    use outlast_providers::SigV4;
    match &config.region {
        Some(region) => account.with_authorizer(SigV4::from_default_chain(region)),
        None => account,
    }
}

#[cfg(not(feature = "bedrock-sigv4"))]
fn signed(account: Account, _config: &AccountConfig) -> Account {
    account
}

/// Lets an account at Google Cloud fetch tokens.
#[cfg(feature = "vertex")]
fn signed_in(account: Account, config: &AccountConfig) -> Account {
    use outlast_providers::GoogleCredentials;

    use crate::config::GoogleLogin;
    match config
        .vertex
        .as_ref()
        .and_then(|vertex| vertex.login.as_ref())
    {
        Some(GoogleLogin::Adc) => account.with_tokens(GoogleCredentials::from_default_chain()),
        Some(GoogleLogin::File(path)) => account.with_tokens(GoogleCredentials::from_file(path)),
        None => account,
    }
}

#[cfg(not(feature = "vertex"))]
fn signed_in(account: Account, _config: &AccountConfig) -> Account {
    account
}

fn in_account(config: &Config, account: &AccountConfig, error: &AccountError) -> ConfigError {
    ConfigError::of_file(&config.file, format!("account `{}`: {error}", account.name))
}

/// Says how a route chooses. Its own targets stand before those of its fallback route.
fn routing(accounts: &[Account], route: &RouteConfig) -> Routing {
    let config = &route.routing;
    let mut routing = Routing::new(config.strategy)
        .with_sticky(config.sticky)
        .with_leading(route.own);
    routing.weights.clone_from(&config.weights);
    for (kind, targets) in &config.on {
        let targets = targets.iter().filter_map(|id| target(accounts, id));
        routing = routing.with_detour(*kind, targets);
    }
    routing
}

fn target(accounts: &[Account], id: &TargetId) -> Option<outlast_providers::Target> {
    let account = accounts
        .iter()
        .find(|account| account.name() == id.account())?;
    Some(account.model(id.model()))
}
