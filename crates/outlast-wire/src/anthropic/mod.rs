//! Anthropic's Messages.
//!
//! [`AnthropicMessages`] speaks it to a provider; [`AnthropicServer`] answers a caller in it.

mod client;
mod dialect;
mod server;

use outlast_types::Protocol;

pub use client::{AnthropicMessages, MessagesDecoder};
pub use dialect::{Dialect, Sampling, StructuredOutput, Thinking};
pub use server::{AnthropicServer, MessagesEncoder};

/// Names Anthropic's Messages format.
pub const PROTOCOL: Protocol = Protocol::new("anthropic-messages");
