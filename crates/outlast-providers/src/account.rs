//! An account: an address, a key and a format.

use std::fmt;
use std::sync::Arc;

use outlast_types::TargetId;
use outlast_wire::ClientCodec;
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::gemini::Gemini;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::responses::OpenAiResponses;
use secrecy::SecretString;

use crate::advice::{Advice, KnownModels};
use crate::http::Transport;
use crate::{
    Api, Authorize, Credential, Endpoint, HttpService, KeyError, Layout, PrefillRule, Preset,
    Provider, Target, TokenSource, Tokens, UpstreamUrl, UrlError,
};

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
    /// Parameters of every request's query.
    query: Vec<(String, String)>,
    proof: Proof,
    http: Transport,
    /// Where the key comes from, in words.
    key_source: Option<Arc<str>>,
    models: KnownModels,
}

/// What an account proves with that it may call.
#[derive(Clone)]
enum Proof {
    None,
    Key(Credential),
    By(Arc<dyn Authorize>),
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Key(credential) => fmt::Debug::fmt(credential, f),
            Self::By(_) => f.write_str("Authorizer"),
        }
    }
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
    /// The vendor's format is none of OpenAI's, so that there is none to choose.
    #[error("the kind {0} does not speak OpenAI's formats, so that it has no Responses")]
    NoResponses(&'static str),
    /// The name of a resource cannot be one.
    #[error(
        "a resource is a name of letters, digits and hyphens, or a whole endpoint such as `https://contoso.openai.azure.com`"
    )]
    Resource,
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The environment variable that should name the project is not set.
    #[error("the environment variable {0} is not set: put the id of the account's project there")]
    NoProject(&'static str),
    /// The project cannot be one.
    #[error("a project of Google Cloud is its id, such as `my-project-123`, or its number")]
    Project,
    /// The location cannot be one.
    #[error(
        "a location is a region such as `europe-west4`, a multi-region (`us`, `eu`), or `global`"
    )]
    Location,
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
            query: Vec::new(),
            proof: Proof::None,
            http: Transport::default(),
            key_source: None,
            models: KnownModels::default(),
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
        let held = |variable: &&'static str| Some((*variable, std::env::var(variable).ok()?));
        let variables = self.preset.key_env;
        match variables.iter().find_map(held) {
            Some((variable, key)) => {
                let source = format!("the environment variable {variable}");
                Ok(self.with_key(key)?.with_key_source(source))
            }
            None if self.preset.key_optional => Ok(self),
            None => Err(AccountError::NoKey(
                variables.first().copied().unwrap_or_default(),
            )),
        }
    }

    /// Sets the key. White space around it is dropped.
    pub fn with_key(mut self, key: impl Into<SecretString>) -> Result<Self, AccountError> {
        self.proof = Proof::Key(self.preset.key_header.credential(key)?);
        Ok(self)
    }

    /// Lets `authorizer` work on each request, instead of a key that stands in a header.
    pub fn with_authorizer(mut self, authorizer: impl Authorize) -> Self {
        self.proof = Proof::By(Arc::new(authorizer));
        self
    }

    /// Says in words where the key comes from, such as "the environment variable OPENAI_API_KEY": an error about the key
    /// names it.
    pub fn with_key_source(mut self, source: impl Into<Arc<str>>) -> Self {
        self.key_source = Some(source.into());
        self
    }

    /// Sends tokens of `source`, which are kept and renewed as [`Tokens`] says, instead of a key.
    pub fn with_tokens(self, source: impl TokenSource) -> Self {
        self.with_authorizer(Tokens::new(source))
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

    /// Adds a parameter to the query of each request, such as `api-version`.
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Says where its models are found below the base URL; by default as its vendor has them.
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.preset.layout = layout;
        self
    }

    /// Sets the transport; by default it is the one of the feature `reqwest`.
    pub fn with_http(mut self, http: HttpService) -> Self {
        self.http = http.into();
        self
    }

    /// Speaks OpenAI's Responses in place of Chat Completions. Not every vendor of OpenAI's formats has both.
    ///
    /// ```
    /// use outlast_providers::{Anthropic, AzureOpenAi};
    ///
    /// let account = AzureOpenAi::v1("contoso")?.with_key("0123")?.with_responses()?;
    /// assert!(Anthropic::with_key("sk-ant-0123")?.with_responses().is_err());
    /// # let _ = account;
    /// # Ok::<_, outlast_providers::AccountError>(())
    /// ```
    pub fn with_responses(mut self) -> Result<Self, AccountError> {
        self.preset.api = match self.preset.api {
            Api::OpenAiChat(dialect) | Api::OpenAiResponses(dialect) => {
                Api::OpenAiResponses(dialect)
            }
            _ => return Err(AccountError::NoResponses(self.preset.name)),
        };
        Ok(self)
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

    pub(crate) fn preset(&self) -> &Preset {
        &self.preset
    }

    pub(crate) fn http(&self) -> HttpService {
        self.http.get()
    }

    pub(crate) fn known_models(&self) -> &KnownModels {
        &self.models
    }

    /// Gives out the model of this name, as the account knows it.
    pub fn model(&self, name: impl Into<Arc<str>>) -> Target {
        let id = TargetId::new(Arc::clone(&self.name), name);
        let (base_url, api) = self.locate(self.preset.api, id.model());
        match api {
            Api::OpenAiChat(dialect) => self.target(id, base_url, OpenAiChat::new(dialect)),
            Api::OpenAiResponses(_) => self.target(id, base_url, OpenAiResponses::new()),
            Api::AnthropicMessages(platform) => {
                self.target(id, base_url, AnthropicMessages::at(platform))
            }
            Api::Gemini(platform) => self.target(id, base_url, Gemini::at(platform)),
            Api::BedrockConverse => self.target(id, base_url, BedrockConverse::new()),
        }
    }

    /// Returns where a model is asked by an account that speaks `api`, and what the model speaks.
    pub(crate) fn locate(&self, api: Api, model: &str) -> (UpstreamUrl, Api) {
        self.preset.layout.locate(&self.base_url, api, model)
    }

    fn target<C: ClientCodec>(&self, id: TargetId, base_url: UpstreamUrl, codec: C) -> Target {
        let prefill = self.preset.prefill.of_model(id.model());
        let endpoint = self.endpoint(id.clone(), base_url, codec);
        Target::new(id, Provider::new(endpoint, self.http.get()))
            .with_prefill(prefill)
            .of_account(self.clone())
    }

    pub(crate) fn endpoint<C: ClientCodec>(
        &self,
        id: TargetId,
        base_url: UpstreamUrl,
        codec: C,
    ) -> Endpoint<C> {
        let advice = Advice::new(
            Arc::clone(&self.name),
            self.base_url.clone(),
            self.key_source.clone(),
            self.models.clone(),
        );
        let endpoint = Endpoint::new(id, base_url, codec)
            .with_provider(self.preset.name)
            .with_advice(advice);
        let query = self.query.iter();
        let endpoint = query.fold(endpoint, |endpoint, (name, value)| {
            endpoint.with_query(name, value)
        });
        match &self.proof {
            Proof::None => endpoint,
            Proof::Key(credential) => endpoint.with_credential(credential.clone()),
            Proof::By(authorizer) => {
                endpoint.with_authorizer(Arc::clone(authorizer), self.http.get())
            }
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .field("proof", &self.proof)
            .finish_non_exhaustive()
    }
}
