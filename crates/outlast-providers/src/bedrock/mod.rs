//! Amazon Bedrock: many vendors' models in one format, in a region, with an API key or with signed requests.
//!
//! A key for Bedrock is sent as it is (`AWS_BEARER_TOKEN_BEDROCK`). Whoever has none signs each request with the
//! credentials of an AWS account: [`SigV4`], with the feature `bedrock-sigv4`.

#[cfg(feature = "bedrock-sigv4")]
mod sigv4;

#[cfg(feature = "bedrock-sigv4")]
pub use self::sigv4::SigV4;
use crate::presets::{Api, Preset};
use crate::{Account, AccountError, UpstreamUrl, UrlError};

/// Accounts at Amazon Bedrock (`AWS_BEARER_TOKEN_BEDROCK`).
///
/// # Examples
///
/// ```
/// use outlast_providers::Bedrock;
///
/// let account = Bedrock::in_region("eu-west-1")?.with_key("bedrock-api-key-0123")?;
/// assert_eq!(account.base_url().to_string(), "https://bedrock-runtime.eu-west-1.amazonaws.com");
/// let target = account.model("eu.amazon.nova-lite-v1:0");
/// assert_eq!(target.id().to_string(), "bedrock/eu.amazon.nova-lite-v1:0");
/// # Ok::<_, outlast_providers::AccountError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Bedrock;

impl Bedrock {
    /// What is known of Amazon Bedrock.
    pub const PRESET: Preset = Preset {
        api: Api::BedrockConverse,
        base_url: None,
        key_optional: cfg!(feature = "bedrock-sigv4"),
        ..Preset::chat("bedrock", "", &["AWS_BEARER_TOKEN_BEDROCK"])
    };

    /// Makes an account in a region such as `us-east-1`, without a key yet.
    pub fn in_region(region: &str) -> Result<Account, AccountError> {
        Ok(Account::new(&Self::PRESET, Self::base_url(region)?))
    }

    /// Makes an account whose key and region (`AWS_REGION`, else `AWS_DEFAULT_REGION`) are in the environment.
    pub fn from_env() -> Result<Account, AccountError> {
        let region = std::env::var("AWS_REGION").or_else(|_| std::env::var("AWS_DEFAULT_REGION"));
        let region = region.map_err(|_| AccountError::NoKey("AWS_REGION"))?;
        Self::in_region(&region)?.with_key_from_env()
    }

    /// Returns where the models of a region are.
    pub fn base_url(region: &str) -> Result<UpstreamUrl, UrlError> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || !region.chars().all(is_name) {
            return Err(UrlError::Invalid);
        }
        let domain = if region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        format!("https://bedrock-runtime.{region}.{domain}").parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_its_own_address_and_a_text_that_is_none_has_none() {
        let url = |region| Bedrock::base_url(region).map(|url| url.to_string());
        let china = "https://bedrock-runtime.cn-north-1.amazonaws.com.cn";
        assert_eq!(url("cn-north-1").as_deref(), Ok(china));
        for region in ["", "us east", "evil.example/", "US-EAST-1"] {
            assert_eq!(url(region), Err(UrlError::Invalid), "{region}");
        }
    }
}
