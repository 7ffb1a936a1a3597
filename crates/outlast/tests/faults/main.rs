//! The fault matrix: a test for each thing that can befall a provider, a connection or this process, by its number in
//! `matrix.toml`. `cargo xtask faults` runs them and writes what their callers saw to `docs/faults.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod seen;
mod wire;

mod bodies;
mod connections;
mod outages;
mod secure;
mod statuses;
mod streams;
