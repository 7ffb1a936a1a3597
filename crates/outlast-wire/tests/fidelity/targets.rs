//! The targets: one line each.

use outlast_types::{ChatRequest, Error, Mode};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::cohere::CohereChat;
use outlast_wire::completions::Completions;
use outlast_wire::gemini::Gemini;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::openai::{Dialect, OpenAiChat};
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::{ClientCodec, EncodeOptions, Encoded};

/// Writes a request for a target.
pub(crate) type Encode = fn(&ChatRequest) -> Result<Encoded, Error>;

/// The targets by name.
pub(crate) const TARGETS: [(&str, Encode); 8] = [
    ("chat", |request| {
        to(&OpenAiChat::new(Dialect::new()), "gpt-4.1", request)
    }),
    ("responses", |request| {
        to(&OpenAiResponses::new(), "gpt-5", request)
    }),
    ("messages", |request| {
        to(&AnthropicMessages::new(), "claude-sonnet-4-5", request)
    }),
    ("gemini", |request| {
        to(&Gemini::new(), "gemini-2.5-flash", request)
    }),
    ("converse", |request| {
        to(
            &BedrockConverse::new(),
            "anthropic.claude-sonnet-4-5-v1:0",
            request,
        )
    }),
    ("cohere", |request| {
        to(&CohereChat::new(), "command-a", request)
    }),
    ("ollama", |request| {
        to(&OllamaChat::new(), "llama4", request)
    }),
    ("completions", |request| {
        to(&Completions::new(), "davinci", request)
    }),
];

fn to(codec: &impl ClientCodec, model: &str, request: &ChatRequest) -> Result<Encoded, Error> {
    let (mode, provider) = (Mode::Unary, "somebody");
    codec.encode(
        request,
        &EncodeOptions {
            model,
            mode,
            provider,
        },
    )
}
