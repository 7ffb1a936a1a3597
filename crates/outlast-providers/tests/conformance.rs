//! Every kind of account shows every behaviour of the battery; what a vendor lacks is said in its line.

use outlast_providers::{
    Account, Anthropic, AzureOpenAi, Cerebras, DeepSeek, Fireworks, Gemini, Groq, HolySheep,
    LmStudio, Mistral, Ollama, OpenAi, OpenRouter, Perplexity, Together, Vertex, Vllm, XAi,
    http_service,
};
use outlast_sim::Api;
use outlast_sim::conformance::{self, Feature, Subject};

const KEY: &str = "sk-canary-0123456789";

fn subject(api: Api, provider: &'static str, account: Account, model: &'static str) -> Subject {
    let build = move |wire| {
        let account = account.clone().with_http(http_service(wire));
        let target = account.model(model);
        (target.chat_service(), target.stream_service())
    };
    Subject::new(api, build)
        .with_key(KEY)
        .with_provider(provider)
}

/// Makes the account of a line: the vendor's usual one, or the one that the line describes.
macro_rules! account {
    ($vendor:ident) => {
        $vendor::with_key(KEY)?
    };
    ($vendor:ident, $account:expr) => {
        $account.with_key(KEY)?
    };
}

/// Makes a test of each line: the vendor and, where it has several, the account; its format, a model, what it lacks.
macro_rules! conformance {
    ($($name:ident: $vendor:ident $(= $account:expr)?, $api:ident, $model:literal $(, $lack:ident)*;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() -> Result<(), Box<dyn std::error::Error>> {
            let account = account!($vendor $(, $account)?);
            let subject = subject(Api::$api, $vendor::PRESET.name, account, $model)
                $(.lacking(Feature::$lack))*;
            conformance::all(&subject).await?;
            Ok(())
        }
    )*};
}

conformance! {
    openai: OpenAi, OpenAi, "gpt-4.1";
    openai_responses: OpenAi = Account::of(&OpenAi::PRESET)?.with_responses()?, OpenAi, "gpt-4.1", StopSequences;
    azure: AzureOpenAi = AzureOpenAi::v1("contoso")?, OpenAi, "my-gpt";
    azure_responses: AzureOpenAi = AzureOpenAi::v1("contoso")?.with_responses()?, OpenAi, "my-gpt", StopSequences;
    azure_deployments: AzureOpenAi = AzureOpenAi::deployments("contoso", "2024-10-21")?, OpenAi, "my-gpt";
    gemini: Gemini, Gemini, "gemini-2.5-flash", UnknownEvents, RequestId, RateLimits;
    anthropic: Anthropic, Anthropic, "claude-sonnet-4-5";
    holysheep: HolySheep, OpenAi, "gpt-4.1";
    deepseek: DeepSeek, OpenAi, "deepseek-chat", JsonSchema;
    openrouter: OpenRouter, OpenAi, "openai/gpt-4.1";
    groq: Groq, OpenAi, "llama-3.3-70b-versatile";
    mistral: Mistral, OpenAi, "mistral-large-latest", StreamUsage, ReasoningGoesBack;
    xai: XAi, OpenAi, "grok-4";
    xai_responses: XAi = Account::of(&XAi::PRESET)?.with_responses()?, OpenAi, "grok-4", StopSequences;
    together: Together, OpenAi, "meta-llama/Llama-3.3-70B";
    fireworks: Fireworks, OpenAi, "llama-v3p3-70b";
    perplexity: Perplexity, OpenAi, "sonar";
    cerebras: Cerebras, OpenAi, "llama-3.3-70b";
    ollama: Ollama, OpenAi, "llama3.3";
    vllm: Vllm, OpenAi, "llama-3.3";
    lmstudio: LmStudio, OpenAi, "llama-3.3";
}

fn at_vertex(api: Api, model: &'static str) -> Result<Subject, Box<dyn std::error::Error>> {
    let account = Vertex::in_location("my-project", "us-east5")?.with_key(KEY)?;
    Ok(subject(api, Vertex::PRESET.name, account, model))
}

#[tokio::test(start_paused = true)]
async fn gemini_at_vertex() -> Result<(), Box<dyn std::error::Error>> {
    // Google's replies have no id and no limits in their headers, and its streams have one kind of event.
    let subject = at_vertex(Api::Gemini, "gemini-2.5-flash")?
        .lacking(Feature::RequestId)
        .lacking(Feature::RateLimits)
        .lacking(Feature::UnknownEvents);
    conformance::all(&subject).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn claude_at_vertex() -> Result<(), Box<dyn std::error::Error>> {
    conformance::all(&at_vertex(Api::Anthropic, "claude-sonnet-4-5@20250929")?).await?;
    Ok(())
}
