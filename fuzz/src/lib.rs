//! What must hold for any bytes whatever: the checks behind the fuzz targets.
//!
//! No check knows what a reply should say. Each compares two ways to the same end: bytes at once against bytes in
//! pieces, a request against what is left of it after it was written and read again. What is read is bounded by what was
//! sent. A panic, a hang or too much memory is found by the fuzzer itself.

mod errors;
mod frames;
mod input;
mod protocols;
mod reply;
mod request;
mod sse;

pub use errors::{error_bodies, retry_hints};
pub use frames::event_stream;
pub use input::Input;
pub use protocols::{bedrock, bedrock_invoke, cohere, format, gemini, interactions, protocol};
pub use reply::reply;
pub use request::request;
pub use sse::sse;
