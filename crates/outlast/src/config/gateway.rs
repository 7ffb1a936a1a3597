//! The section `[gateway]`: data for the gateway crate.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::secret::Secrets;
use super::section::{Section, Value};
use super::source::Report;

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

impl GatewayConfig {
    /// Reads the section; what is not there is as by default.
    pub(super) fn read(
        mut section: Section<'_>,
        secrets: &Secrets<'_>,
        report: &mut Report<'_>,
    ) -> Self {
        let mut config = Self::default();
        if let Some(listen) = read_listen(&mut section, report) {
            config.listen = listen;
        }
        // Keys that could not be read are keys too: their own problems are reported.
        let has_keys = section
            .value("keys")
            .is_some_and(|keys| !is_empty_list(keys));
        config.keys = read_keys(&mut section, secrets, report);
        let body_limit = section.number("body_limit", (1024, 1024 * 1024 * 1024), report);
        if let Some(limit) = body_limit.and_then(|limit| usize::try_from(limit).ok()) {
            config.body_limit = limit;
        }
        if let Some(grace) = section.duration("shutdown_grace", report) {
            config.shutdown_grace = grace;
        }
        if !has_keys && !config.listen.ip().is_loopback() {
            report.add(
                section.span_of("listen"),
                "without keys anybody who reaches this address could spend your money: \
                 add `keys = [{ name = \"app\", key = { env = \"OUTLAST_KEY\" } }]`, or listen on 127.0.0.1",
            );
        }
        section.finish(report);
        config
    }
}

fn is_empty_list(value: &Value<'_>) -> bool {
    value
        .get_ref()
        .as_array()
        .is_some_and(|list| list.is_empty())
}

fn read_listen(section: &mut Section<'_>, report: &mut Report<'_>) -> Option<SocketAddr> {
    let text = section.text("listen", report)?;
    let address = text.get_ref().parse();
    address
        .map_err(|_| {
            report.add(
                text.span(),
                "`listen` must be an IP address and a port, such as \"127.0.0.1:4000\" or \"[::1]:4000\"",
            );
        })
        .ok()
}

fn read_keys(
    section: &mut Section<'_>,
    secrets: &Secrets<'_>,
    report: &mut Report<'_>,
) -> Vec<GatewayKey> {
    let literal = section.flag("allow_literal_key", report).unwrap_or(false);
    let list = section.list("keys", report).unwrap_or_default();
    let mut keys: Vec<GatewayKey> = Vec::new();
    for value in list {
        let Some(mut entry) = Section::of("a key of [gateway]", value, report) else {
            continue;
        };
        let name = entry.text("name", report);
        let key = secrets.key(&mut entry, "key", literal, report);
        for field in ["name", "key"] {
            if !entry.has(field) {
                report.add(
                    entry.span(),
                    format!("a key of [gateway] needs a `{field}`"),
                );
            }
        }
        entry.finish(report);
        let Some(name) = name else { continue };
        if keys.iter().any(|other| other.name == *name.get_ref()) {
            let message = format!("two keys are named `{}`: rename one", name.get_ref());
            report.add(name.span(), message);
        }
        keys.extend(key.map(|key| GatewayKey {
            name: (*name.get_ref()).to_owned(),
            key,
        }));
    }
    keys
}
