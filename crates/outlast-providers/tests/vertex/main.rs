//! Accounts at Vertex AI: addresses and formats always, tokens with the feature `vertex`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod addresses;
#[cfg(feature = "vertex")]
mod credentials;
#[cfg(all(feature = "vertex", feature = "reqwest"))]
mod service_account;

use outlast_providers::Account;
use outlast_types::{ChatRequest, Error};
use tower::ServiceExt;

const GEMINI: &str = "gemini-2.5-flash";
const CLAUDE: &str = "claude-sonnet-4-5@20250929";

const GEMINI_REPLY: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}}"#;

const CLAUDE_REPLY: &str = r#"{"id":"msg_vrtx_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;

async fn ask(account: &Account, model: &str) -> Result<String, Error> {
    let service = account.model(model).chat_service();
    let reply = service.oneshot(ChatRequest::user("Hi")).await?;
    Ok(reply.text())
}
