//! What providers put on the network, and how it becomes the vocabulary of `outlast`.
//!
//! Everything here is sans-IO: a codec turns a [`ChatRequest`](outlast_types::ChatRequest) into an HTTP request, a
//! push [`Decoder`] takes bytes as they come and yields [`StreamEvent`](outlast_types::StreamEvent)s, and an error
//! body becomes the facts of an [`Error`](outlast_types::Error). No socket, no clock, no retry. An unknown field,
//! event or enum value never fails a decode; it is carried along for the protocol it came from.
//!
//! Each protocol has both sides: [`ClientCodec`] speaks to a provider, [`ServerCodec`] answers a caller (the gateway
//! and the simulator use it). What a protocol offers beside chat (embeddings, model lists, token counts) is a
//! [`UnaryCodec`] each.

mod bound;
mod call_ids;
mod codec;
mod foreign;
mod function_tool;
mod left_out;
mod media;
mod notes;
mod path;
mod post;
mod settings;
mod unary;
mod verbatim;
mod wait;

pub mod body;
pub mod event_stream;
pub mod json;
pub mod ndjson;
pub mod sse;

pub mod error;
pub mod rate_limit;
pub mod retry_hint;
pub mod status;

pub mod anthropic;
pub mod bedrock;
pub mod bedrock_invoke;
pub mod cohere;
pub mod completions;
pub mod gemini;
pub mod interactions;
pub mod ollama;
pub mod openai;
pub mod responses;

pub use body::{ChatDecoder, FrameDecoder};
pub use codec::{
    ClientCodec, Decoder, EncodeOptions, Encoded, ErrorReply, Events, Incoming, ServerCodec,
    StreamEncoder,
};
pub use unary::UnaryCodec;
