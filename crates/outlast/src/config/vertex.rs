//! What an account at Vertex AI has beside the others: a project, a location and Google's credentials.

use std::path::PathBuf;

use outlast_providers::{AccountError, Preset, UpstreamUrl, Vertex};
use toml::de::DeValue;

use super::secret::Secrets;
use super::section::{Section, Value};
use super::source::Report;

/// What the tokens of an account at Google Cloud are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoogleLogin {
    /// The credentials that Google's own tools find.
    Adc,
    /// Those in a file.
    File(PathBuf),
}

/// Settings of an account at Vertex AI.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VertexConfig {
    /// What its tokens are made of; `None` if it has one as its key.
    pub login: Option<GoogleLogin>,
    project: Option<String>,
    location: String,
}

impl VertexConfig {
    /// Reads the settings of an account at Vertex AI; `None` for any other.
    pub(super) fn read(
        preset: Option<&Preset>,
        section: &mut Section<'_>,
        secrets: &Secrets<'_>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        if preset?.name != Vertex::PRESET.name {
            return None;
        }
        let mut named = |field, variable: &str| match section.text(field, report) {
            Some(text) => Some((*text.get_ref()).to_owned()),
            None => (secrets.env)(variable).filter(|value| !value.is_empty()),
        };
        let project = named("project", Vertex::PROJECT_ENV);
        let location = named("location", Vertex::LOCATION_ENV);
        Some(Self {
            project,
            location: location.unwrap_or_else(|| Vertex::DEFAULT_LOCATION.to_owned()),
            login: read_login(section, secrets, report),
        })
    }

    /// Reads where the account's calls go; `base_url` is another address of the whole service.
    pub(super) fn base_url(
        &self,
        section: &mut Section<'_>,
        report: &mut Report<'_>,
    ) -> Option<UpstreamUrl> {
        let service = section.text("base_url", report);
        let Some(project) = &self.project else {
            let message = format!(
                "an account at Vertex AI needs its project: add `project = \"my-project-123\"`, or set the environment variable `{}`",
                Vertex::PROJECT_ENV
            );
            report.add(section.span_of("project"), message);
            return None;
        };
        let base_url = match &service {
            None => Vertex::base_url(project, &self.location),
            Some(service) => match service.get_ref().parse() {
                Ok(url) => Vertex::base_url_at(&url, project, &self.location),
                Err(error) => Err(AccountError::Url(error)),
            },
        };
        let base_url = base_url.map_err(|error| {
            let field = match error {
                AccountError::Project => "project",
                AccountError::Location => "location",
                _ => "base_url",
            };
            report.add(section.span_of(field), error.to_string());
        });
        base_url.ok()
    }
}

/// Reads the credentials; a key, which is a token here, stands in for them.
fn read_login(
    section: &mut Section<'_>,
    secrets: &Secrets<'_>,
    report: &mut Report<'_>,
) -> Option<GoogleLogin> {
    let value = section.value("credentials");
    if section.has("api_key") {
        if let Some(value) = value {
            let message = "an account has either `credentials` or `api_key`, a token that somebody fetched for it";
            report.add(value.span(), message);
        }
        return None;
    }
    if !cfg!(feature = "vertex") {
        let message = "this build cannot sign in at Google Cloud: build it with the feature `vertex`, or give a token as `api_key`";
        report.add(section.span_of("credentials"), message);
        return None;
    }
    match value {
        None => Some(GoogleLogin::Adc),
        Some(value) => login(value, secrets, report),
    }
}

fn login(value: &Value<'_>, secrets: &Secrets<'_>, report: &mut Report<'_>) -> Option<GoogleLogin> {
    const FORM: &str =
        "`credentials` must be \"adc\", what Google's own tools find, or `{ file = \"PATH\" }`";

    match value.get_ref() {
        DeValue::String(text) if text == "adc" => return Some(GoogleLogin::Adc),
        DeValue::Table(_) => {}
        _ => {
            report.add(value.span(), FORM);
            return None;
        }
    }
    let mut section = Section::of("`credentials`", value, report)?;
    if section.is_empty() {
        report.add(value.span(), FORM);
    }
    let file = section.text("file", report);
    section.finish(report);
    let file = file?;
    let path = secrets.folder.join(file.get_ref());
    if secrets.stand_ins {
        return Some(GoogleLogin::File(path));
    }
    if let Err(error) = std::fs::File::open(&path) {
        let path = path.display();
        report.add(
            file.span(),
            format!("the file `{path}` with the credentials cannot be read: {error}"),
        );
        return None;
    }
    Some(GoogleLogin::File(path))
}
