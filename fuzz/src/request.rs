//! Requests.

use bytes::Bytes;
use outlast_wire::{ClientCodec, EncodeOptions, Incoming, ServerCodec};

/// Checks that a request that can be read is written for a provider of its own protocol in a form that can be read, and
/// that it does not change any more from there on.
pub fn request<C: ClientCodec, S: ServerCodec>(client: &C, server: &S, body: &Bytes) {
    let Ok(incoming) = server.decode_request(body) else {
        return;
    };
    let Some(once) = write(client, &incoming) else {
        return;
    };
    let again = server
        .decode_request(&once)
        .unwrap_or_else(|error| panic!("what was written cannot be read: {error}"));
    assert_eq!(again.mode, incoming.mode);
    let twice = write(client, &again).expect("what was written once can be written again");
    assert_eq!(once, twice);
}

/// Writes a request; `None` if the protocol has no form for it.
fn write(client: &impl ClientCodec, incoming: &Incoming) -> Option<Bytes> {
    let options = EncodeOptions {
        model: &incoming.request.model,
        mode: incoming.mode,
        provider: "fuzz",
    };
    let encoded = client.encode(&incoming.request, &options).ok()?;
    Some(encoded.request.into_body())
}
