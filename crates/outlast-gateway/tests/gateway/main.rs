//! The gateway from outside, in front of simulated providers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod openai;
mod server;
mod support;
