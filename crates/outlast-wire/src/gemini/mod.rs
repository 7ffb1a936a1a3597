//! Google's Gemini format: `generateContent` and `streamGenerateContent`, at the Gemini API and at Vertex AI.
//!
//! [`Gemini`] speaks it to a provider; [`GeminiServer`] answers a caller in it.
//!
//! # What came in this protocol goes out as it came
//!
//! [`GeminiServer`] reads a request without loss, and [`Gemini`] writes the same JSON again: parts and fields that the
//! vocabulary has no name for travel as opaque parts and extra fields, and the spelling of names (`inlineData` or
//! `inline_data`) is remembered in the context of the call. If another of Google's models is asked than the request
//! names, how much to think is adapted to it.
//!
//! # What came in another protocol is adapted
//!
//! | the request has | Gemini gets |
//! |---|---|
//! | leading system and developer messages | `systemInstruction` |
//! | later ones | text of the user's turn, marked `<system>` |
//! | tool messages | `functionResponse` parts with the name of the tool, first in the user's turn |
//! | several turns of one side | one turn |
//! | thoughts of another model | nothing |
//! | tool calls of another model | a stand-in for the signature that Gemini 3 asks for |
//! | a JSON schema | `responseJsonSchema`, or an instruction where a model takes none beside tools |
//! | effort in words, or a budget | `thinkingLevel` or `thinkingBudget`, as the model takes ([`Dialect`]) |
//!
//! All but the first four are among the [adaptations](crate::Encoded::adaptations) where something is lost.

mod bound;
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
mod part_in;
mod part_out;
mod path;
mod schema;
mod spelling;
mod tool_result;

mod error;
mod finish;
mod foreign;
mod usage;

use outlast_types::Protocol;

pub(crate) use bound::BOUND;
pub use client::{Gemini, Platform};
pub use decode::GeminiFrames;
pub use dialect::{Dialect, Thinking};
pub(crate) use foreign::weigh_field;
pub use server::GeminiServer;
pub use stream::GeminiEncoder;
pub use unary::{encode_count, encode_model, encode_models};

/// Names Google's Gemini format.
pub const PROTOCOL: Protocol = Protocol::new("gemini");
