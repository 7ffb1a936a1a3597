//! Requests.

use bytes::Bytes;
use outlast_types::Error;
use outlast_wire::{ClientCodec, EncodeOptions, Incoming};

/// Checks that a request that can be read is written for a provider of its own protocol in a form that is read as the same
/// request, and that is written as the same bytes from there on.
pub fn request<C: ClientCodec>(
    client: &C,
    read: impl Fn(&Bytes) -> Result<Incoming, Error>,
    body: &Bytes,
) {
    let Ok(incoming) = read(body) else {
        return;
    };
    let Some(once) = write(client, &incoming) else {
        return;
    };
    let again =
        read(&once).unwrap_or_else(|error| panic!("what was written cannot be read: {error}"));
    assert_eq!(again.mode, incoming.mode);
    assert_eq!(again.request.body(), incoming.request.body());
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
