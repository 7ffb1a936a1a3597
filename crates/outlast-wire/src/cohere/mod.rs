//! Cohere's chat format (`POST /v2/chat`).
//!
//! [`CohereChat`] speaks it to a provider, [`decode_request`] reads a request in it, and [`OlderFrames`] reads the
//! replies of the format before it (`POST /v1/chat`), which Bedrock's Command R models still send.
//!
//! - Messages and tools look like OpenAI's; content parts are `text`, `thinking`, `image_url` and `document`. What a
//!   model plans before it calls a tool (`tool_plan`) is reasoning.
//! - A stream names its events: `message-start`, `content-start`, `content-delta`, `tool-plan-delta`,
//!   `tool-call-start`, `tool-call-delta`, `citation-start`, `message-end`. `message-end` is the last; a `[DONE]` after
//!   it is not waited for.
//! - There are two counts of tokens: what the model read and wrote (`usage.tokens`), and what is billed
//!   (`usage.billed_units`). The vocabulary's counts are the former; both are in the raw usage.
//!
//! # Examples
//!
//! ```
//! use outlast_types::{ChatRequest, Mode};
//! use outlast_wire::cohere::CohereChat;
//! use outlast_wire::{ClientCodec, EncodeOptions};
//!
//! let request = ChatRequest::user("Why keep a second provider?").with_max_output_tokens(50);
//! let options = EncodeOptions { model: "command-a-03-2025", mode: Mode::Unary, provider: "cohere" };
//! let encoded = CohereChat::new().encode(&request, &options)?;
//! assert_eq!(encoded.request.uri(), "/v2/chat");
//! assert_eq!(
//!     encoded.request.body(),
//!     r#"{"model":"command-a-03-2025","messages":[{"role":"user","content":"Why keep a second provider?"}],"max_tokens":50}"#,
//! );
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod client;
mod decode;
mod encode;
mod error;
mod finish;
mod message;
mod older;
mod part;
mod request;
mod usage;
mod whole;
mod write;

use outlast_types::Protocol;

pub use client::CohereChat;
pub use decode::CohereFrames;
pub use older::OlderFrames;
pub use request::decode_request;

/// Names Cohere's chat format.
pub const PROTOCOL: Protocol = Protocol::new("cohere-chat");
