//! The smaller formats from outside: Cohere's two, Ollama's, the older Completions, Gemini's Interactions and those of the
//! vendors on Bedrock. What the recordings say is checked where they are replayed, in `outlast-cli`.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is to fail the test"
)]

mod encode;
mod errors;
mod hostile;
mod invoke;
mod requests;
mod streams;
mod support;
