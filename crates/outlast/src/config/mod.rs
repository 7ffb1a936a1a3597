//! The configuration file, `outlast.toml`.
//!
//! ```toml
//! [account.anthropic]                       # a kind that is known needs nothing but a key
//! api_key = { env = "ANTHROPIC_API_KEY" }   # or { file = "..." }; without it the vendor's usual variable is used
//!
//! [account.rack]
//! kind = "openai-compatible"                # by default the account's name
//! base_url = "http://10.0.0.7:8000/v1"
//! prefill = true                            # its models go on from a last assistant message
//! api = "responses"                         # OpenAI's Responses; by default "chat", its Chat Completions
//!
//! [account.azure-openai]
//! resource = "contoso"                      # or base_url = "https://..."
//! deployments = true                        # the deployment is named in the path; by default in the body
//! api_version = "2024-10-21"                # needed with `deployments`
//! tenant = "my-tenant"                      # signs in at Entra ID with `client_id` and `client_secret`;
//! client_id = "my-client-id"                # an `api_key` does without
//! client_secret = { env = "AZURE_CLIENT_SECRET" }
//!
//! [account.vertex]                          # Gemini, Claude and others in a project at Google Cloud
//! project = "my-project-123"                # by default GOOGLE_CLOUD_PROJECT
//! location = "europe-west4"                 # by default GOOGLE_CLOUD_LOCATION, else "global"
//! credentials = { file = "vertex.json" }    # by default "adc", those that Google's own tools find
//!
//! [route.default]                           # what callers write as `model`
//! targets = ["anthropic/claude-sonnet-4-5", "rack/llama-4"]
//!
//! [route.batch]
//! targets = ["rack/llama-4"]
//! fallback = "default"                      # then go on with the targets of this route
//! policy = { attempts = 1 }                 # changes [policy] for this route
//!
//! [route.cheap]
//! targets = ["rack/llama-4", "anthropic/claude-haiku-4-5"]
//! strategy = "cheapest"                     # ordered | weighted | fastest | cheapest | least-busy | headroom
//!
//! [route.cheap.on]                          # who is asked next after failures of a kind
//! context_too_long = ["anthropic/claude-sonnet-4-5"]
//! content_policy = ["rack/llama-4"]         # without a list, a refusal is final
//!
//! [route.shared]
//! targets = ["anthropic/claude-sonnet-4-5", "vertex/claude-sonnet-4-5"]
//! strategy = "weighted"
//! weights = { "anthropic/claude-sonnet-4-5" = 3 }  # 1 for the others; 0 is for fallbacks only
//! sticky = "prompt"                         # for prompt caches: by session or else by how a prompt begins; or "key"
//!
//! [route.auto]                              # leads to another route by what a chat asks for
//! task = "auto"
//! otherwise = "default"                     # where that is not sure, or would be too dear
//! tasks = { batch = "cheap" }               # reasoning, coding, fast, creative, batch, simple; by default their own names
//! confidence = 50                           # percent
//! cost_cap = 0.05                           # US dollars a request, by the prices below
//!
//! [target."rack/llama-4"]                   # what is not said of a target is tried
//! price = { input = 0.10, output = 0.40 }   # US dollars per million tokens
//! context_tokens = 128000
//! rpm = 500                                 # what the account allows it: requests a minute
//! tpm = 200000                              # and tokens a minute, input and output together
//! cannot = ["images", "documents", "audio"] # or tools, schema, prefill, reasoning
//!
//! [policy]                                  # see `Policy` for what each means and its default
//! attempts = 2
//! calls = 4
//! patience = "3s"
//! hedge = "off"                             # "auto": ask a second target beside one that is slower than usual
//! resume = "text"                           # or "off"
//! on_unsupported = "adapt"                  # what a target cannot carry; or "error", "ignore"
//! timeout = { connect = "5s", first_token = "auto", idle = "30s", progress = "90s", reply = "2m", total = "5m" }
//! in_flight = 1024                          # of each target, as is the breaker
//! queue = 0                                 # how many calls wait for a place there, instead of going elsewhere
//! max_wait = "1s"                           # and for how long
//! breaker = { consecutive = 5, open_time = "5s", open_cap = "60s", probes = 3, ramp_step = "30s" }
//! # breaker = { ramp = "slow" }             # steps of 15 minutes for very busy accounts; or "normal"
//!
//! [monitor]
//! probe_every = "30s"                       # free signs of life of targets that are down; or "never"
//!
//! [alert.oncall]                            # who is told of incidents
//! kind = "pagerduty"                        # slack | pagerduty | webhook | email
//! routing_key = { env = "PAGERDUTY_KEY" }
//!
//! [alert.channel]
//! kind = "slack"
//! webhook_url = { env = "SLACK_WEBHOOK" }   # its address is its key
//!
//! [alert.own]
//! kind = "webhook"                          # signed as Standard Webhooks says
//! url = "https://ops.example.com/hook"
//! secret = { env = "HOOK_SECRET" }
//!
//! [alert.mail]
//! kind = "email"
//! server = "smtps://mail.example.com"       # or "smtp://..." for STARTTLS
//! from = "outlast@example.com"
//! to = ["oncall@example.com"]
//! user = "outlast"
//! password = { env = "MAIL_PASSWORD" }
//!
//! [gateway]
//! listen = "127.0.0.1:4000"
//! keys = [{ name = "app", key = { env = "OUTLAST_KEY" } }]
//! body_limit = 33554432                     # bytes
//! shutdown_grace = "30s"
//! ```
//!
//! A file is read as a whole or refused as a whole. Everything that is wrong is reported at once, each with its line and
//! with the way to mend it, and nothing that looks like a setting is ignored.
//!
//! # Examples
//!
//! ```
//! use outlast::Config;
//!
//! let text = r#"
//! [account.deepseek]
//! base_ulr = "https://api.deepseek.com"
//! "#;
//! let env = |_: &str| Some("sk-0123".to_owned());
//! let error = Config::parse(text, "outlast.toml", env).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "outlast.toml:3:1: unknown field `base_ulr` in [account.deepseek]: did you mean `base_url`?\n\
//!      outlast.toml: there is no route: add `[route.default]` with `targets = [\"account/model\"]`"
//! );
//! ```

mod account;
mod alert;
mod auto;
mod azure;
mod embeddings;
mod error;
mod gateway;
mod lint;
mod policy;
mod route;
mod routing;
mod secret;
mod section;
mod source;
mod suggest;
mod target;
mod vertex;

use std::path::Path;

use outlast_monitor::MonitorConfig;
use toml::de::DeTable;

pub use self::account::AccountConfig;
use self::alert::read_monitor;
pub use self::alert::{AlertConfig, SinkConfig};
pub use self::auto::AutoConfig;
use self::auto::RawAuto;
pub use self::azure::AzureConfig;
pub use self::error::{ConfigError, Problem};
pub use self::gateway::{GatewayConfig, GatewayKey};
use self::policy::{PolicyScope, read_policy};
pub use self::route::RouteConfig;
use self::route::{RawRoute, resolve};
pub use self::routing::RoutingConfig;
use self::secret::Secrets;
use self::section::Section;
use self::source::Report;
pub use self::target::TargetConfig;
pub use self::vertex::{GoogleLogin, VertexConfig};
use crate::Policy;

/// The most bytes of a configuration file.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// A configuration that was read and found right, its keys included.
///
/// `Debug` shows no key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The file it was read from.
    pub file: String,
    /// The accounts, in the order of the file.
    pub accounts: Vec<AccountConfig>,
    /// The routes, in the order of the file; at least one.
    pub routes: Vec<RouteConfig>,
    /// Names that lead to a route by what a chat asks for, in the order of the file.
    pub autos: Vec<AutoConfig>,
    /// What is known of targets, in the order of the file.
    pub targets: Vec<TargetConfig>,
    /// The policy of `[policy]`. Each route has its own in [`RouteConfig::policy`].
    pub policy: Policy,
    /// Who is told of incidents, in the order of the file.
    pub alerts: Vec<AlertConfig>,
    /// How often a target that is down is asked for a sign of life, where the file says so.
    pub monitor: Option<MonitorConfig>,
    /// The gateway's own settings.
    pub gateway: GatewayConfig,
}

impl Config {
    /// Reads a file, and the keys it names from the environment and from files.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::load_with(path.as_ref(), false)
    }

    /// Reads a file as [`Config::load`] does, and looks up no key: each has a stand-in of its own that no provider
    /// accepts, and so has an account that signs in. Nobody is told of incidents. It is for who rehearses a configuration
    /// where its keys are not, or need not be.
    pub fn load_without_keys(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::load_with(path.as_ref(), true)
    }

    fn load_with(path: &Path, stand_ins: bool) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = read_file(path).map_err(|message| ConfigError::of_file(&file, message))?;
        let secrets = Secrets {
            env: &|name| std::env::var(name).ok(),
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            stand_ins,
        };
        Self::read(&text, &file, &secrets)
    }

    /// Reads a text as if it were in the file `name`. `env` looks up environment variables; key files are relative to the
    /// folder of `name`.
    pub fn parse(
        text: &str,
        name: &str,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let secrets = Secrets {
            env: &env,
            folder: Path::new(name).parent().unwrap_or(Path::new("")).to_owned(),
            stand_ins: false,
        };
        Self::read(text, name, &secrets)
    }

    /// Names what is allowed and probably not meant: a fallback that fails together with what it stands in for, a key
    /// that can be read on its way.
    pub fn warnings(&self) -> Vec<Problem> {
        lint::warnings(self)
    }

    fn read(text: &str, file: &str, secrets: &Secrets<'_>) -> Result<Self, ConfigError> {
        let mut report = Report::new(file, text);
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            // What follows from a broken file would only be noise.
            for error in errors {
                report.add(error.span().unwrap_or_default(), error.message());
            }
            return report.finish(None);
        }
        let root = Section::new("", root.span(), root.get_ref());
        let config = read_root(root, file, secrets, &mut report);
        report.finish(Some(config))
    }
}

fn read_root(
    mut root: Section<'_>,
    file: &str,
    secrets: &Secrets<'_>,
    report: &mut Report<'_>,
) -> Config {
    let policy = match root.section("policy", report) {
        Some(section) => read_policy(section, &Policy::default(), PolicyScope::All, report),
        None => Policy::default(),
    };
    let gateway = match root.section("gateway", report) {
        Some(section) => GatewayConfig::read(section, secrets, report),
        None => GatewayConfig::default(),
    };
    let account_sections = named_sections(&mut root, "account", report);
    let names: Vec<&str> = account_sections.iter().map(|(name, _)| *name).collect();
    let (auto_sections, route_sections): (Vec<_>, Vec<_>) =
        named_sections(&mut root, "route", report)
            .into_iter()
            .partition(|(_, section)| section.has("task"));
    let raw_routes: Vec<RawRoute> = route_sections
        .into_iter()
        .map(|(name, section)| RawRoute::read(name, section, &names, &policy, report))
        .collect();
    if raw_routes.is_empty() {
        report.add_to_file(
            "there is no route: add `[route.default]` with `targets = [\"account/model\"]`",
        );
    }
    let routes = resolve(&raw_routes, report);
    let autos = auto_sections
        .into_iter()
        .filter_map(|(name, section)| RawAuto::read(name, section, report).resolve(&routes, report))
        .collect();
    let targets = named_sections(&mut root, "target", report)
        .into_iter()
        .filter_map(|(name, section)| TargetConfig::read(name, section, &names, report))
        .collect();
    let accounts = account_sections
        .into_iter()
        .filter_map(|(name, section)| AccountConfig::read(name, section, secrets, report))
        .collect();
    let alerts = named_sections(&mut root, "alert", report)
        .into_iter()
        // An alert's key is often its address: it cannot be read without.
        .filter(|_| !secrets.stand_ins)
        .filter_map(|(name, section)| AlertConfig::read(name, section, secrets, report))
        .collect();
    let monitor = root
        .section("monitor", report)
        .map(|section| read_monitor(section, report));
    root.finish(report);
    Config {
        file: file.to_owned(),
        accounts,
        routes,
        autos,
        targets,
        policy,
        alerts,
        monitor,
        gateway,
    }
}

/// Returns the tables `[field.NAME]`, in the order of the file.
fn named_sections<'a>(
    root: &mut Section<'a>,
    field: &'static str,
    report: &mut Report<'_>,
) -> Vec<(&'a str, Section<'a>)> {
    let Some(all) = root.section(field, report) else {
        return Vec::new();
    };
    all.entries()
        .into_iter()
        .filter_map(|(name, _, value)| {
            Some((
                name,
                Section::of(format!("[{field}.{name}]"), value, report)?,
            ))
        })
        .collect()
}

fn read_file(path: &Path) -> Result<String, String> {
    let meta =
        std::fs::metadata(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    if meta.len() > MAX_FILE {
        return Err(format!("the file is longer than {MAX_FILE} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {error}"))
}
