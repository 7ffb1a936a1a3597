//! OpenAI's Responses (`POST /v1/responses`).
//!
//! [`OpenAiResponses`] speaks it to a provider; [`ResponsesServer`] answers a caller in it.

mod client;
mod origin;
mod server;

mod request_in;
mod request_out;

mod conversation_in;
mod item_in;
mod item_out;
mod marks;
mod part_in;
mod part_out;
mod reasoning_item;

mod call_ids;
mod reasoning;
mod shared;
mod text;
mod tools;

mod decode;

mod frames_out;
mod output_item;
mod response_out;
mod stream_out;

mod ending;
mod error;
mod usage;

use outlast_types::Protocol;

pub use client::OpenAiResponses;
pub use decode::ResponsesFrames;
pub use server::ResponsesServer;
pub use stream_out::ResponsesEncoder;

/// Names OpenAI's Responses format.
pub const PROTOCOL: Protocol = Protocol::new("openai-responses");
