//! Google's Gemini format: `generateContent` and `streamGenerateContent`, at the Gemini API and at Vertex AI.
//!
//! [`Gemini`] speaks it to a provider.

mod client;
mod dialect;
mod server;

mod embeddings;
mod unary;

mod encode;
mod request;

mod conversation;
mod generation;
mod origin;
mod thinking;
mod tools;

mod decode;

mod response;
mod stream;

mod media_type;
mod mirror;
mod part_in;
mod part_out;
mod path;
mod schema;
mod spelling;
mod tool_result;

mod error;
mod finish;
mod usage;

use outlast_types::Protocol;

pub use client::{Gemini, Platform};
pub use decode::GeminiFrames;
pub use dialect::{Dialect, Thinking};
pub use server::GeminiServer;
pub use stream::GeminiEncoder;
pub use unary::{encode_count, encode_model, encode_models};

/// Names Google's Gemini format.
pub const PROTOCOL: Protocol = Protocol::new("gemini");
