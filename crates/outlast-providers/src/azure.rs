//! Azure OpenAI: OpenAI's formats at a resource of one's own, with a key or with Entra ID.
//!
//! | form | address of a call | the model is |
//! |---|---|---|
//! | [`AzureOpenAi::v1`] | `https://{resource}.openai.azure.com/openai/v1/chat/completions` | the deployment, in the body |
//! | [`AzureOpenAi::deployments`] | `.../openai/deployments/{deployment}/chat/completions?api-version=...` | the deployment, in the path |
//!
//! The first is Azure's newer form and needs no `api-version`
//! (<https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle>).

mod endpoint;
mod entra;

use outlast_wire::openai::{Dialect, MaxTokensField};

pub use self::entra::EntraClient;
use crate::presets::Preset;
use crate::{Account, AccountError, KeyHeader, Layout};

/// Accounts at Azure OpenAI.
///
/// A resource is given by its name or by its whole endpoint, such as `https://contoso.cognitiveservices.azure.com` or
/// `https://contoso.services.ai.azure.com`. An endpoint with a path is taken as it is, so that a base URL can be copied
/// from the portal.
///
/// # Examples
///
/// ```
/// use outlast_providers::{AzureOpenAi, EntraClient};
///
/// let by_key = AzureOpenAi::v1("contoso")?.with_key("0123456789abcdef")?;
/// assert_eq!(by_key.base_url().to_string(), "https://contoso.openai.azure.com/openai/v1");
///
/// let entra = EntraClient::new("my-tenant", "my-client-id", "my-client-secret");
/// let by_entra = AzureOpenAi::deployments("contoso", "2024-10-21")?.with_tokens(entra);
/// assert_eq!(by_entra.model("my-gpt").id().to_string(), "azure-openai/my-gpt");
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AzureOpenAi;

impl AzureOpenAi {
    /// What is known of Azure OpenAI, as calls of the form v1 find it.
    pub const PRESET: Preset = Preset {
        key_header: KeyHeader::ApiKey,
        base_url: None,
        ..Preset::chat("azure-openai", "", &["AZURE_OPENAI_API_KEY"]).dialect(
            // As at OpenAI itself: reasoning models refuse `max_tokens`, and a deployment's name does not tell its model.
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxCompletionTokens)
                .with_service_tier(),
        )
    };

    /// Makes an account that names deployments in the body, without a key yet.
    pub fn v1(resource: &str) -> Result<Account, AccountError> {
        let base_url = endpoint::base_url(resource, &["openai", "v1"])?;
        Ok(Account::new(&Self::PRESET, base_url))
    }

    /// Makes an account that names deployments in the path, without a key yet. `api_version` is a date such as
    /// `2024-10-21`, with `-preview` for what is not final.
    pub fn deployments(resource: &str, api_version: &str) -> Result<Account, AccountError> {
        let base_url = endpoint::base_url(resource, &["openai"])?;
        let preset = Preset {
            layout: Layout::Deployments,
            ..Self::PRESET
        };
        Ok(Account::new(&preset, base_url).with_query("api-version", api_version))
    }
}
