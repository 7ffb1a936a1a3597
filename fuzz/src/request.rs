//! Requests.

use bytes::Bytes;
use outlast_types::{ChatBody, Content, ContentPart, Error};
use outlast_wire::{ClientCodec, EncodeOptions, Incoming};
use serde_json::Value;

/// Checks that a request that can be read is written for a provider of its own protocol in a form that is read as the same
/// request, and that is written as the same JSON from there on. Where in an object a field that was added stands may
/// change.
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
    assert_eq!(bare(&again), bare(&incoming));
    let twice = write(client, &again).expect("what was written once can be written again");
    assert_eq!(json(&once), json(&twice));
}

fn json(body: &Bytes) -> Value {
    serde_json::from_slice(body).expect("what was written is JSON")
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

/// Returns what a request asks, without the fields of its protocol: where one is missing that the provider asks for, such
/// as a document's name, it is added.
fn bare(incoming: &Incoming) -> ChatBody {
    let mut body = ChatBody::clone(incoming.request.body());
    body.extra = None;
    body.tools.iter_mut().for_each(|tool| tool.extra = None);
    if let Some(reasoning) = &mut body.reasoning {
        reasoning.extra = None;
    }
    for message in &mut body.messages {
        message.extra = None;
        strip(&mut message.content);
    }
    body
}

fn strip(content: &mut Content) {
    let Content::Parts(parts) = content else {
        return;
    };
    for part in parts {
        match part {
            ContentPart::Text(text) => text.extra = None,
            ContentPart::Image(media)
            | ContentPart::Document(media)
            | ContentPart::Audio(media) => {
                media.extra = None;
            }
            ContentPart::ToolCall(call) => call.extra = None,
            ContentPart::ToolResult(result) => {
                result.extra = None;
                strip(&mut result.content);
            }
            ContentPart::Reasoning(reasoning) => reasoning.extra = None,
            _ => {}
        }
    }
}
