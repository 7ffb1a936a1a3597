//! Nothing a provider or a caller sends makes the codecs panic.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::Mode;
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::{ClientCodec, EncodeOptions, ErrorReply, ServerCodec};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::{STREAMS, decode_pieces};

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
        json!({"index": "x", "type": 5, "function": null}),
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

fn request() -> Value {
    json!({
        "model": "m", "max_tokens": 5, "temperature": 1, "stop": ["a"], "stream": true,
        "stream_options": {"include_usage": true}, "reasoning": {"effort": "high"}, "n": 2,
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [
                {"type": "text", "text": "t"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "f"}},
            ]},
            {"role": "assistant", "content": null, "reasoning_content": "r", "refusal": "no", "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "d", "type": "custom", "custom": {"name": "g", "input": "x"}},
            ]},
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "ok"}]},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": true}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
    })
}

proptest! {
    #[test]
    fn bytes_without_any_sense_are_an_error_or_nothing(body in prop::collection::vec(any::<u8>(), 0..512)) {
        decode_pieces(Mode::Stream, [&*body]);
        decode_pieces(Mode::Unary, [&*body]);
        let _ = OpenAiServer::new().decode_request(&Bytes::from(body.clone()));
        let reply = ErrorReply {
            status: StatusCode::BAD_REQUEST,
            headers: &HeaderMap::new(),
            body: &Bytes::from(body),
            received: SystemTime::UNIX_EPOCH,
        };
        OpenAiChat::default().read_error(&reply);
    }

    #[test]
    fn a_stream_with_flipped_bytes_does_not_panic(
        which in 0..STREAMS.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut body = STREAMS[which].1.as_bytes().to_vec();
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] = byte;
        }
        decode_pieces(Mode::Stream, [&*body]);
    }

    #[test]
    fn a_chunk_with_values_of_other_types_does_not_panic(
        which in 0..STREAMS.len(),
        frame in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0usize..16, 0..9),
        value in odd_value(),
    ) {
        let mut frames: Vec<Value> = STREAMS[which].1
            .lines()
            .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
            .collect();
        let at = frame.index(frames.len());
        replace(&mut frames[at], &steps, value);
        let body: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
        decode_pieces(Mode::Stream, [body.as_bytes()]);
        decode_pieces(Mode::Unary, [frames[at].to_string().as_bytes()]);
    }

    #[test]
    fn a_request_with_a_value_of_another_type_is_written_as_it_came_or_refused_by_the_field_s_name(
        steps in prop::collection::vec(0usize..16, 0..8),
        value in odd_value(),
    ) {
        let mut document = request();
        replace(&mut document, &steps, value);
        let body = Bytes::from(document.to_string());
        match OpenAiServer::new().decode_request(&body) {
            Ok(incoming) => {
                let options = EncodeOptions { model: "m", mode: incoming.mode, provider: "p" };
                let encoded = OpenAiChat::default().encode(&incoming.request, &options);
                if let Ok(encoded) = encoded {
                    serde_json::from_slice::<Value>(encoded.request.body()).unwrap();
                }
            }
            Err(error) => prop_assert!(error.message().unwrap().contains("expected")
                || error.message().unwrap().contains("required"), "{:?}", error.message()),
        }
    }
}
