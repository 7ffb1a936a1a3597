//! What must hold for any bytes whatever: the checks behind the fuzz targets.
//!
//! No check knows what a reply should say. Each compares two ways to the same end: bytes at once against bytes in
//! pieces, a request against what is left of it after it was written and read again. A panic, a hang or too much memory
//! is found by the fuzzer itself.

mod errors;
mod input;
mod reply;
mod request;
mod sse;

pub use errors::{error_bodies, retry_hints};
pub use input::Input;
pub use reply::reply;
pub use request::request;
pub use sse::sse;

use outlast_wire::{ClientCodec, ServerCodec};

/// Checks a protocol with one input: the first byte says whether the rest is a stream, a whole body or a request.
pub fn protocol<C: ClientCodec, S: ServerCodec>(client: &C, server: &S, data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 3 {
        0 => reply(client, outlast_types::Mode::Stream, &mut input),
        1 => reply(client, outlast_types::Mode::Unary, &mut input),
        _ => request(client, server, &input.rest()),
    }
}
