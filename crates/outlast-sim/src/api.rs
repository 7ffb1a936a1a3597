//! The wire formats a simulated provider speaks.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Chooses the wire format of a simulated provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// OpenAI's Chat Completions, at `/v1/chat/completions`, and Responses, at `/v1/responses`.
    OpenAi,
    /// Anthropic's Messages, at `/v1/messages`.
    Anthropic,
    /// Google's Gemini, at `/v1beta/models/M:generateContent` and `:streamGenerateContent`.
    Gemini,
    /// Amazon Bedrock's Converse, at `/model/M/converse` and `/model/M/converse-stream`.
    Bedrock,
}

impl Api {
    /// Returns the name, as the command line and the log write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Api {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Api {
    type Err = UnknownApi;

    fn from_str(name: &str) -> Result<Self, UnknownApi> {
        match name {
            "openai" => Ok(Self::OpenAi),
            "anthropic" => Ok(Self::Anthropic),
            "gemini" => Ok(Self::Gemini),
            "bedrock" => Ok(Self::Bedrock),
            _ => Err(UnknownApi(name.to_owned())),
        }
    }
}

/// A name that is no [`Api`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no simulated API is named `{0}`: use `openai`, `anthropic`, `gemini` or `bedrock`")]
pub struct UnknownApi(String);
