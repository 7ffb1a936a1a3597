//! Vertex AI: Gemini, Claude and other vendors' models in a project at Google Cloud.
//!
//! Whose model it is decides where it is asked and in which format; its name tells ([`publisher`]). Requests have a token
//! that expires: it is made of the credentials that Google's own tools find, with the feature `vertex`.

#[cfg(feature = "vertex")]
mod adc;
#[cfg(feature = "vertex")]
mod credentials;
mod endpoint;
mod publisher;
#[cfg(feature = "vertex")]
mod refusal;

use outlast_wire::gemini::Platform;

#[cfg(feature = "vertex")]
pub use self::credentials::GoogleCredentials;
pub(crate) use self::endpoint::catalogs;
pub(crate) use self::publisher::{catalog_of, locate};
use crate::presets::{Api, Preset};
use crate::{Account, AccountError, Layout, PrefillRule, UpstreamUrl};

/// Accounts at Vertex AI.
///
/// | a model's name | is | and is asked in |
/// |---|---|---|
/// | `gemini-2.5-flash`, `google/gemini-2.5-flash` | Google's | Gemini's format |
/// | `claude-sonnet-4-5@20250929`, `anthropic/claude-sonnet-4-5` | Anthropic's | Messages |
/// | `meta/llama-4-maverick-17b-128e-instruct-maas` | another vendor's | Chat Completions |
/// | `endpoints/1234567890` | a model of one's own, tuned from Gemini | Gemini's format |
///
/// # Examples
///
/// ```
/// use outlast_providers::Vertex;
///
/// // A token that was fetched by hand; the feature `vertex` fetches them.
/// let account = Vertex::in_location("my-project", "europe-west4")?.with_key("ya29.0123")?;
/// assert_eq!(
///     account.base_url().to_string(),
///     "https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4",
/// );
/// assert_eq!(account.model("gemini-2.5-flash").id().to_string(), "vertex/gemini-2.5-flash");
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Vertex;

impl Vertex {
    /// What is known of Vertex AI.
    pub const PRESET: Preset = Preset {
        api: Api::Gemini(Platform::Vertex),
        base_url: None,
        layout: Layout::Publishers,
        key_env: &[],
        key_optional: cfg!(feature = "vertex"),
        prefill: PrefillRule::ClaudeBefore46,
        ..Preset::chat("vertex", "", &[])
    };

    /// Makes an account in a project and a location, without credentials yet. The location is a region such as
    /// `europe-west4`, a multi-region (`us`, `eu`), or `global`.
    pub fn in_location(project: &str, location: &str) -> Result<Account, AccountError> {
        let base_url = Self::base_url(project, location)?;
        Ok(Account::new(&Self::PRESET, base_url))
    }

    /// The environment variable that names the project, as Google's own SDK reads it.
    pub const PROJECT_ENV: &str = "GOOGLE_CLOUD_PROJECT";

    /// The environment variable that names the location, as Google's own SDK reads it.
    pub const LOCATION_ENV: &str = "GOOGLE_CLOUD_LOCATION";

    /// The location of an account whose environment names none: anywhere, as Google's own SDK has it.
    pub const DEFAULT_LOCATION: &str = "global";

    /// Makes an account whose project ([`Vertex::PROJECT_ENV`]) and location ([`Vertex::LOCATION_ENV`], else
    /// [`Vertex::DEFAULT_LOCATION`]) are in the environment, with the credentials that Google's own tools find.
    #[cfg(feature = "vertex")]
    pub fn from_env() -> Result<Account, AccountError> {
        let project = std::env::var(Self::PROJECT_ENV);
        let project = project.map_err(|_| AccountError::NoProject(Self::PROJECT_ENV))?;
        let location = std::env::var(Self::LOCATION_ENV);
        let location = location.unwrap_or_else(|_| Self::DEFAULT_LOCATION.to_owned());
        let account = Self::in_location(&project, &location)?;
        Ok(account.with_tokens(GoogleCredentials::from_default_chain()))
    }

    /// Returns where the models of a project and a location are.
    pub fn base_url(project: &str, location: &str) -> Result<UpstreamUrl, AccountError> {
        endpoint::base_url(&endpoint::service(location)?, project, location)
    }

    /// Returns where they are at another address of the service, such as a private one (`https://my-psc.example`) or a
    /// proxy's.
    pub fn base_url_at(
        service: &UpstreamUrl,
        project: &str,
        location: &str,
    ) -> Result<UpstreamUrl, AccountError> {
        endpoint::base_url(service, project, location)
    }
}
