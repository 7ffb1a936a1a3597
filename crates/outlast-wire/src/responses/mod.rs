//! OpenAI's Responses (`POST /v1/responses`).
//!
//! [`OpenAiResponses`] speaks it to a provider; [`ResponsesServer`] answers a caller in it.

mod client;
mod origin;

#[allow(dead_code, reason = "the server's side comes next")]
mod request_in;
mod request_out;

#[allow(dead_code, reason = "the server's side comes next")]
mod conversation_in;
mod item_in;
#[allow(dead_code, reason = "the server's side comes next")]
mod item_out;
mod marks;
mod part_in;
mod part_out;
#[allow(dead_code, reason = "the server's side comes next")]
mod reasoning_item;

mod call_ids;
#[allow(dead_code, reason = "the server's side comes next")]
mod reasoning;
mod shared;
#[allow(dead_code, reason = "the server's side comes next")]
mod text;
#[allow(dead_code, reason = "the server's side comes next")]
mod tools;

mod decode;
#[allow(dead_code, reason = "the server's side comes next")]
mod ending;
mod error;
#[allow(dead_code, reason = "the server's side comes next")]
mod usage;

use outlast_types::Protocol;

pub use client::OpenAiResponses;
pub use decode::ResponsesFrames;

/// Names OpenAI's Responses format.
pub const PROTOCOL: Protocol = Protocol::new("openai-responses");
