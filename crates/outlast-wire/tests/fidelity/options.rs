//! `provider_options`: each provider is sent its own section and the one for all, and sees no other.

use std::collections::BTreeMap;

use outlast_types::{ChatRequest, Mode, RawJson};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer};
use outlast_wire::cohere::CohereChat;
use outlast_wire::completions::Completions;
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::ollama::OllamaChat;
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};

use crate::features::{Source, chat, converse, gemini, messages, responses};

const PROVIDERS: [&str; 8] = [
    "openai",
    "azure",
    "anthropic",
    "gemini",
    "bedrock",
    "cohere",
    "ollama",
    "deepseek",
];

/// The request with an option for each provider, each with a value of its own.
fn with_options(server: &impl ServerCodec, source: &Source) -> ChatRequest {
    let body = source.plain.to_owned().into();
    let mut request = server.decode_request(&body).unwrap().request;
    for provider in PROVIDERS.into_iter().chain(["*"]) {
        let name = format!("option_{}", provider.replace('*', "all"));
        let value = RawJson::from(serde_json::json!(canary(provider)));
        let section = BTreeMap::from([(name, value)]);
        let options = &mut request.body_mut().provider_options;
        options.insert(provider.to_owned(), section);
    }
    request
}

fn canary(provider: &str) -> String {
    format!("canary-of-{}", provider.replace('*', "all"))
}

fn requests() -> Vec<ChatRequest> {
    let gemini_server = GeminiServer::for_path("/v1beta/models/default:generateContent").unwrap();
    let bedrock_server = BedrockServer::for_path("/model/default/converse").unwrap();
    vec![
        with_options(&OpenAiServer::new(), &chat::SOURCE),
        with_options(&ResponsesServer::new(), &responses::SOURCE),
        with_options(&AnthropicServer::new(), &messages::SOURCE),
        with_options(&gemini_server, &gemini::SOURCE),
        with_options(&bedrock_server, &converse::SOURCE),
    ]
}

/// Sends every request to every provider, one after the other as on failover.
fn check(codec: &impl ClientCodec, model: &str) {
    for request in requests() {
        for provider in PROVIDERS {
            for mode in [Mode::Unary, Mode::Stream] {
                let options = EncodeOptions {
                    model,
                    mode,
                    provider,
                };
                let sent = codec.encode(&request, &options).unwrap().request;
                let (parts, body) = sent.into_parts();
                let all = format!(
                    "{} {:?} {}",
                    parts.uri,
                    parts.headers,
                    String::from_utf8_lossy(&body)
                );
                for other in PROVIDERS.into_iter().chain(["*"]) {
                    let is_for_it = other == provider || other == "*";
                    assert_eq!(all.contains(&canary(other)), is_for_it, "{other}: {all}");
                }
            }
        }
    }
}

#[test]
fn no_provider_sees_the_options_of_another() {
    check(&OpenAiChat::default(), "gpt-5");
    check(&OpenAiResponses::new(), "gpt-5");
    check(&AnthropicMessages::new(), "claude-sonnet-4-5");
    check(&Gemini::new(), "gemini-2.5-flash");
    check(&BedrockConverse::new(), "anthropic.claude-sonnet-4-5-v1:0");
    check(&CohereChat::new(), "command-a");
    check(&OllamaChat::new(), "llama4");
    check(&Completions::new(), "davinci");
}
