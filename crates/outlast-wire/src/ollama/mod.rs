//! Ollama's own chat format (`POST /api/chat`).

use outlast_types::Protocol;

/// Names Ollama's own chat format.
pub const PROTOCOL: Protocol = Protocol::new("ollama-chat");
