//! Amazon Bedrock's Converse, both sides.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is to fail the test"
)]

mod across;
mod errors;
mod expected;
mod frames;
mod invoke;
mod properties;
mod recordings;
mod snapshots;
mod support;
