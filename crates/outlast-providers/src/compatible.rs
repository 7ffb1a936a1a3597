//! Vendors that have no row of their own in [`presets`](crate::Preset) and speak somebody else's format.

use std::sync::Arc;

use crate::presets::{ANTHROPIC_COMPATIBLE, OPENAI_COMPATIBLE};
use crate::{Account, AccountError, Preset};

/// Accounts at any vendor of OpenAI's format.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OpenAiCompatible;

/// Accounts at any vendor of Anthropic's format.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AnthropicCompatible;

impl OpenAiCompatible {
    /// Makes an account `name` at `base_url`, without a key yet.
    pub fn at(name: impl Into<Arc<str>>, base_url: &str) -> Result<Account, AccountError> {
        account(&OPENAI_COMPATIBLE, name, base_url)
    }
}

impl AnthropicCompatible {
    /// Makes an account `name` at `base_url`, without a key yet.
    pub fn at(name: impl Into<Arc<str>>, base_url: &str) -> Result<Account, AccountError> {
        account(&ANTHROPIC_COMPATIBLE, name, base_url)
    }
}

fn account(
    preset: &Preset,
    name: impl Into<Arc<str>>,
    base_url: &str,
) -> Result<Account, AccountError> {
    Ok(Account::new(preset, base_url.parse()?).with_name(name))
}
