//! What is known of each vendor: one row a vendor.
//!
//! A new vendor that speaks OpenAI's format is one row in this file. What a row leaves out is the default: a key is
//! needed, the dialect is the plain one, and no model is known to go on from a last assistant message.

use outlast_wire::anthropic;
use outlast_wire::gemini::Platform;
use outlast_wire::openai::{
    CallIds, Dialect, MaxTokensField, ReasoningControl, ReasoningField, SeedField, StreamUsage,
};

use crate::{Account, AccountError, AzureOpenAi, KeyHeader, Layout, PrefillRule};

/// What is known of a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// Its name, as configuration writes it in `kind` and as its accounts are called unless they get another.
    pub name: &'static str,
    /// The format it speaks.
    pub api: Api,
    /// Its base URL; `None` for kinds that stand for any vendor of a format.
    pub base_url: Option<&'static str>,
    /// Where its models are found below the base URL.
    pub layout: Layout,
    /// The header in which it wants the key.
    pub key_header: KeyHeader,
    /// The environment variables that hold its key by custom: the first of them that is set counts.
    pub key_env: &'static [&'static str],
    /// Whether it can be called without a key, as a server on one's own machine can.
    pub key_optional: bool,
    /// Which of its models go on from a last assistant message.
    pub prefill: PrefillRule,
    /// Who may see the list of its models, as far as that is known.
    pub list: ListAccess,
}

/// Who may see the list of an account's models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListAccess {
    /// Who has a key: a list proves that the key is accepted.
    WithKey,
    /// Anybody, or nobody knows: a list proves nothing about the key.
    Open,
}

/// A format that providers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Api {
    /// OpenAI's Chat Completions, in a dialect.
    OpenAiChat(Dialect),
    /// OpenAI's Responses. What an account has beside them, such as embeddings, is in the dialect.
    OpenAiResponses(Dialect),
    /// Anthropic's Messages, as a platform has them.
    AnthropicMessages(anthropic::Platform),
    /// Google's `generateContent`, as a platform has it.
    Gemini(Platform),
    /// Amazon Bedrock's Converse.
    BedrockConverse,
}

impl Preset {
    pub(crate) const fn chat(
        name: &'static str,
        base_url: &'static str,
        key_env: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            api: Api::OpenAiChat(Dialect::new()),
            base_url: Some(base_url),
            layout: Layout::Flat,
            key_header: KeyHeader::Bearer,
            key_env,
            key_optional: false,
            prefill: PrefillRule::Never,
            list: ListAccess::WithKey,
        }
    }

    pub(crate) const fn dialect(mut self, dialect: Dialect) -> Self {
        self.api = Api::OpenAiChat(dialect);
        self
    }

    const fn local(mut self) -> Self {
        self.key_optional = true;
        self.list = ListAccess::Open;
        self
    }

    /// Returns the vendor of this name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// Returns all vendors.
    pub fn all() -> &'static [Self] {
        PRESETS
    }
}

/// Defines for each row a type that makes accounts of the vendor, and the table of all.
macro_rules! presets {
    ($($(#[$doc:meta])* $vendor:ident = $preset:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            #[non_exhaustive]
            pub struct $vendor;

            impl $vendor {
                /// What is known of the vendor.
                pub const PRESET: Preset = $preset;

                /// Makes an account whose key is in the vendor's usual environment variable.
                pub fn from_env() -> Result<Account, AccountError> {
                    Account::of(&Self::PRESET)?.with_key_from_env()
                }

                /// Makes an account with this key.
                pub fn with_key(key: impl Into<secrecy::SecretString>) -> Result<Account, AccountError> {
                    Account::of(&Self::PRESET)?.with_key(key)
                }
            }
        )*

        static PRESETS: &[Preset] = &[
            $($vendor::PRESET,)*
            AzureOpenAi::PRESET,
            crate::bedrock::Bedrock::PRESET,
            crate::vertex::Vertex::PRESET,
            OPENAI_COMPATIBLE,
            ANTHROPIC_COMPATIBLE,
        ];
    };
}

presets! {
    /// Accounts at OpenAI (`OPENAI_API_KEY`).
    OpenAi = Preset::chat("openai", "https://api.openai.com/v1", &["OPENAI_API_KEY"]).dialect(
        // OpenAI calls `max_tokens` deprecated, and its reasoning models refuse it with 400.
        Dialect::new()
            .with_max_tokens(MaxTokensField::MaxCompletionTokens)
            .with_service_tier(),
    );

    /// Accounts at Anthropic (`ANTHROPIC_API_KEY`).
    Anthropic = Preset {
        api: Api::AnthropicMessages(anthropic::Platform::Anthropic),
        key_header: KeyHeader::XApiKey,
        prefill: PrefillRule::ClaudeBefore46,
        ..Preset::chat("anthropic", "https://api.anthropic.com/v1", &["ANTHROPIC_API_KEY"])
    };

    /// Accounts at Google's Gemini API (`GEMINI_API_KEY`, else `GOOGLE_API_KEY`).
    Gemini = Preset {
        api: Api::Gemini(Platform::GeminiApi),
        key_header: KeyHeader::XGoogApiKey,
        ..Preset::chat(
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        )
    };

    /// Accounts at HolySheep (`HOLYSHEEP_API_KEY`), a reseller of many vendors' models.
    HolySheep = Preset::chat("holysheep", "https://api.holysheep.ai/v1", &["HOLYSHEEP_API_KEY"]);

    /// Accounts at DeepSeek (`DEEPSEEK_API_KEY`).
    DeepSeek = Preset::chat("deepseek", "https://api.deepseek.com", &["DEEPSEEK_API_KEY"]).dialect(
        Dialect::new()
            .with_max_tokens(MaxTokensField::MaxTokens)
            .with_reasoning_control(ReasoningControl::Thinking)
            .with_reasoning_field(ReasoningField::ReasoningContent)
            .without_developer_role()
            .without_json_schema()
            .without_text_parts(),
    );

    /// Accounts at OpenRouter (`OPENROUTER_API_KEY`).
    OpenRouter = Preset {
        list: ListAccess::Open,
        ..Preset::chat("openrouter", "https://openrouter.ai/api/v1", &["OPENROUTER_API_KEY"]).dialect(
            Dialect::new()
                .with_reasoning_control(ReasoningControl::Object)
                .with_top_k()
                .with_reasoning_field(ReasoningField::Reasoning),
        )
    };

    /// Accounts at Groq (`GROQ_API_KEY`).
    Groq = Preset::chat("groq", "https://api.groq.com/openai/v1", &["GROQ_API_KEY"])
        .dialect(Dialect::new().with_reasoning_field(ReasoningField::Reasoning));

    /// Accounts at Mistral (`MISTRAL_API_KEY`).
    Mistral = Preset::chat("mistral", "https://api.mistral.ai/v1", &["MISTRAL_API_KEY"]).dialect(
        // It refuses fields that it does not know with 422, `stream_options.include_usage`, `seed`,
        // `max_completion_tokens` and `reasoning_content` among them, and ids of tool calls that are not nine letters
        // and digits; its streams end with the token counts unasked.
        Dialect::new()
            .with_max_tokens(MaxTokensField::MaxTokens)
            .with_reasoning_field(ReasoningField::ThinkingPart)
            .with_stream_usage(StreamUsage::Never)
            .with_seed(SeedField::RandomSeed)
            .with_call_ids(CallIds::Nine)
            .without_user()
            .without_developer_role(),
    );

    /// Accounts at xAI (`XAI_API_KEY`).
    XAi = Preset::chat("xai", "https://api.x.ai/v1", &["XAI_API_KEY"])
        .dialect(Dialect::new().with_reasoning_field(ReasoningField::ReasoningContent));

    /// Accounts at Together (`TOGETHER_API_KEY`).
    Together = Preset::chat("together", "https://api.together.xyz/v1", &["TOGETHER_API_KEY"])
        .dialect(
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxTokens)
                .with_top_k()
                .without_developer_role(),
        );

    /// Accounts at Fireworks (`FIREWORKS_API_KEY`).
    Fireworks = Preset::chat("fireworks", "https://api.fireworks.ai/inference/v1", &["FIREWORKS_API_KEY"])
        .dialect(
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxTokens)
                .with_top_k()
                .without_developer_role(),
        );

    /// Accounts at Perplexity (`PERPLEXITY_API_KEY`).
    Perplexity = Preset::chat("perplexity", "https://api.perplexity.ai", &["PERPLEXITY_API_KEY"])
        .dialect(
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxTokens)
                .without_developer_role()
                .with_byte_embeddings(),
        );

    /// Accounts at Cerebras (`CEREBRAS_API_KEY`).
    Cerebras = Preset::chat("cerebras", "https://api.cerebras.ai/v1", &["CEREBRAS_API_KEY"])
        .dialect(
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxCompletionTokens)
                .with_reasoning_field(ReasoningField::Reasoning),
        );

    /// Ollama on this machine; a key (`OLLAMA_API_KEY`) is sent if there is one.
    Ollama = Preset::chat("ollama", "http://localhost:11434/v1", &["OLLAMA_API_KEY"]).local()
        .dialect(
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxTokens)
                .with_reasoning_field(ReasoningField::Reasoning)
                .without_developer_role(),
        );

    /// vLLM on this machine; a key (`VLLM_API_KEY`) is sent if there is one.
    Vllm = Preset::chat("vllm", "http://localhost:8000/v1", &["VLLM_API_KEY"]).local()
        .dialect(Dialect::new().with_top_k());

    /// LM Studio on this machine; a key (`LMSTUDIO_API_KEY`) is sent if there is one.
    LmStudio = Preset::chat("lmstudio", "http://localhost:1234/v1", &["LMSTUDIO_API_KEY"]).local()
        .dialect(
            Dialect::new()
                .with_max_tokens(MaxTokensField::MaxTokens)
                .with_top_k()
                .without_developer_role(),
        );
}

/// Any vendor of OpenAI's format.
pub(crate) const OPENAI_COMPATIBLE: Preset = Preset {
    name: "openai-compatible",
    api: Api::OpenAiChat(Dialect::new()),
    base_url: None,
    layout: Layout::Flat,
    key_header: KeyHeader::Bearer,
    key_env: &[],
    key_optional: true,
    prefill: PrefillRule::Never,
    list: ListAccess::Open,
};

/// Any vendor of Anthropic's format.
pub(crate) const ANTHROPIC_COMPATIBLE: Preset = Preset {
    name: "anthropic-compatible",
    api: Api::AnthropicMessages(anthropic::Platform::Anthropic),
    key_header: KeyHeader::XApiKey,
    prefill: PrefillRule::ClaudeBefore46,
    ..OPENAI_COMPATIBLE
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UpstreamUrl;

    #[test]
    fn every_row_has_a_valid_address_and_a_name_of_its_own() {
        for (number, preset) in PRESETS.iter().enumerate() {
            if let Some(base_url) = preset.base_url {
                let url: UpstreamUrl = base_url.parse().unwrap();
                assert_eq!(url.to_string(), base_url);
                assert!(!url.is_exposed(), "{base_url}");
                assert_eq!(url.is_loopback(), preset.key_optional, "{base_url}");
            }
            let first = PRESETS.iter().position(|other| other.name == preset.name);
            assert_eq!(first, Some(number), "{} stands twice", preset.name);
        }
    }
}
