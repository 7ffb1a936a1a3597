//! Anthropic's Messages.
//!
//! [`AnthropicMessages`] speaks it to a provider; [`AnthropicServer`] answers a caller in it.

mod client;
mod dialect;
mod server;

mod encode;
mod request;

mod conversation;

mod blocks;
mod call_ids;
mod notes;
mod sampling;
mod thinking;
mod tools;

mod decode;
mod streamed_block;

mod response;
mod stream;

mod ending;
mod error;
mod finish;
mod frames;
mod usage;

use outlast_types::Protocol;

pub use client::AnthropicMessages;
pub use decode::MessagesDecoder;
pub use dialect::{Dialect, Sampling, StructuredOutput, Thinking};
pub use server::AnthropicServer;
pub use stream::MessagesEncoder;

/// Names Anthropic's Messages format.
pub const PROTOCOL: Protocol = Protocol::new("anthropic-messages");

/// The extra field that names the betas a request uses: an array of names, sent in the header `anthropic-beta`.
const BETA_FIELD: &str = "anthropic_beta";
