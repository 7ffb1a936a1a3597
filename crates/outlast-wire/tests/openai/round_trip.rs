//! Recorded requests, read by the server's side and written by the client's again.

use bytes::Bytes;
use outlast_wire::openai::{Dialect, OpenAiChat, OpenAiServer, StreamUsage};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use serde_json::Value;

use crate::recordings::exchanges;

/// Reads `request` and writes it again.
pub(crate) fn again(request: &Value) -> Result<Value, outlast_types::Error> {
    let body = Bytes::from(request.to_string());
    let incoming = OpenAiServer::new().decode_request(&body)?;
    let model = incoming.request.model.clone();
    let codec = OpenAiChat::new(Dialect::new().with_stream_usage(StreamUsage::AsWritten));
    let options = EncodeOptions {
        model: &model,
        mode: incoming.mode,
        provider: "recorded",
    };
    let encoded = codec.encode(&incoming.request, &options)?;
    assert!(encoded.adaptations.is_empty(), "{:?}", encoded.adaptations);
    Ok(serde_json::from_slice(encoded.request.body()).unwrap())
}

#[test]
fn every_recorded_request_leaves_as_it_came() {
    let mut wrong = Vec::new();
    let mut exact = 0;
    for exchange in exchanges() {
        if !exchange.request.is_object() {
            continue;
        }
        let id = format!("{}/{}", exchange.provider, exchange.id);
        match again(&exchange.request) {
            Ok(written) if written == exchange.request => exact += 1,
            Ok(written) => wrong.push(format!("{id}: {}", difference(&exchange.request, &written))),
            // What the provider refused too may be refused here.
            Err(_) if exchange.status == 400 => {}
            Err(error) => wrong.push(format!("{id}: {error} {:?}", error.message())),
        }
    }
    println!("{exact} requests left exactly as they came");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn difference(before: &Value, after: &Value) -> String {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
            names.sort();
            names.dedup();
            names
                .into_iter()
                .filter(|name| before.get(*name) != after.get(*name))
                .map(|name| match (before.get(name), after.get(name)) {
                    (Some(before), Some(after)) => format!("{name}: {}", difference(before, after)),
                    (before, after) => format!("{name}: {before:?} -> {after:?}"),
                })
                .collect::<Vec<_>>()
                .join(", ")
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => before
            .iter()
            .zip(after)
            .enumerate()
            .filter(|(_, (before, after))| before != after)
            .map(|(at, (before, after))| format!("[{at}]: {}", difference(before, after)))
            .collect::<Vec<_>>()
            .join(", "),
        _ => format!("{before} -> {after}").chars().take(400).collect(),
    }
}
