//! An account: an address, a key and a format.

use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use outlast_types::TargetId;
use outlast_wire::ClientCodec;
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::openai::OpenAiChat;
use secrecy::SecretString;

use crate::http::Transport;
use crate::{
    Api, Credential, Endpoint, HttpService, KeyError, PrefillRule, Preset, Provider, Target,
    UpstreamUrl, UrlError,
};

/// The header in which Anthropic's format sends the key.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// An account at a provider, which gives out [`Target`]s.
///
/// # Examples
///
/// ```
/// use outlast_providers::{DeepSeek, OpenAiCompatible};
///
/// let deepseek = DeepSeek::with_key("sk-0123")?;
/// assert_eq!(deepseek.model("deepseek-chat").id().to_string(), "deepseek/deepseek-chat");
///
/// let own = OpenAiCompatible::at("rack", "http://10.0.0.7:8000/v1")?;
/// assert_eq!(own.model("llama-4").id().to_string(), "rack/llama-4");
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
#[derive(Clone)]
pub struct Account {
    name: Arc<str>,
    preset: Preset,
    base_url: UpstreamUrl,
    credential: Option<Credential>,
    http: Transport,
}

/// Says why an account cannot be used. It never quotes a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The environment variable that should hold the key is not set.
    #[error("the environment variable {0} is not set: put the account's key there")]
    NoKey(&'static str),
    /// The vendor has no usual address or key: it stands for any vendor of a format.
    #[error("the kind {0} has no address of its own: give a base URL")]
    NoAddress(&'static str),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The base URL cannot be used.
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl Account {
    /// Makes an account of a vendor at `base_url`, without a key yet.
    pub fn new(preset: &Preset, base_url: UpstreamUrl) -> Self {
        Self {
            name: preset.name.into(),
            preset: *preset,
            base_url,
            credential: None,
            http: Transport::default(),
        }
    }

    /// Makes an account of a vendor at its usual address, without a key yet.
    pub fn of(preset: &Preset) -> Result<Self, AccountError> {
        let base_url = preset
            .base_url
            .ok_or(AccountError::NoAddress(preset.name))?;
        Ok(Self::new(preset, base_url.parse()?))
    }

    /// Takes the key from the vendor's usual environment variable; a vendor that needs none may have none there.
    pub fn with_key_from_env(self) -> Result<Self, AccountError> {
        let variable = self.preset.key_env.unwrap_or_default();
        match std::env::var(variable) {
            Ok(key) => self.with_key(key),
            Err(_) if self.preset.key_optional => Ok(self),
            Err(_) => Err(AccountError::NoKey(variable)),
        }
    }

    /// Sets the key. White space around it is dropped.
    pub fn with_key(mut self, key: impl Into<SecretString>) -> Result<Self, AccountError> {
        self.credential = Some(match self.preset.api {
            Api::OpenAiChat(_) => Credential::bearer(key)?,
            Api::AnthropicMessages => Credential::header(X_API_KEY, key)?,
        });
        Ok(self)
    }

    /// Names the account; by default it is called like its vendor. Two accounts in one client need two names.
    pub fn with_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the base URL; by default it is the vendor's own.
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, AccountError> {
        self.base_url = base_url.parse()?;
        Ok(self)
    }

    /// Sets the transport; by default it is the one of the feature `reqwest`.
    pub fn with_http(mut self, http: HttpService) -> Self {
        self.http = http.into();
        self
    }

    /// Says which of its models go on from a last assistant message; by default what is known of the vendor.
    pub fn with_prefill(mut self, rule: PrefillRule) -> Self {
        self.preset.prefill = rule;
        self
    }

    /// Returns the account's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns where its calls go.
    pub fn base_url(&self) -> &UpstreamUrl {
        &self.base_url
    }

    /// Gives out the model of this name, as the account knows it.
    pub fn model(&self, name: impl Into<Arc<str>>) -> Target {
        let id = TargetId::new(Arc::clone(&self.name), name);
        match self.preset.api {
            Api::OpenAiChat(dialect) => self.target(id, OpenAiChat::new(dialect)),
            Api::AnthropicMessages => self.target(id, AnthropicMessages::new()),
        }
    }

    fn target<C: ClientCodec>(&self, id: TargetId, codec: C) -> Target {
        let prefill = self.preset.prefill.of_model(id.model());
        let endpoint = Endpoint::new(id.clone(), self.base_url.clone(), codec)
            .with_provider(self.preset.name)
            .with_credential(self.credential.clone());
        Target::new(id, Provider::new(endpoint, self.http.get())).with_prefill(prefill)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
