//! Nothing a provider or a caller sends makes the codecs panic.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::Mode;
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::{ClientCodec, ErrorReply};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::recorded::kept;
use crate::support::{collect, decode_pieces, decode_request, encode, encode_stream};

/// Values that stand where others are expected.
fn odd_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(18_446_744_073_709_551_615_u64),
        json!(1e300),
        json!(""),
        json!("text"),
        json!([]),
        json!([null]),
        json!([{}]),
        json!({}),
        json!({"index": "x", "parts": 5, "functionCall": null}),
        json!({"functionCall": {"name": 5, "args": [], "partialArgs": [{"jsonPath": "$[9].a"}], "willContinue": true}}),
        json!([[[]]]),
    ])
}

/// Replaces the value that a walk through the document ends at.
fn replace(document: &mut Value, steps: &[usize], value: Value) {
    let inner = steps.split_first().and_then(|(step, rest)| {
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
        Some((inner?, rest))
    });
    match inner {
        Some((inner, rest)) => replace(inner, rest, value),
        None => *document = value,
    }
}

/// Reads a body as whatever it may be, and writes what was read.
fn survive(body: &[u8]) {
    for mode in [Mode::Stream, Mode::Unary] {
        let (events, _) = decode_pieces(mode, [body]);
        decode_pieces(Mode::Stream, [encode_stream(&events).as_bytes()]);
        collect(events);
    }
    let reply = ErrorReply {
        status: StatusCode::BAD_REQUEST,
        headers: &HeaderMap::new(),
        body: &Bytes::copy_from_slice(body),
        received: SystemTime::UNIX_EPOCH,
    };
    Gemini::new().read_error(&reply);
}

/// The chunks of each recorded stream.
fn streams() -> Vec<Vec<Value>> {
    let chunk = |line: &str| serde_json::from_str(line.strip_prefix("data: ")?).ok();
    let chunks = |body: &str| body.lines().filter_map(chunk).collect::<Vec<Value>>();
    let streams = kept().into_iter().map(|reply| chunks(&reply.body));
    streams.filter(|chunks| !chunks.is_empty()).collect()
}

fn request() -> Value {
    json!({
        "systemInstruction": {"role": "user", "parts": [{"text": "s"}]},
        "contents": [
            {"role": "user", "parts": [
                {"text": "t"},
                {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
                {"file_data": {"mime_type": "application/pdf", "file_uri": "gs://b/f"}},
            ]},
            {"role": "model", "parts": [
                {"text": "r", "thought": true, "thoughtSignature": "x"},
                {"functionCall": {"name": "f", "id": "c", "args": {"a": 1}}, "thoughtSignature": "s"},
                {"executableCode": {"language": "PYTHON", "code": "1"}},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "f", "id": "c", "response": {"output": "o"}, "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
                ]}},
            ]},
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
        "generationConfig": {
            "temperature": 1, "topK": 5, "seed": 1, "candidateCount": 2, "stopSequences": ["a"],
            "responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"},
            "thinkingConfig": {"thinkingBudget": 5, "includeThoughts": true},
        },
        "safetySettings": [],
    })
}

proptest! {
    #[test]
    fn bytes_without_any_sense_are_an_error_or_nothing(body in prop::collection::vec(any::<u8>(), 0..512)) {
        survive(&body);
        if let Ok(body) = serde_json::from_slice::<Value>(&body) {
            let _ = decode_request(&body);
        }
    }

    #[test]
    fn a_path_without_any_sense_is_none(path in "[/:?.a-z%]{0,40}") {
        GeminiServer::for_path(&path);
    }

    #[test]
    fn a_body_with_flipped_bytes_does_not_panic(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let kept = kept();
        let mut body = kept[which.index(kept.len())].body.as_bytes().to_vec();
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] = byte;
        }
        survive(&body);
    }

    #[test]
    fn a_chunk_with_values_of_other_types_does_not_panic(
        which in any::<prop::sample::Index>(),
        frame in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0usize..16, 0..9),
        value in odd_value(),
    ) {
        let streams = streams();
        let mut frames = streams[which.index(streams.len())].clone();
        let at = frame.index(frames.len());
        replace(&mut frames[at], &steps, value);
        let body: String = frames.iter().map(|frame| format!("data: {frame}\r\n\r\n")).collect();
        survive(body.as_bytes());
        survive(frames[at].to_string().as_bytes());
        survive(Value::Array(frames).to_string().as_bytes());
    }

    #[test]
    fn a_request_with_a_value_of_another_type_is_written_or_refused_by_the_field_s_name(
        steps in prop::collection::vec(0usize..16, 0..8),
        value in odd_value(),
    ) {
        let mut document = request();
        replace(&mut document, &steps, value);
        match decode_request(&document) {
            Ok(request) => for model in ["g", "gemini-2.5-flash"] {
                if let Ok(encoded) = encode(&request, model) {
                    serde_json::from_slice::<Value>(encoded.request.body()).unwrap();
                }
            },
            Err(error) => {
                let message = error.message().unwrap();
                prop_assert!(message.contains("expected") || message.contains("required"), "{message}");
            }
        }
    }
}
