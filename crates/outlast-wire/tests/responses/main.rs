//! The codecs of Responses from outside: on recorded exchanges where they are at hand, on the project's own fixtures
//! always.
#![expect(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is to fail the test"
)]

mod across;
mod count;
mod decode;
mod errors;
mod hostile;
mod independent;
mod recordings;
mod splits;
mod support;
