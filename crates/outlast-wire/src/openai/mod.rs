//! OpenAI's Chat Completions, the format that many providers share.
//!
//! [`OpenAiChat`] speaks it to a provider; what an account does differently is data ([`Dialect`]). [`OpenAiServer`]
//! answers a caller in it, and [`encode_models`] writes the list of models.
//!
//! - **Requests leave as they came.** A caller's request in this format is written again with the same JSON, order
//!   aside: unknown fields at every level, `null`, a content that was a string, an array or not there. Only the model's
//!   name changes, `stream_options.include_usage` is set (see [`StreamUsage`]), and what the dialect says.
//! - **Requests of other protocols are adapted.** A tool result inside a user's turn becomes a `tool` message, its
//!   pictures go to the user's turn after it; signed reasoning and parts of another protocol stay behind. Everything
//!   that changed is named in [`Encoded::adaptations`](crate::Encoded).
//! - **Replies are read in every form that was seen.** Chunks without choices, counts on one, many or no chunk, a
//!   missing `[DONE]`, tool calls in any kind of pieces, reasoning in four fields, errors inside a reply with status
//!   200. A stream that ends without `[DONE]` and without a reason is broken, never an answer.
//! - **Replies in this format are passed on** with the fields that the vocabulary has no name for.
//!
//! # Examples
//!
//! ```
//! use bytes::Bytes;
//! use outlast_types::{Collector, Mode, ReplyMeta, TargetId};
//! use outlast_wire::openai::{Dialect, MaxTokensField, OpenAiChat, OpenAiServer};
//! use outlast_wire::{ClientCodec, Decoder, EncodeOptions, Events, ServerCodec};
//!
//! // A caller's request, as it is sent to an account that takes the limit under its newer name only.
//! let body = br#"{"model": "default", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}], "top_k": 5}"#;
//! let incoming = OpenAiServer::new().decode_request(&Bytes::from_static(body))?;
//! let codec = OpenAiChat::new(Dialect::new().with_max_tokens(MaxTokensField::MaxCompletionTokens));
//! let options = EncodeOptions { model: "gpt-5", mode: Mode::Stream, provider: "openai" };
//! let encoded = codec.encode(&incoming.request, &options)?;
//! assert_eq!(
//!     encoded.request.body(),
//!     concat!(
//!         r#"{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":50,"#,
//!         r#""top_k":5,"stream":true,"stream_options":{"include_usage":true}}"#,
//!     )
//! );
//!
//! // The reply, in whatever pieces it comes.
//! let mut decoder = codec.decoder(Mode::Stream);
//! let mut events = Events::new();
//! for piece in [
//!     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel",
//!     "lo\"},\"finish_reason\":\"stop\"}]}\n\nda",
//!     "ta: [DONE]\n\n",
//! ] {
//!     decoder.push(Bytes::from_static(piece.as_bytes()), &mut events)?;
//! }
//! decoder.end(&mut events)?;
//! let mut collector = Collector::default();
//! events.into_iter().for_each(|event| collector.push(event));
//! assert_eq!(collector.finish(ReplyMeta::new(TargetId::new("openai", "gpt-5"))).text(), "Hello");
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod client;
mod custom_call;
mod decode;
mod dialect;
mod embeddings;
mod encode;
pub(crate) mod error;
pub(crate) mod finish;
mod foreign;
mod models;
pub(crate) mod reasoning_config;
mod server;
pub(crate) mod settings;
mod shape;
pub(crate) mod spelling;
pub(crate) mod usage;
mod vector;

use outlast_types::Protocol;

pub use client::OpenAiChat;
pub use decode::ChatFrames;
pub use dialect::{
    CallIds, Dialect, MaxTokensField, ReasoningControl, ReasoningField, SeedField, StreamUsage,
};
pub use models::{encode_model, encode_models};
pub use server::{ChatEncoder, OpenAiServer};
pub(crate) use server::{error_fields, error_response};

pub(crate) use foreign::weigh_field;

/// Names OpenAI's Chat Completions format.
pub const PROTOCOL: Protocol = Protocol::new("openai-chat");
