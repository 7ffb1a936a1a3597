//! Every kind of account shows every behaviour of the battery; what a vendor lacks is said in its line.

use outlast_providers::{
    Account, Anthropic, Cerebras, DeepSeek, Fireworks, Groq, HolySheep, LmStudio, Mistral, Ollama,
    OpenAi, OpenRouter, Perplexity, Together, Vllm, XAi, http_service,
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

/// Makes a test of each line: the vendor, its format, a model, and what it lacks.
macro_rules! conformance {
    ($($name:ident: $vendor:ident, $api:ident, $model:literal $(, $lack:ident)*;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() -> Result<(), Box<dyn std::error::Error>> {
            let account = $vendor::with_key(KEY)?;
            let subject = subject(Api::$api, $vendor::PRESET.name, account, $model)
                $(.lacking(Feature::$lack))*;
            conformance::all(&subject).await?;
            Ok(())
        }
    )*};
}

conformance! {
    openai: OpenAi, OpenAi, "gpt-4.1";
    anthropic: Anthropic, Anthropic, "claude-sonnet-4-5";
    holysheep: HolySheep, OpenAi, "gpt-4.1";
    deepseek: DeepSeek, OpenAi, "deepseek-chat", JsonSchema;
    openrouter: OpenRouter, OpenAi, "openai/gpt-4.1";
    groq: Groq, OpenAi, "llama-3.3-70b-versatile";
    mistral: Mistral, OpenAi, "mistral-large-latest", StreamUsage;
    xai: XAi, OpenAi, "grok-4";
    together: Together, OpenAi, "meta-llama/Llama-3.3-70B";
    fireworks: Fireworks, OpenAi, "llama-v3p3-70b";
    perplexity: Perplexity, OpenAi, "sonar";
    cerebras: Cerebras, OpenAi, "llama-3.3-70b";
    ollama: Ollama, OpenAi, "llama3.3";
    vllm: Vllm, OpenAi, "llama-3.3";
    lmstudio: LmStudio, OpenAi, "llama-3.3";
}
