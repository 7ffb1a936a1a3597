//! The gateway from outside, in front of simulated providers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod anthropic;
mod bedrock;
mod beside_chat;
mod gemini;
mod lossless;
mod openai;
mod responses;
mod server;
mod support;
