//! What error replies mean: the facts of every form that was seen, and the rules by which they are told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its own table must end"
)]

mod classify;
mod evidence;
mod table;
