//! Amazon Bedrock's Converse and ConverseStream.
//!
//! [`BedrockConverse`] speaks it to a provider; [`BedrockServer`] answers a caller in it. The path says which model is
//! asked and whether the reply comes as a stream; a stream comes in the binary frames of [`crate::event_stream`].
//! [`InvokeStream`] reads the other streams of the service, in which a model answers in its own vendor's format.
//!
//! # What came in this protocol goes out as it came
//!
//! [`BedrockServer`] reads a request without loss, and [`BedrockConverse`] writes the same JSON again: blocks and fields
//! that the vocabulary has no name for (cache points, guarded content, videos, guardrails, metadata) travel as opaque
//! parts and extra fields. If the model that is asked is another vendor's than the one the request names, the fields for
//! that model alone stay behind.
//!
//! # What came in another protocol is adapted
//!
//! | the request has | Bedrock gets |
//! |---|---|
//! | leading system and developer messages | `system` |
//! | later ones | text of the user's turn, marked `<system>` |
//! | tool messages | `toolResult` blocks, first in the user's turn |
//! | several turns of one side | one turn |
//! | tool-call ids it does not take, or twice the same | ids that it takes, the same for call and result |
//! | tool calls, but no tools any more | the tools that were called, without their schema |
//! | a choice of no tool | no tools, unless the turns have calls |
//! | reasoning of another protocol | nothing |
//! | a JSON schema | `outputConfig.textFormat`, or a tool whose arguments are the answer |
//! | effort in words, or a budget | `additionalModelRequestFields`, as the model's vendor spells it |
//! | documents | documents with a name |
//! | a seed, whether tools may be called at once, fields of the other protocol | nothing |
//!
//! Each of these is among the [adaptations](crate::Encoded::adaptations), but for the first four. Pictures and files at
//! an address outside S3, and more than one answer, have no form here: `ErrorKind::Unsupported`.
//!
//! # Examples
//!
//! ```
//! use outlast_types::{ChatRequest, Mode};
//! use outlast_wire::bedrock::BedrockConverse;
//! use outlast_wire::{ClientCodec, EncodeOptions};
//!
//! let request = ChatRequest::user("Why keep a second provider?").with_max_output_tokens(200);
//! let options = EncodeOptions { model: "amazon.nova-lite-v1:0", mode: Mode::Stream, provider: "bedrock" };
//! let encoded = BedrockConverse::new().encode(&request, &options)?;
//!
//! assert_eq!(encoded.request.uri(), "/model/amazon.nova-lite-v1%3A0/converse-stream");
//! assert_eq!(
//!     encoded.request.body(),
//!     r#"{"messages":[{"role":"user","content":[{"text":"Why keep a second provider?"}]}],"inferenceConfig":{"maxTokens":200}}"#,
//! );
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod client;
mod count;
mod path;
mod server;
mod settings;

mod encode;
mod request;

mod conversation;

mod blocks;
mod family;
mod media;
mod model_fields;
mod origin;
mod tools;
mod top_k;

mod decode;
mod frame_in;
mod held_block;
mod invoke;
mod streamed_block;
mod whole;

mod frame_out;
mod response;
mod stream;

mod error;
mod finish;
mod foreign;
mod usage;

use outlast_types::Protocol;

pub use client::BedrockConverse;
pub use count::{decode_count, encode_count};
pub use decode::ConverseDecoder;
pub use invoke::InvokeStream;
pub use path::{ModelPath, Operation};
pub use server::BedrockServer;
pub use stream::ConverseEncoder;

pub(crate) use foreign::{weigh_field, weigh_part};

/// Names Amazon Bedrock's Converse format.
pub const PROTOCOL: Protocol = Protocol::new("bedrock-converse");
