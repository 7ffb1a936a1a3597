//! The vocabulary of `outlast`: what every other crate speaks.
//!
//! An application asks with a [`ChatRequest`] (or a [`StreamRequest`]) and receives a [`ChatResponse`]
//! (or a [`ChatStream`] of [`StreamEvent`]s); an [`EmbeddingRequest`] brings [`Embeddings`]. What went wrong is an [`Error`] made of facts, what happened on
//! the way is a [`Ledger`] of attempts, and what it cost is exact [`Money`].
//!
//! The crate knows no network, no runtime, no clock and no vendor. A fact that belongs to one vendor's format
//! travels as [`Extra`] fields or as an [`Opaque`] part, marked with the [`Protocol`] it came from, so that it can
//! go back to where it is understood and stay away from where it is not.
//!
//! # Examples
//!
//! ```
//! use outlast_types::{ChatRequest, Message};
//!
//! let request = ChatRequest::user("Why keep a second provider?")
//!     .with_model("claude-sonnet-4-5")
//!     .with_message(Message::assistant("Because the first one fails."))
//!     .with_message(Message::user("How often?"))
//!     .with_max_output_tokens(200);
//!
//! assert_eq!(request.messages.len(), 3);
//! assert_eq!(request.last_user_text(), "How often?");
//! ```

mod json;
mod protocol;
mod target;

mod content;
mod message;
mod request;
mod tool;

mod collect;
mod event;
mod finish;
mod response;
mod stream;
mod usage;

mod embedding;
mod models;
mod token_count;

pub mod names;

mod money;
mod needs;
mod price;

mod adaptation;
mod attempt;
mod call;
mod error;
mod reply;

pub use adaptation::{Adaptation, AdaptationKind, OnUnsupported};
pub use attempt::{Attempt, AttemptOutcome, AttemptReason, Ledger};
pub use call::{Call, CallContext, Continuation, Mode};
pub use collect::Collector;
pub use content::{ContentPart, Extra, Media, MediaSource, Opaque, Reasoning, TextPart};
pub use embedding::{
    EmbeddingBody, EmbeddingInput, EmbeddingRequest, EmbeddingResponse, Embeddings,
};
pub use error::{BoxError, Error, ErrorKind, Phase, Sent};
pub use event::{Delta, Finish, ReasoningDelta, ReplyStart, StreamEvent, ToolCallDelta};
pub use finish::FinishReason;
pub use json::RawJson;
pub use message::{Content, Message, Role};
pub use models::{ModelInfo, ModelPage, ModelRequest, ModelsRequest};
pub use money::Money;
pub use needs::{Need, Needs};
pub use price::{Price, PriceList};
pub use protocol::Protocol;
pub use reply::{RateLimit, RateLimits, Reply, ReplyEnd, ReplyGuard, ReplyMeta};
pub use request::{
    ChatBody, ChatRequest, ReasoningConfig, ReasoningEffort, ResponseFormat, ServiceTier,
    StreamRequest,
};
pub use response::{ChatResponse, Choice};
pub use stream::{ChatStream, EventStream};
pub use target::{Capabilities, PrefillSupport, TargetId};
pub use token_count::{CountRequest, CountResponse, TokenCount};
pub use tool::{ToolCall, ToolChoice, ToolResult, ToolSpec};
pub use usage::Usage;
