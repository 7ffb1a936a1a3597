//! Anthropic's codecs from outside: on the project's own fixtures always, on recorded exchanges where they are at hand.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is to fail the test"
)]

mod support;

mod decode;
mod encode;
mod server;
mod vertex;

mod across;
mod properties;

mod expected;
mod recordings;
