//! OpenAI's Responses (`POST /v1/responses`).
//!
//! [`OpenAiResponses`] speaks it to a provider; [`ResponsesServer`] answers a caller in it.
//!
//! - **The model's turn is one message.** In this format a conversation is a list of items: messages, reasoning, calls and
//!   their answers, searches and whatever else ran at the provider. What the model did, one item after the other, becomes
//!   one message, for other protocols want it in one piece. The fields of the items stay with their parts, so that the
//!   same items leave again: of a request, and of a reply that is sent back with the next turn.
//! - **Requests of other protocols are adapted.** Leading instructions become `instructions`; signed reasoning stays
//!   behind; ids of calls are mapped to those that are taken; what has no form here is noted or, if the answer would be to
//!   another question, refused.
//! - **Replies are read in every form that was seen**, streamed or whole, with or without names and numbers of events. Only
//!   `response.completed` and `response.incomplete` end a stream well.
//! - **Nothing is stored here.** `previous_response_id`, `conversation` and references to items are the provider's; they
//!   are passed on, and mean nothing to another account.
//!
//! # Examples
//!
//! ```
//! use bytes::Bytes;
//! use outlast_types::{Mode, StreamEvent};
//! use outlast_wire::responses::OpenAiResponses;
//! use outlast_wire::{ClientCodec, Decoder, Events};
//!
//! let mut decoder = OpenAiResponses::new().decoder(Mode::Stream);
//! let mut events = Events::new();
//! for data in [
//!     r#"{"type":"response.created","response":{"id":"resp_1","model":"gpt-5-mini"}}"#,
//!     r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hello"}"#,
//!     r#"{"type":"response.completed","response":{"status":"completed","output":[]}}"#,
//! ] {
//!     decoder.push(Bytes::from(format!("data: {data}\n\n")), &mut events)?;
//! }
//! assert!(decoder.is_done());
//! assert!(events.contains(&StreamEvent::text("Hello")));
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod bound;
mod client;
mod count;
mod origin;
mod server;

mod request_in;
mod request_out;

mod conversation_in;
mod foreign;
mod item_in;
mod item_out;
mod marks;
mod part_in;
mod part_out;
mod reasoning_item;

mod call_ids;
mod reasoning;
mod settings;
mod shared;
mod text;
mod tools;

mod decode;

mod frames_out;
mod output_calls;
mod output_item;
mod output_writer;
mod response_out;
mod stream_out;

mod ending;
mod error;
mod usage;

use outlast_types::Protocol;

pub(crate) use bound::BOUND;
pub use client::OpenAiResponses;
pub(crate) use foreign::{weigh_field, weigh_part};

pub use count::encode_count;
pub use decode::ResponsesFrames;
pub use server::ResponsesServer;
pub use stream_out::ResponsesEncoder;

/// Names OpenAI's Responses format.
pub const PROTOCOL: Protocol = Protocol::new("openai-responses");
