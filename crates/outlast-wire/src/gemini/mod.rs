//! Google's Gemini format: `generateContent` and `streamGenerateContent`, at the Gemini API and at Vertex AI.
//!
//! [`Gemini`] speaks it to a provider.

mod client;
mod decode;
mod encode;
mod error;
mod path;

use outlast_types::Protocol;

pub use client::Gemini;
pub use decode::GeminiFrames;

/// Names Google's Gemini format.
pub const PROTOCOL: Protocol = Protocol::new("gemini");
