//! OpenAI's older Completions format (`POST /v1/completions`).

use outlast_types::Protocol;

/// Names OpenAI's older Completions format.
pub const PROTOCOL: Protocol = Protocol::new("openai-completions");
