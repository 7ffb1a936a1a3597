//! Gemini's codecs from outside: on recorded exchanges where they are at hand, on those kept with the project always.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is to fail the test"
)]

mod across;
mod decode;
mod errors;
mod hostile;
mod independent;
mod recorded;
mod recordings;
mod round_trip;
mod server;
mod splits;
mod support;
mod unary;
