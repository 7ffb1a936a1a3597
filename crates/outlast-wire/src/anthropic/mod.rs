//! Anthropic's Messages.
//!
//! [`AnthropicMessages`] speaks it to a provider, to Anthropic or to Google's Vertex AI ([`Platform`]);
//! [`AnthropicServer`] answers a caller in it.
//!
//! # What came in this protocol goes out as it came
//!
//! [`AnthropicServer`] reads a request without loss, and [`AnthropicMessages`] writes the same JSON again: blocks and
//! fields that the vocabulary has no name for travel as opaque parts and extra fields. The same holds for replies, whole
//! and streamed. If the model that is asked is not the one the request names, how to think, to sample and to answer in
//! JSON is adapted to it.
//!
//! # What came in another protocol is adapted
//!
//! | the request has | Anthropic gets |
//! |---|---|
//! | leading system and developer messages | `system` |
//! | later ones | text of the user's turn, marked `<system>` |
//! | tool messages | `tool_result` blocks, first in the user's turn |
//! | several turns of one side | one turn |
//! | tool-call ids it does not take, or twice the same | ids that it takes, the same for call and result |
//! | reasoning that it did not sign | nothing |
//! | a JSON schema | `output_config.format`, or a tool whose arguments are the answer ([`StructuredOutput`]) |
//! | effort in words, or a budget | what the model takes of the two ([`Dialect`]) |
//! | no limit | `max_tokens` of 4096, and as much more as it may think |
//! | a seed, fields of the other protocol | nothing |
//!
//! Each of these is among the [adaptations](crate::Encoded::adaptations), but for the first three. Sound, and more than
//! one answer, have no form here: `ErrorKind::Unsupported`.
//!
//! # Examples
//!
//! ```
//! use bytes::Bytes;
//! use outlast_types::{Mode, StreamEvent};
//! use outlast_wire::anthropic::AnthropicMessages;
//! use outlast_wire::{ClientCodec, Decoder, Events};
//!
//! let mut decoder = AnthropicMessages::new().decoder(Mode::Stream);
//! let mut events = Events::new();
//! for frame in [
//!     r#"{"type":"message_start","message":{"id":"msg_1","model":"claude","usage":{"input_tokens":9,"output_tokens":1}}}"#,
//!     r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
//!     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#,
//!     r#"{"type":"content_block_stop","index":0}"#,
//!     r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}"#,
//!     r#"{"type":"message_stop"}"#,
//! ] {
//!     decoder.push(Bytes::from(format!("data: {frame}\n\n")), &mut events)?;
//! }
//! assert!(decoder.is_done());
//! assert!(events.contains(&StreamEvent::text("Hello")));
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod client;
mod dialect;
mod platform;
mod server;
mod settings;

mod encode;
mod request;

mod conversation;

mod blocks;
mod bound;
mod call_ids;
mod origin;
mod sampling;
mod thinking;
mod tools;

mod decode;
mod frame_in;
mod streamed_block;
mod whole;

mod frame_out;
mod response;
mod stream;
mod waiting;

mod ending;
mod error;
mod finish;
mod foreign;
mod usage;

mod count;
mod models;

use outlast_types::Protocol;

// Bedrock's models of the same vendor are told how to think, to sample and to answer in JSON by the same rules.
pub(crate) use call_ids::valid as valid_call_id;
pub(crate) use origin::Origin;
pub(crate) use sampling::SamplingPlan;
pub(crate) use thinking::{Situation, ThinkingPlan};
pub(crate) use tools::{JSON_TOOL, JSON_TOOL_DESCRIPTION, empty_schema, object_schema};
pub(crate) use waiting::{Waiting, WaitingPart};

pub use client::AnthropicMessages;
pub use count::encode_count;
pub use decode::MessagesDecoder;
pub use dialect::{Dialect, Sampling, StructuredOutput, Thinking, generation};
pub use models::{encode_model, encode_models};
pub use platform::Platform;
pub use server::AnthropicServer;
pub use stream::MessagesEncoder;

pub(crate) use foreign::{weigh_field, weigh_part};

/// Names Anthropic's Messages format.
pub const PROTOCOL: Protocol = Protocol::new("anthropic-messages");

/// Names the field with the betas a request uses: an array of names.
///
/// It may stand among the request's extra fields of this protocol, where a gateway puts what its caller sent in the
/// header `anthropic-beta`, or in its provider options. It is sent in that header and never in the body.
pub const BETA_FIELD: &str = "anthropic_beta";
