//! Cohere's chat format (`POST /v2/chat`).

use outlast_types::Protocol;

/// Names Cohere's chat format.
pub const PROTOCOL: Protocol = Protocol::new("cohere-chat");
