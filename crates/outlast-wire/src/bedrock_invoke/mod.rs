//! Replies of models on Amazon Bedrock in their vendors' own formats (`invoke`, `invoke-with-response-stream`).
//!
//! [`InvokeFrames`] reads them all. The model's id would tell the vendor, but an application's own profile has an id that
//! tells nothing, and a vendor's newer models answer in another format than its older ones: so the reply itself decides.
//!
//! | the reply has | it is | read by |
//! |---|---|---|
//! | `type` | Claude's Messages | [`crate::anthropic`] |
//! | `output`, `messageStart`, `contentBlockDelta`, ... | Nova's, which is Converse's | [`crate::bedrock`] |
//! | `choices` with `message` or `delta` | OpenAI's, and so Jamba's, Mistral's, Qwen's | [`crate::openai`] |
//! | `event_type`, `generation_id` | Command R's | [`crate::cohere`] |
//! | `outputText`, `results` | Titan's | here |
//! | `generation` | Llama's | here |
//! | `outputs` | Mistral's for texts | here |
//! | `generations`, `is_finished` | Command's | here |
//! | `completion` | Claude's for texts | here |
//! | `completions` | Jurassic's | here |
//! | `choices` with `text` | DeepSeek R1's | here |
//!
//! A stream's events lie in the frames of [`crate::event_stream`], each in the envelope of
//! [`InvokeStream`](crate::bedrock::InvokeStream):
//!
//! ```
//! use outlast_types::Mode;
//! use outlast_wire::bedrock::InvokeStream;
//! use outlast_wire::bedrock_invoke::InvokeFrames;
//! use outlast_wire::event_stream::EventStreamBody;
//!
//! let _decoder = EventStreamBody::new(Mode::Stream, InvokeStream::new(InvokeFrames::default()));
//! ```

mod frames;
mod metered;
mod piece;
mod text;

use outlast_types::Protocol;

pub use frames::InvokeFrames;
pub use metered::usage_in_headers;

/// Names the formats for texts that are read here.
pub const PROTOCOL: Protocol = Protocol::new("bedrock-invoke");
