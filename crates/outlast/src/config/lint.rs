//! What is allowed and probably not meant.

use outlast_types::TargetId;
use secrecy::ExposeSecret;

use super::{AccountConfig, Config, Problem, RouteConfig, embeddings};

/// Returns the warnings about a configuration.
pub(super) fn warnings(config: &Config) -> Vec<Problem> {
    let exposed = config.accounts.iter().filter_map(exposed_key);
    let routes = config
        .routes
        .iter()
        .flat_map(|route| of_route(config, route));
    exposed
        .chain(routes)
        .map(|message| Problem::of_file(&config.file, message))
        .collect()
}

fn exposed_key(account: &AccountConfig) -> Option<String> {
    (account.has_secret() && account.base_url.is_exposed()).then(|| {
        format!(
            "account `{}` sends its key unencrypted to {}: use `https://`",
            account.name, account.base_url
        )
    })
}

fn of_route(config: &Config, route: &RouteConfig) -> Vec<String> {
    let mixed = embeddings::mixed(route);
    mixed.into_iter().chain(redundancy(config, route)).collect()
}

/// Finds fallbacks that would fail together with those they are for.
fn redundancy(config: &Config, route: &RouteConfig) -> Vec<String> {
    if let [only] = route.targets.as_slice() {
        return vec![format!(
            "route `{}` has one target, `{only}`: nothing takes over when it fails",
            route.name
        )];
    }
    let shared = route
        .targets
        .iter()
        .enumerate()
        .filter_map(|(number, target)| {
            let before = route.targets.get(..number)?;
            let (other, what) = before
                .iter()
                .find_map(|other| Some((other, shared_fate(config, other, target)?)))?;
            Some(format!(
                "route `{}`: the fallback `{target}` is no redundancy for `{other}`: same {what}",
                route.name
            ))
        });
    shared.collect()
}

/// Names what two targets have in common and would lose together.
fn shared_fate(config: &Config, one: &TargetId, other: &TargetId) -> Option<&'static str> {
    if one.account() == other.account() {
        return Some("account");
    }
    let account = |target: &TargetId| {
        config
            .accounts
            .iter()
            .find(|account| account.name == target.account())
    };
    let (one, other) = (account(one)?, account(other)?);
    if one.base_url.host() == other.base_url.host() && one.base_url.port() == other.base_url.port()
    {
        return Some("host");
    }
    match (&one.key, &other.key) {
        (Some(one), Some(other)) if one.expose_secret().trim() == other.expose_secret().trim() => {
            Some("key")
        }
        _ => None,
    }
}
