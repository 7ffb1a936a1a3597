//! What holds for any input.

use bytes::{Bytes, BytesMut};
use outlast_types::Mode;
use outlast_wire::anthropic::MessagesDecoder;
use outlast_wire::bedrock::{BedrockConverse, BedrockServer, InvokeStream};
use outlast_wire::bedrock_invoke::InvokeFrames;
use outlast_wire::event_stream::{EventStreamBody, HeaderValue, write_frame};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    collect, decode, decode_pieces, encode_stream, read_pieces, server, stream_of,
};

const CLAUDE: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";

/// Reads bytes with everything that reads bytes.
pub(crate) fn read_everywhere(bytes: &[u8]) {
    let _ = decode(Mode::Stream, bytes);
    let _ = decode(Mode::Unary, bytes);
    let invoked = InvokeStream::new(MessagesDecoder::default());
    let _ = read_pieces(EventStreamBody::new(Mode::Stream, invoked), [bytes]);
    for mode in [Mode::Stream, Mode::Unary] {
        let invoked = InvokeStream::new(InvokeFrames::default());
        let _ = read_pieces(EventStreamBody::new(mode, invoked), [bytes]);
    }
    let _ = server().decode_request(&Bytes::copy_from_slice(bytes));
}

/// The events of a stream in which a model thinks, speaks and calls a tool.
fn events() -> Vec<(&'static str, Value)> {
    let at = |index: u32, delta: Value| json!({"contentBlockIndex": index, "delta": delta});
    vec![
        ("messageStart", json!({"role": "assistant", "p": "abc"})),
        (
            "contentBlockDelta",
            at(0, json!({"reasoningContent": {"text": "Hm."}})),
        ),
        (
            "contentBlockDelta",
            at(0, json!({"reasoningContent": {"signature": "c2ln"}})),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        ("contentBlockDelta", at(1, json!({"text": "Wie wär’s? 🙂"}))),
        ("contentBlockStop", json!({"contentBlockIndex": 1})),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 2, "start": {"toolUse": {"name": "look", "toolUseId": "tooluse_1"}}}),
        ),
        (
            "contentBlockDelta",
            at(2, json!({"toolUse": {"input": "{\"q\": \"Zür"}})),
        ),
        (
            "contentBlockDelta",
            at(2, json!({"toolUse": {"input": "ich\"}"}})),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 2})),
        ("messageStop", json!({"stopReason": "tool_use"})),
        (
            "metadata",
            json!({
                "usage": {"inputTokens": 3, "outputTokens": 9, "totalTokens": 19, "cacheReadInputTokens": 7},
                "metrics": {"latencyMs": 5},
            }),
        ),
    ]
}

fn written(events: &[(&str, Value)]) -> Bytes {
    let texts: Vec<(&str, String)> = events
        .iter()
        .map(|(name, payload)| (*name, payload.to_string()))
        .collect();
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, payload)| (*name, payload.as_str()))
        .collect();
    stream_of(&texts)
}

fn request() -> Value {
    json!({
        "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {"role": "user", "content": [
                {"text": "t"},
                {"image": {"format": "png", "source": {"bytes": "AA=="}}},
                {"document": {"format": "pdf", "name": "d", "source": {"s3Location": {"uri": "s3://b/k"}}}},
            ]},
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "r", "signature": "c2ln"}}},
                {"toolUse": {"toolUseId": "c", "name": "f", "input": {"a": 1}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "c", "content": [{"text": "o"}, {"json": {"b": 2}}], "status": "error"}},
            ]},
        ],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5, "topP": 0.9, "stopSequences": ["a"]},
        "toolConfig": {
            "tools": [
                {"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}}},
                {"cachePoint": {"type": "default"}},
            ],
            "toolChoice": {"tool": {"name": "f"}},
        },
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
    })
}

/// Reads a request and writes it again.
fn again(request: &Value) -> Result<Value, outlast_types::Error> {
    let server = BedrockServer::for_path(CLAUDE).unwrap();
    let incoming = server.decode_request(&Bytes::from(request.to_string()))?;
    let options = EncodeOptions {
        model: &incoming.request.model,
        mode: incoming.mode,
        provider: "bedrock",
    };
    let encoded = BedrockConverse::new().encode(&incoming.request, &options)?;
    Ok(serde_json::from_slice(encoded.request.body()).unwrap())
}

/// Values that stand where others are expected.
fn odd_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(18_446_744_073_709_551_615_u64),
        json!(1e300),
        json!(""),
        json!("text"),
        json!([]),
        json!([null]),
        json!([{}]),
        json!({}),
        json!({"text": 5}),
        json!({"toolUse": {"input": []}}),
        json!({"reasoningContent": {"redactedContent": "!"}}),
        json!([[[]]]),
    ])
}

/// Replaces the value that a walk through the document ends at.
fn replace(document: &mut Value, steps: &[usize], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *document = value;
        return;
    };
    let inner = match document {
        Value::Array(items) if !items.is_empty() => {
            let at = step % items.len();
            items.get_mut(at)
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = step % fields.len();
            fields.values_mut().nth(at)
        }
        _ => None,
    };
    match inner {
        Some(inner) => replace(inner, rest, value),
        None => *document = value,
    }
}

/// A part of a turn that Converse takes as it is.
fn part() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,12}".prop_map(|text| json!({"text": text})),
        Just(json!({"cachePoint": {"type": "default"}})),
        Just(json!({"image": {"format": "png", "source": {"bytes": "AA=="}}})),
        Just(json!({"guardContent": {"text": {"text": "g", "qualifiers": ["query"]}}})),
        "[a-z]{1,8}".prop_map(|name| json!({name: {"something": ["new"]}})),
    ]
}

fn turns() -> impl Strategy<Value = Vec<Value>> {
    let contents = prop::collection::vec(part(), 1..4);
    prop::collection::vec(contents, 1..5).prop_map(|contents| {
        let roles = ["user", "assistant"].into_iter().cycle();
        roles
            .zip(contents)
            .map(|(role, content)| json!({"role": role, "content": content}))
            .collect()
    })
}

#[test]
fn a_request_with_everything_leaves_as_it_came() {
    assert_eq!(again(&request()).unwrap(), request());
}

proptest! {
    #[test]
    fn random_pieces_of_a_stream_give_the_same_events(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let body = written(&events());
        let (whole, end) = decode_pieces(Mode::Stream, [&body[..]]);
        prop_assert!(end.is_ok());
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let (events, end) = decode_pieces(Mode::Stream, cuts.windows(2).map(|cut| &body[cut[0]..cut[1]]));
        prop_assert!(end.is_ok());
        prop_assert_eq!(events, whole);
    }

    #[test]
    fn a_request_of_any_known_and_unknown_parts_leaves_as_it_came(
        turns in turns(),
        max_tokens in prop::option::of(1u32..9999),
        temperature in prop::option::of((0u32..=1000).prop_map(|number| f64::from(number) / 1000.0)),
    ) {
        let mut config = serde_json::Map::new();
        config.extend(max_tokens.map(|tokens| ("maxTokens".to_owned(), json!(tokens))));
        config.extend(temperature.map(|number| ("temperature".to_owned(), json!(number))));
        let request = json!({"messages": turns, "inferenceConfig": config});
        prop_assert_eq!(again(&request).unwrap(), request);
    }

    #[test]
    fn bytes_without_any_sense_are_an_error_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_everywhere(&bytes);
    }

    #[test]
    fn an_event_with_values_of_other_types_does_not_panic(
        which in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0usize..8, 0..6),
        value in odd_value(),
    ) {
        let mut events = events();
        let at = which.index(events.len());
        replace(&mut events[at].1, &steps, value);
        let (read, _) = decode_pieces(Mode::Stream, [&written(&events)[..]]);
        // What was read can be written, and read again.
        let _ = decode(Mode::Stream, &encode_stream(&read));
        collect(read);
        read_everywhere(events[at].1.to_string().as_bytes());
    }

    #[test]
    fn an_event_of_any_name_is_skipped_or_kept(name in "[a-zA-Z:]{0,12}", message in "event|exception|error|x") {
        let mut body = BytesMut::from(&written(&events()[..2])[..]);
        let headers = [(":event-type", HeaderValue::String(&name)), (":message-type", HeaderValue::String(&message))];
        write_frame(&headers, b"{\"message\": \"m\"}", &mut body);
        body.extend_from_slice(&written(&events()[2..]));
        let (read, end) = decode_pieces(Mode::Stream, [&body[..]]);
        let fails = message == "exception" || message == "error";
        // An exception's name may be one of an event's: it is the message's type that tells.
        if fails {
            prop_assert!(end.is_err());
        }
        prop_assert!(!read.is_empty());
    }

    #[test]
    fn a_request_with_a_value_of_another_type_is_written_or_refused_by_the_field_s_name(
        steps in prop::collection::vec(0usize..8, 0..8),
        value in odd_value(),
    ) {
        let mut document = request();
        replace(&mut document, &steps, value);
        if let Err(error) = again(&document) {
            prop_assert!(error.message().is_some_and(|message| !message.is_empty()), "{error:?}");
        }
    }
}
