//! Replies of Gemini's Interactions (`POST /v1beta/interactions`): a turn as a list of steps.
//!
//! [`InteractionFrames`] reads them; requests are not written, for the same models answer `generateContent`
//! ([`crate::gemini`]), which needs no state at Google.
//!
//! - A reply has `steps`: `thought`, `model_output`, `function_call`, and those of tools that run at Google, which are kept
//!   as opaque parts. A stream has each step's `step.start`, `step.delta`s and `step.stop`; `interaction.completed` is the
//!   last event, a `[DONE]` after it is not waited for.
//! - Why a turn ended is its `status`: `completed`, `requires_action` (a function is to be called), `incomplete` (the limit
//!   was reached), `failed`.
//! - Thoughts are counted beside the output, and what tools read beside the input.
//!
//! ```
//! use bytes::Bytes;
//! use outlast_types::{Mode, StreamEvent};
//! use outlast_wire::interactions::InteractionFrames;
//! use outlast_wire::{ChatDecoder, Decoder, Events};
//!
//! let body = r#"{"id": "v1", "status": "completed", "steps": [
//!     {"type": "model_output", "content": [{"type": "text", "text": "Hi"}]}]}"#;
//! let mut decoder = ChatDecoder::new(Mode::Unary, InteractionFrames::default());
//! let mut events = Events::new();
//! decoder.push(Bytes::from_static(body.as_bytes()), &mut events)?;
//! decoder.end(&mut events)?;
//! assert!(events.contains(&StreamEvent::text("Hi")));
//! # Ok::<(), outlast_types::Error>(())
//! ```

mod ending;
mod frames;
mod step;

use outlast_types::Protocol;

pub use frames::InteractionFrames;

/// Names Gemini's Interactions format.
pub const PROTOCOL: Protocol = Protocol::new("gemini-interactions");
