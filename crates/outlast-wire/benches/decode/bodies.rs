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

/// Returns a whole reply of Gemini's, as it is printed.
pub(crate) fn gemini() -> Bytes {
    let text = answer();
    Bytes::from(format!(
        "{{\n  \"candidates\": [\n    {{\n      \"content\": {{\n        \"parts\": [\n          {{\n            \"text\": \"{text}\"\n          }}\n        ],\n        \"role\": \"model\"\n      }},\n      \"finishReason\": \"STOP\",\n      \"index\": 0\n    }}\n  ],\n  \"usageMetadata\": {{\n    \"promptTokenCount\": 12,\n    \"candidatesTokenCount\": 480,\n    \"totalTokenCount\": 530,\n    \"promptTokensDetails\": [\n      {{\n        \"modality\": \"TEXT\",\n        \"tokenCount\": 12\n      }}\n    ],\n    \"thoughtsTokenCount\": 38\n  }},\n  \"modelVersion\": \"gemini-3.5-flash\",\n  \"responseId\": \"a4FfaoS0DsW8sOIPxon_iAc\"\n}}\n"
    ))
}

/// Returns the body of a unary reply in Responses, in the manner of recorded ones: much that repeats the request.
pub(crate) fn responses() -> Bytes {
    let text = answer();
    Bytes::from(format!(
        r#"{{"id":"resp_68c42de022c881948db7ed1cc2529f2e","object":"response","created_at":1763489571,"status":"completed","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"gpt-5-mini-2025-08-07","output":[{{"id":"rs_1","type":"reasoning","summary":[]}},{{"id":"msg_1","type":"message","status":"completed","content":[{{"type":"output_text","annotations":[],"logprobs":[],"text":"{text}"}}],"role":"assistant"}}],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{{"effort":"medium","summary":null}},"safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,"text":{{"format":{{"type":"text"}},"verbosity":"medium"}},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{{"input_tokens":57,"input_tokens_details":{{"cached_tokens":0}},"output_tokens":514,"output_tokens_details":{{"reasoning_tokens":64}},"total_tokens":571}},"user":null,"metadata":{{}}}}"#
    ))
}

/// Returns a reply of Bedrock's with text, a tool call and usage.
pub(crate) fn bedrock() -> Bytes {
    let text = answer();
    Bytes::from(format!(
        r#"{{"metrics":{{"latencyMs":988}},"output":{{"message":{{"content":[{{"text":"{text}"}},{{"toolUse":{{"input":{{"city":"San Francisco"}},"name":"get_weather","toolUseId":"tooluse_kZJMlvQmRJ6eAyJE5GIl7Q"}}}}],"role":"assistant"}}}},"stopReason":"tool_use","usage":{{"inputTokens":57,"outputTokens":714,"totalTokens":771}}}}"#
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Generation {
    candidates: Vec<Candidate>,
    usage_metadata: UsageMetadata,
    model_version: String,
    response_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Content,
    finish_reason: Option<String>,
    index: u32,
}

#[derive(Deserialize)]
struct Content {
    parts: Vec<Part>,
    role: String,
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata {
    prompt_token_count: u64,
    candidates_token_count: u64,
    total_token_count: u64,
    prompt_tokens_details: Vec<ModalityCount>,
    thoughts_token_count: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModalityCount {
    modality: String,
    token_count: u64,
}

#[derive(Deserialize)]
struct Response {
    id: String,
    created_at: i64,
    status: String,
    model: String,
    instructions: Option<String>,
    parallel_tool_calls: bool,
    previous_response_id: Option<String>,
    reasoning: serde_json::Value,
    service_tier: Option<String>,
    temperature: Option<f64>,
    text: serde_json::Value,
    tool_choice: serde_json::Value,
    tools: Vec<serde_json::Value>,
    top_p: Option<f64>,
    truncation: Option<String>,
    metadata: std::collections::BTreeMap<String, String>,
    output: Vec<ResponseItem>,
    usage: ResponsesUsage,
}

#[derive(Deserialize)]
struct ResponseItem {
    id: String,
    r#type: String,
    status: Option<String>,
    #[serde(default)]
    content: Vec<ResponseText>,
}

#[derive(Deserialize)]
struct ResponseText {
    r#type: String,
    text: String,
    annotations: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct ResponsesUsage {
    input_tokens: u64,
    input_tokens_details: InputDetails,
    output_tokens: u64,
    output_tokens_details: OutputDetails,
    total_tokens: u64,
}

#[derive(Deserialize)]
struct InputDetails {
    cached_tokens: u64,
}

#[derive(Deserialize)]
struct OutputDetails {
    reasoning_tokens: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Converse {
    output: ConverseOutput,
    stop_reason: String,
    usage: ConverseUsage,
    metrics: Metrics,
}

#[derive(Deserialize)]
struct ConverseOutput {
    message: ConverseMessage,
}

#[derive(Deserialize)]
struct ConverseMessage {
    role: String,
    content: Vec<ConverseBlock>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ConverseBlock {
    Text(String),
    #[serde(rename_all = "camelCase")]
    ToolUse {
        tool_use_id: String,
        name: String,
        input: serde_json::Value,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConverseUsage {
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    latency_ms: u64,
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

/// Returns the tokens of a reply of Gemini's, read whole.
pub(crate) fn read_gemini(body: &[u8]) -> usize {
    let reply: Generation = serde_json::from_slice(body).expect("the body is well formed");
    reply.usage_metadata.candidates_token_count as usize
}

/// Returns the tokens of a reply of Responses, read whole.
pub(crate) fn read_responses(body: &[u8]) -> usize {
    let reply: Response = serde_json::from_slice(body).expect("the body is well formed");
    reply.usage.output_tokens as usize
}

/// Returns the tokens of a reply of Bedrock's, read whole.
pub(crate) fn read_bedrock(body: &[u8]) -> usize {
    let reply: Converse = serde_json::from_slice(body).expect("the body is well formed");
    reply.usage.output_tokens as usize
}
