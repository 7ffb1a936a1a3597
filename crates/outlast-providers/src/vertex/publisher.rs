//! Whose model it is, and so where and how it is asked.

use outlast_wire::anthropic;
use outlast_wire::gemini::Platform;
use outlast_wire::openai::{Dialect, MaxTokensField};

use super::endpoint::catalogs;
use crate::{Api, UpstreamUrl};

/// Who made a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Publisher {
    Google,
    Anthropic,
    /// Another vendor, whose models are offered as a service: `meta/llama-...`, `deepseek-ai/deepseek-...`.
    Other,
    /// The name is a path below the location: `endpoints/123`.
    Path,
}

impl Publisher {
    /// Tells it from a model's name: by the publisher it names, or else by how such models are called.
    fn of(model: &str) -> Self {
        let name = model.strip_prefix("publishers/").unwrap_or(model);
        match name.split_once('/') {
            Some(("google" | "models" | "tunedModels", _)) => Self::Google,
            Some(("anthropic", _)) => Self::Anthropic,
            Some(("endpoints", _)) => Self::Path,
            Some(_) if name.len() < model.len() => Self::Path,
            Some(_) => Self::Other,
            None if name.starts_with("claude") => Self::Anthropic,
            None => Self::Google,
        }
    }
}

const CLAUDE: Api = Api::AnthropicMessages(anthropic::Platform::Vertex);

/// The one address of all vendors that have no format of their own here.
///
/// Source: <https://cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis>.
const OPEN_MODELS: [&str; 2] = ["endpoints", "openapi"];

/// What those vendors' models take: servers such as vLLM know the older name and no developer's message.
const OPEN_MODELS_DIALECT: Dialect = Dialect::new()
    .with_max_tokens(MaxTokensField::MaxTokens)
    .without_developer_role();

/// Returns where `model` is asked by an account at `base_url`, and in which format.
pub(crate) fn locate(base_url: &UpstreamUrl, model: &str) -> (UpstreamUrl, Api) {
    let publisher = |name| base_url.below(&["publishers", name]);
    match Publisher::of(model) {
        Publisher::Google => (publisher("google"), Api::Gemini(Platform::Vertex)),
        Publisher::Anthropic => (publisher("anthropic"), CLAUDE),
        Publisher::Path => (base_url.clone(), Api::Gemini(Platform::Vertex)),
        Publisher::Other => {
            let base_url = base_url.below(&OPEN_MODELS);
            (base_url, Api::OpenAiChat(OPEN_MODELS_DIALECT))
        }
    }
}

/// Returns where the list is that would have `model`, of an account at `base_url`.
pub(crate) fn catalog_of(base_url: &UpstreamUrl, model: &str) -> UpstreamUrl {
    let [google, anthropic] = catalogs(base_url);
    match Publisher::of(model) {
        Publisher::Anthropic => anthropic,
        _ => google,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whose_model_it_is() {
        let check = |model, expect| assert_eq!(Publisher::of(model), expect, "{model}");
        check("gemini-2.5-flash", Publisher::Google);
        check("google/gemini-2.5-flash", Publisher::Google);
        check(
            "publishers/google/models/gemini-2.5-flash",
            Publisher::Google,
        );
        check("text-embedding-005", Publisher::Google);
        check("claude-sonnet-4-5@20250929", Publisher::Anthropic);
        check("anthropic/claude-sonnet-4-5", Publisher::Anthropic);
        check("publishers/anthropic/models/claude-x", Publisher::Anthropic);
        check("meta/llama-4-scout-17b-16e-instruct-maas", Publisher::Other);
        check("endpoints/1234567890", Publisher::Path);
        check("publishers/meta/models/llama-4", Publisher::Path);
    }
}
