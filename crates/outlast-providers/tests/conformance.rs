//! Every kind of account shows every behaviour of the battery; what a vendor or its format lacks is said here.

use outlast_providers::{
    Account, AccountError, Anthropic, AzureOpenAi, Bedrock, Cerebras, DeepSeek, Fireworks, Gemini,
    Groq, HolySheep, LmStudio, Mistral, Ollama, OpenAi, OpenRouter, Perplexity, Together, Vertex,
    Vllm, XAi, http_service,
};
use outlast_sim::Api;
use outlast_sim::conformance::{self, Feature, Subject};

const KEY: &str = "sk-canary-0123456789";

/// What an account's models speak.
#[derive(Clone, Copy)]
enum Format {
    Chat,
    Responses,
    Messages,
    Gemini,
    Converse,
}

impl Format {
    fn api(self) -> Api {
        match self {
            Self::Chat | Self::Responses => Api::OpenAi,
            Self::Messages => Api::Anthropic,
            Self::Gemini => Api::Gemini,
            Self::Converse => Api::Bedrock,
        }
    }

    /// Returns what no account of the format has.
    fn lacks(self) -> &'static [Feature] {
        match self {
            Self::Chat => &[Feature::Signatures],
            Self::Responses => &[Feature::StopSequences],
            Self::Messages => &[],
            Self::Gemini => &[Feature::RequestId, Feature::RateLimits],
            Self::Converse => &[Feature::RetryHint, Feature::RateLimits],
        }
    }
}

fn subject(
    format: Format,
    provider: &'static str,
    account: Account,
    model: &'static str,
) -> Subject {
    let build = move |wire| {
        let account = account.clone().with_http(http_service(wire));
        let target = account.model(model);
        (target.chat_service(), target.stream_service())
    };
    let subject = Subject::new(format.api(), build)
        .with_key(KEY)
        .with_provider(provider);
    format
        .lacks()
        .iter()
        .fold(subject, |subject, lack| subject.lacking(*lack))
}

/// Makes a test of each line: the account and its vendor, its format, a model, and what it lacks beside its format.
macro_rules! conformance {
    ($($name:ident: $account:expr, $vendor:ident, $format:ident, $model:literal $(, $lack:ident)*;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() -> Result<(), Box<dyn std::error::Error>> {
            let account: Result<Account, AccountError> = $account;
            let subject = subject(Format::$format, $vendor::PRESET.name, account?, $model)
                $(.lacking(Feature::$lack))*;
            conformance::all(&subject).await?;
            Ok(())
        }
    )*};
}

conformance! {
    openai: OpenAi::with_key(KEY), OpenAi, Chat, "gpt-4.1";
    openai_responses: OpenAi::with_key(KEY)?.with_responses(), OpenAi, Responses, "gpt-5";
    azure: AzureOpenAi::v1("contoso")?.with_key(KEY), AzureOpenAi, Chat, "my-gpt";
    azure_responses: AzureOpenAi::v1("contoso")?.with_key(KEY)?.with_responses(), AzureOpenAi, Responses, "my-gpt";
    azure_deployments: deployments(), AzureOpenAi, Chat, "my-gpt";
    azure_responses_by_version: deployments()?.with_responses(), AzureOpenAi, Responses, "my-gpt";
    anthropic: Anthropic::with_key(KEY), Anthropic, Messages, "claude-sonnet-4-5";
    gemini: Gemini::with_key(KEY), Gemini, Gemini, "gemini-3-pro-preview";
    gemini_at_vertex: vertex(), Vertex, Gemini, "gemini-2.5-flash";
    claude_at_vertex: vertex(), Vertex, Messages, "claude-sonnet-4-5@20250929";
    bedrock: Bedrock::in_region("eu-west-1")?.with_key(KEY), Bedrock, Converse, "eu.anthropic.claude-sonnet-4-5-v1:0";
    holysheep: HolySheep::with_key(KEY), HolySheep, Chat, "gpt-4.1";
    deepseek: DeepSeek::with_key(KEY), DeepSeek, Chat, "deepseek-chat", JsonSchema;
    openrouter: OpenRouter::with_key(KEY), OpenRouter, Chat, "openai/gpt-4.1";
    groq: Groq::with_key(KEY), Groq, Chat, "llama-3.3-70b-versatile";
    mistral: Mistral::with_key(KEY), Mistral, Chat, "mistral-large-latest", StreamUsage, CallIds, ReasoningGoesBack;
    xai: XAi::with_key(KEY), XAi, Chat, "grok-4";
    xai_responses: XAi::with_key(KEY)?.with_responses(), XAi, Responses, "grok-4";
    together: Together::with_key(KEY), Together, Chat, "meta-llama/Llama-3.3-70B";
    fireworks: Fireworks::with_key(KEY), Fireworks, Chat, "llama-v3p3-70b";
    perplexity: Perplexity::with_key(KEY), Perplexity, Chat, "sonar";
    cerebras: Cerebras::with_key(KEY), Cerebras, Chat, "llama-3.3-70b";
    ollama: Ollama::with_key(KEY), Ollama, Chat, "llama3.3";
    vllm: Vllm::with_key(KEY), Vllm, Chat, "llama-3.3";
    lmstudio: LmStudio::with_key(KEY), LmStudio, Chat, "llama-3.3";
}

fn deployments() -> Result<Account, AccountError> {
    AzureOpenAi::deployments("contoso", "2025-04-01-preview")?.with_key(KEY)
}

fn vertex() -> Result<Account, AccountError> {
    Vertex::in_location("my-project", "us-east5")?.with_key(KEY)
}
