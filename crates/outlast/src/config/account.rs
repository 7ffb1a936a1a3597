//! The sections `[account.NAME]`.

use outlast_providers::{Api, Bedrock, Preset, UpstreamUrl};
use secrecy::SecretString;

use super::azure::AzureConfig;
use super::secret::Secrets;
use super::section::Section;
use super::source::Report;
use super::suggest::hint;
use super::vertex::VertexConfig;

/// An account at a provider.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountConfig {
    /// Its name, the first half of `account/model`.
    pub name: String,
    /// What is known of its vendor.
    pub preset: &'static Preset,
    /// Where its calls go.
    pub base_url: UpstreamUrl,
    /// Whether its models speak OpenAI's Responses in place of Chat Completions.
    pub responses: bool,
    /// What it has at Azure.
    pub azure: Option<AzureConfig>,
    /// What it has at Vertex AI.
    pub vertex: Option<VertexConfig>,
    /// Its region, at a provider that has such.
    pub region: Option<String>,
    /// Its key; none is needed for some servers of one's own.
    pub key: Option<SecretString>,
    /// Where the key comes from, in words.
    pub key_source: Option<String>,
    /// Whether its models go on from a last assistant message, where the file says so.
    pub prefill: Option<bool>,
}

impl AccountConfig {
    /// Reads one account. `None` if something is wrong with it, which `report` then has.
    pub(super) fn read(
        name: &str,
        mut section: Section<'_>,
        secrets: &Secrets<'_>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        if name.is_empty() || name.contains('/') {
            let message = "an account's name must not be empty or contain `/`, for targets are written `account/model`";
            report.add(section.span(), message);
        }
        let preset = read_kind(name, &mut section, report);
        let responses = read_responses(preset, &mut section, report);
        let azure = AzureConfig::read(preset, &mut section, secrets, report);
        let vertex = VertexConfig::read(preset, &mut section, secrets, report);
        let region = read_region(preset, &mut section, report);
        let base_url = match (&azure, &vertex) {
            (Some(azure), _) => azure.base_url(&mut section, report),
            (_, Some(vertex)) => vertex.base_url(&mut section, report),
            _ => read_base_url(preset, region.as_deref(), &mut section, report),
        };
        let signs_in = vertex.is_some() || azure.is_some() && section.has("client_secret");
        let key = read_key(name, preset, signs_in, &mut section, secrets, report);
        let prefill = section.flag("prefill", report);
        section.finish(report);
        Some(Self {
            name: name.to_owned(),
            preset: preset?,
            base_url: base_url?,
            responses,
            azure,
            vertex,
            region,
            key_source: key.as_ref().map(|key| key.source.clone()),
            key: key.map(|key| key.secret),
            prefill,
        })
    }

    /// Tells whether its calls prove who makes them: with a key, or by signing in.
    pub fn has_secret(&self) -> bool {
        let azure = self.azure.as_ref().is_some_and(AzureConfig::signs_in);
        let google = self
            .vertex
            .as_ref()
            .is_some_and(|vertex| vertex.login.is_some());
        self.key.is_some() || azure || google
    }
}

/// Reads the kind, which is the account's own name if that is one.
fn read_kind(
    name: &str,
    section: &mut Section<'_>,
    report: &mut Report<'_>,
) -> Option<&'static Preset> {
    let names = Preset::all().iter().map(|preset| preset.name);
    if section.has("kind") {
        let kind = section.text("kind", report)?;
        let preset = Preset::by_name(kind.get_ref());
        if preset.is_none() {
            let hint = hint(kind.get_ref(), names);
            report.add(
                kind.span(),
                format!("unknown kind `{}`: {hint}", kind.get_ref()),
            );
        }
        return preset;
    }
    section.value("kind");
    let preset = Preset::by_name(name);
    if preset.is_none() {
        let hint = hint(name, names);
        report.add(
            section.span(),
            format!("`{name}` is no known kind, so the account needs `kind = \"...\"`: {hint}"),
        );
    }
    preset
}

/// Reads which of OpenAI's two formats is spoken.
fn read_responses(
    preset: Option<&Preset>,
    section: &mut Section<'_>,
    report: &mut Report<'_>,
) -> bool {
    let Some(preset) = preset else {
        section.value("api");
        return false;
    };
    if matches!(preset.api, Api::OpenAiChat(_)) {
        let words = [("chat", false), ("responses", true)];
        return section.word("api", words, report).unwrap_or(false);
    }
    if section.has("api") {
        section.value("api");
        let message = format!(
            "the kind `{}` has a format of its own, and no other: leave out `api`",
            preset.name
        );
        report.add(section.span_of("api"), message);
    }
    false
}

/// Reads the region, which only accounts at Bedrock have.
fn read_region(
    preset: Option<&Preset>,
    section: &mut Section<'_>,
    report: &mut Report<'_>,
) -> Option<String> {
    if preset.is_none_or(|preset| preset.name != Bedrock::PRESET.name) {
        return None;
    }
    if !section.has("region") {
        section.value("region");
        return None;
    }
    let region = section.text("region", report)?;
    if Bedrock::base_url(region.get_ref()).is_err() {
        let message = "a region is a name such as `us-east-1`";
        report.add(region.span(), message);
    }
    Some((*region.get_ref()).to_owned())
}

fn read_base_url(
    preset: Option<&Preset>,
    region: Option<&str>,
    section: &mut Section<'_>,
    report: &mut Report<'_>,
) -> Option<UpstreamUrl> {
    if section.has("base_url") {
        let text = section.text("base_url", report)?;
        return text
            .get_ref()
            .parse()
            .map_err(|error| report.add(text.span(), format!("{error}")))
            .ok();
    }
    section.value("base_url");
    let preset = preset?;
    if preset.name == Bedrock::PRESET.name {
        let Some(region) = region else {
            let message = "an account at Bedrock needs its region: add `region = \"us-east-1\"`";
            report.add(section.span(), message);
            return None;
        };
        return Bedrock::base_url(region).ok();
    }
    match preset.base_url {
        Some(base_url) => base_url.parse().ok(),
        None => {
            let kind = preset.name;
            let message = format!(
                "the kind `{kind}` has no address of its own: add `base_url = \"https://...\"`"
            );
            report.add(section.span(), message);
            None
        }
    }
}

/// A key, and where it comes from in words.
struct Key {
    secret: SecretString,
    source: String,
}

/// Reads the key; without one in the file the vendor's usual environment variables are looked up.
fn read_key(
    name: &str,
    preset: Option<&Preset>,
    signs_in: bool,
    section: &mut Section<'_>,
    secrets: &Secrets<'_>,
    report: &mut Report<'_>,
) -> Option<Key> {
    let literal = section.flag("allow_literal_key", report).unwrap_or(false);
    if section.has("api_key") {
        return Some(Key {
            secret: secrets.key(section, "api_key", literal, report)?,
            source: format!("`api_key` in [account.{name}]"),
        });
    }
    section.value("api_key");
    if let Some(secret) = secrets.stand_in(name).filter(|_| signs_in) {
        let source = "a stand-in".to_owned();
        return Some(Key { secret, source });
    }
    let preset = preset.filter(|_| !signs_in)?;
    let in_env = |variable: &&str| {
        Some(Key {
            secret: secrets.held(variable)?,
            source: format!("the environment variable {variable}"),
        })
    };
    let key = preset.key_env.iter().find_map(in_env);
    if key.is_none() && !preset.key_optional {
        let variable = preset.key_env.first().unwrap_or(&"NAME");
        report.add(
            section.span(),
            format!(
                "the account has no key: set the environment variable `{variable}`, or add `api_key = {{ env = \"...\" }}`"
            ),
        );
    }
    key
}
