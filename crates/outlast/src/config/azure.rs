//! What an account at Azure has beside other accounts: its resource, its form of address, and the application that signs
//! in.

use outlast_providers::{AccountError, AzureOpenAi, EntraClient, Layout, Preset, UpstreamUrl};
use secrecy::SecretString;

use super::secret::Secrets;
use super::section::Section;
use super::source::Report;

/// A version for messages: the last one of Azure's that is final.
const SOME_VERSION: &str = "2024-10-21";

/// What the application that signs in is described by.
const ENTRA: [&str; 3] = ["tenant", "client_id", "client_secret"];

/// Settings of an account at Azure OpenAI.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AzureConfig {
    /// Whether a deployment is named in the path; else it is in the body.
    pub layout: Layout,
    /// The `api-version` of each call.
    pub api_version: Option<String>,
    /// The application that signs in, in place of a key.
    pub entra: Option<EntraClient>,
}

impl AzureConfig {
    /// Reads the settings of an account at Azure; `None` for any other.
    pub(super) fn read(
        preset: Option<&Preset>,
        section: &mut Section<'_>,
        secrets: &Secrets<'_>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        if preset?.name != AzureOpenAi::PRESET.name {
            return None;
        }
        let layout = match section.flag("deployments", report) {
            Some(true) => Layout::Deployments,
            _ => Layout::Flat,
        };
        Some(Self {
            layout,
            api_version: read_version(layout, section, report),
            entra: read_entra(section, secrets, report),
        })
    }

    /// Tells whether an application signs in.
    pub(super) fn signs_in(&self) -> bool {
        self.entra.is_some()
    }

    /// Reads where the resource is.
    pub(super) fn base_url(
        &self,
        section: &mut Section<'_>,
        report: &mut Report<'_>,
    ) -> Option<UpstreamUrl> {
        let (name, other) = match section.has("base_url") {
            true => ("base_url", "resource"),
            false => ("resource", "base_url"),
        };
        let has_both = section.has(name) && section.value(other).is_some();
        if !section.has(name) {
            section.value(name);
            let message = "an account at Azure needs its resource: add `resource = \"contoso\"`, which is the host's \
                           first part, or `base_url = \"https://...\"`";
            report.add(section.span(), message);
            return None;
        }
        let text = section.text(name, report)?;
        if has_both {
            let message = "a `base_url` says where the resource is: leave out `resource`";
            report.add(section.span_of("resource"), message);
        }
        let base_url = self.located(text.get_ref());
        let base_url = base_url.map_err(|error| report.add(text.span(), error.to_string()));
        base_url.ok().inspect(|base_url| {
            if self.layout == Layout::Deployments && base_url.to_string().ends_with("/v1") {
                let message = "an address that ends in `/v1` has no deployments in its path: leave out `deployments`";
                report.add(section.span_of("deployments"), message);
            }
        })
    }

    fn located(&self, resource: &str) -> Result<UpstreamUrl, AccountError> {
        let account = match self.layout {
            Layout::Deployments => AzureOpenAi::deployments(resource, SOME_VERSION),
            _ => AzureOpenAi::v1(resource),
        };
        Ok(account?.base_url().clone())
    }
}

/// Reads the version, which the older form of address needs. The newer one takes words such as `preview` and no dates.
fn read_version(
    layout: Layout,
    section: &mut Section<'_>,
    report: &mut Report<'_>,
) -> Option<String> {
    let has_deployments = layout == Layout::Deployments;
    if !section.has("api_version") {
        section.value("api_version");
        if has_deployments {
            let message = format!(
                "addresses with the deployment in the path need a version: add `api_version = \"{SOME_VERSION}\"`"
            );
            report.add(section.span_of("deployments"), message);
        }
        return None;
    }
    let version = section.text("api_version", report)?;
    let is_date = version.get_ref().starts_with(|c: char| c.is_ascii_digit());
    if is_date && !has_deployments {
        let message = "a date is the version of addresses with the deployment in the path: add `deployments = true`, or \
                       leave out `api_version`";
        report.add(version.span(), message);
    }
    Some((*version.get_ref()).to_owned())
}

/// Reads the application that signs in at Entra ID, if there is one.
fn read_entra(
    section: &mut Section<'_>,
    secrets: &Secrets<'_>,
    report: &mut Report<'_>,
) -> Option<EntraClient> {
    let missing: Vec<_> = ENTRA.iter().filter(|name| !section.has(name)).collect();
    if missing.len() == ENTRA.len() {
        for name in ENTRA {
            section.value(name);
        }
        return None;
    }
    for name in missing {
        let message =
            format!("who signs in at Entra ID needs a `{name}`, too, or an `api_key` instead");
        report.add(section.span(), message);
    }
    if section.has("api_key") {
        let message =
            "an account has an `api_key` or signs in with a `client_secret`: leave out one of them";
        report.add(section.span_of("api_key"), message);
    }
    let mut word = |name| Some((*section.text(name, report)?.get_ref()).to_owned());
    let (tenant, client_id) = (word("tenant"), word("client_id"));
    let literal = section.flag("allow_literal_key", report).unwrap_or(false);
    let secret: Option<SecretString> = secrets.key(section, "client_secret", literal, report);
    Some(EntraClient::new(tenant?, client_id?, secret?))
}
