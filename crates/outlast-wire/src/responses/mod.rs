//! OpenAI's Responses format (`POST /v1/responses`).

use outlast_types::Protocol;

/// Names OpenAI's Responses format.
pub const PROTOCOL: Protocol = Protocol::new("openai-responses");
