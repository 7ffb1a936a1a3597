//! OpenAI's Chat Completions, the format that many providers share.
//!
//! [`OpenAiChat`] speaks it to a provider; what an account's dialect does differently is data ([`Dialect`]).
//! [`OpenAiServer`] answers a caller in it, and [`encode_models`] writes the list of models.

mod client;
mod custom_call;
mod decode;
mod dialect;
mod encode;
mod error;
mod finish;
mod models;
mod notes;
mod reasoning_config;
mod server;
mod shape;
mod spelling;
mod usage;

use outlast_types::Protocol;

pub use client::OpenAiChat;
pub use decode::ChatFrames;
pub use dialect::{Dialect, MaxTokensField, ReasoningControl, ReasoningField, StreamUsage};
pub use models::{encode_model, encode_models};
pub use server::{ChatEncoder, OpenAiServer};

/// Names OpenAI's Chat Completions format.
pub const PROTOCOL: Protocol = Protocol::new("openai-chat");
