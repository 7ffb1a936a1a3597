//! OpenAI's older Completions (`POST /completions`): a text goes in, its continuation comes out.
//!
//! [`Completions`] speaks it to a provider, [`decode_request`] reads a request in it.
//!
//! - A prompt is one turn of the user. A list of prompts, or one of token numbers, stays as it is: the former is a turn
//!   of several texts, the latter an opaque part.
//! - A conversation of another protocol is given as one text in which each turn begins with its speaker, and the answer
//!   ends before the next turn of the user. Tools, pictures and schemas cannot be carried: such a call fails.
//! - A reply is read like one of Chat Completions whose message is a text.
//!
//! # Examples
//!
//! ```
//! use outlast_types::{ChatRequest, Mode};
//! use outlast_wire::completions::Completions;
//! use outlast_wire::{ClientCodec, EncodeOptions};
//!
//! let request = ChatRequest::user("Once upon a time").with_max_output_tokens(50);
//! let options = EncodeOptions { model: "davinci-002", mode: Mode::Unary, provider: "openai" };
//! let encoded = Completions::new().encode(&request, &options)?;
//! assert_eq!(encoded.request.uri(), "/completions");
//! assert_eq!(
//!     encoded.request.body(),
//!     r#"{"model":"davinci-002","prompt":"Once upon a time","max_tokens":50}"#,
//! );
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod client;
mod decode;
mod encode;
mod prompt;
mod request;

use outlast_types::Protocol;

pub use client::Completions;
pub use decode::CompletionFrames;
pub use request::decode_request;

/// Names OpenAI's older Completions format.
pub const PROTOCOL: Protocol = Protocol::new("openai-completions");
