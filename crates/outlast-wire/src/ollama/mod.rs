//! Ollama's own chat format (`POST /api/chat`).
//!
//! [`OllamaChat`] speaks it to a server, [`decode_request`] reads a request in it.
//!
//! - A stream is lines of JSON ([`crate::ndjson`]), each with a piece of the message; the line with `"done": true` is the
//!   last and has the counts. A request that does not say `stream` gets one.
//! - Sampling is in `options`: `temperature`, `top_p`, `seed`, `stop`, and `num_predict` for the output limit.
//! - Arguments of a tool call are an object, not a text. A call may have no id, and a tool's answer names the tool
//!   (`tool_name`).
//! - Pictures are base64 beside the text (`images`); addresses are not fetched.
//!
//! The format is documented at <https://docs.ollama.com/api/chat>.
//!
//! # Examples
//!
//! ```
//! use outlast_types::{ChatRequest, Mode};
//! use outlast_wire::ollama::OllamaChat;
//! use outlast_wire::{ClientCodec, EncodeOptions};
//!
//! let request = ChatRequest::user("Why keep a second provider?").with_max_output_tokens(50);
//! let options = EncodeOptions { model: "qwen3:4b", mode: Mode::Unary, provider: "ollama" };
//! let encoded = OllamaChat::new().encode(&request, &options)?;
//! assert_eq!(encoded.request.uri(), "/api/chat");
//! assert_eq!(
//!     encoded.request.body(),
//!     concat!(
//!         r#"{"model":"qwen3:4b","messages":[{"role":"user","content":"Why keep a second provider?"}],"#,
//!         r#""options":{"num_predict":50},"stream":false}"#,
//!     ),
//! );
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod client;
mod decode;
mod encode;
mod message;
mod request;
mod write;

use outlast_types::Protocol;

pub use client::OllamaChat;
pub use decode::OllamaFrames;
pub use request::decode_request;

/// Names Ollama's own chat format.
pub const PROTOCOL: Protocol = Protocol::new("ollama-chat");
