//! Whole bodies in the style of recorded ones, and the typed parse that any client must do.

#![expect(
    clippy::expect_used,
    reason = "a bench has no one to tell but the terminal"
)]
#![expect(dead_code, reason = "the fields are what a caller would read")]

use bytes::Bytes;
use serde::Deserialize;

/// A page of an answer: 600 words.
fn answer() -> String {
    "The weather in San Francisco is fine, so take a coat anyway. ".repeat(50)
}

/// Returns a reply of OpenAI's with text, a tool call and usage.
pub(crate) fn openai() -> Bytes {
    let text = answer();
    Bytes::from(format!(
        r#"{{"id":"chatcmpl-CdKU7jAO8mYCVjDyDpc0C7u8brkU7","object":"chat.completion","created":1763489571,"model":"gpt-4o-mini-2024-07-18","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}","tool_calls":[{{"id":"call_DsVBnnXmJZ2gtXFmVHJuFLm8","type":"function","function":{{"name":"get_weather","arguments":"{{\"city\":\"San Francisco\"}}"}}}}],"refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"tool_calls"}}],"usage":{{"prompt_tokens":57,"completion_tokens":714,"total_tokens":771,"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}},"service_tier":"default","system_fingerprint":"fp_560af6e559"}}"#
    ))
}

/// Returns a reply of Anthropic's with text, a tool call and usage.
pub(crate) fn anthropic() -> Bytes {
    let text = answer();
    Bytes::from(format!(
        r#"{{"model":"claude-sonnet-4-6","id":"msg_011CdTdZcBCtMG98h82iovem","type":"message","role":"assistant","content":[{{"type":"text","text":"{text}"}},{{"type":"tool_use","id":"toolu_01A09q90qw90lq917835lq9","name":"get_weather","input":{{"city":"San Francisco"}}}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{{"input_tokens":57,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}},"output_tokens":714,"service_tier":"standard"}}}}"#
    ))
}

#[derive(Deserialize)]
struct Completion {
    id: String,
    model: String,
    created: i64,
    choices: Vec<Choice>,
    usage: OpenAiUsage,
    service_tier: Option<String>,
    system_fingerprint: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    index: u32,
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Option<String>,
    #[serde(default)]
    tool_calls: Vec<ToolCall>,
    refusal: Option<String>,
    annotations: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
struct ToolCall {
    id: String,
    r#type: String,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    arguments: String,
}

#[derive(Deserialize)]
struct OpenAiUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
    audio_tokens: Option<u64>,
    accepted_prediction_tokens: Option<u64>,
    rejected_prediction_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Reply {
    id: String,
    model: String,
    role: String,
    content: Vec<Block>,
    stop_reason: Option<String>,
    stop_sequence: Option<String>,
    usage: AnthropicUsage,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        input: serde_json::Value,
    },
}

#[derive(Deserialize)]
struct AnthropicUsage {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    service_tier: Option<String>,
}

/// Returns the tokens of a reply of OpenAI's, read whole.
pub(crate) fn read_openai(body: &[u8]) -> usize {
    let reply: Completion = serde_json::from_slice(body).expect("the body is well formed");
    reply.usage.completion_tokens as usize
}

/// Returns the tokens of a reply of Anthropic's, read whole.
pub(crate) fn read_anthropic(body: &[u8]) -> usize {
    let reply: Reply = serde_json::from_slice(body).expect("the body is well formed");
    reply.usage.output_tokens as usize
}
