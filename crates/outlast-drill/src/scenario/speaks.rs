//! What a provider of a scenario speaks, and where.

use std::str::FromStr;

use outlast_sim::Api;

/// What a provider speaks: a format, or a platform that has one of its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Speaks {
    /// OpenAI's Chat Completions.
    OpenAi,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Anthropic,
    /// Gemini's `generateContent`.
    Gemini,
    /// Amazon Bedrock's Converse.
    Bedrock,
    /// Chat Completions at Azure, with the deployment in the path.
    Azure,
    /// What Vertex AI has the model speak: Gemini's format, Messages or Chat Completions.
    Vertex,
}

/// Nothing is called like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no format is called `{0}`: use openai, responses, anthropic, gemini, bedrock, azure or vertex"
)]
pub struct UnknownFormat(String);

impl Speaks {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::OpenAi,
        Self::Responses,
        Self::Anthropic,
        Self::Gemini,
        Self::Bedrock,
        Self::Azure,
        Self::Vertex,
    ];

    /// Returns the name, as a scenario writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Responses => "responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
            Self::Azure => "azure",
            Self::Vertex => "vertex",
        }
    }

    /// Returns the formats that calls to it may be in.
    pub(crate) const fn apis(self) -> &'static [Api] {
        match self {
            Self::OpenAi | Self::Responses | Self::Azure => &[Api::OpenAi],
            Self::Anthropic => &[Api::Anthropic],
            Self::Gemini => &[Api::Gemini],
            Self::Bedrock => &[Api::Bedrock],
            Self::Vertex => &[Api::Gemini, Api::Anthropic, Api::OpenAi],
        }
    }
}

impl FromStr for Speaks {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|speaks| speaks.as_str() == name);
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
