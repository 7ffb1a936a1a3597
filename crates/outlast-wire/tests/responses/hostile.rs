//! Nothing a provider or a caller sends makes the codecs panic.

use std::sync::LazyLock;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::Mode;
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, ErrorReply, ServerCodec};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::recordings::fixtures;
use crate::support::{body_of, decode_pieces, encode, frames, read_request, write_stream};

/// Values that stand where others are expected.
fn odd_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(18_446_744_073_709_551_615_u64),
        json!(""),
        json!("text"),
        json!("function_call"),
        json!("message"),
        json!([]),
        json!([null]),
        json!([{}]),
        json!({}),
        json!({"type": 5, "summary": null}),
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

static STREAMS: LazyLock<Vec<String>> = LazyLock::new(|| bodies(Mode::Stream));
static WHOLE: LazyLock<Vec<String>> = LazyLock::new(|| bodies(Mode::Unary));
static REQUESTS: LazyLock<Vec<Value>> = LazyLock::new(requests);

fn bodies(mode: Mode) -> Vec<String> {
    let fixtures = fixtures().into_iter();
    fixtures
        .filter(|exchange| exchange.mode == mode && exchange.status == 200)
        .map(|exchange| exchange.body)
        .collect()
}

fn requests() -> Vec<Value> {
    let fixtures = fixtures().into_iter();
    let mut requests: Vec<Value> = fixtures.filter_map(|exchange| exchange.request).collect();
    requests.push(json!({
        "model": "m", "instructions": "s", "stream": true, "max_output_tokens": 50, "temperature": 1, "top_p": 0.5,
        "parallel_tool_calls": false, "store": false, "include": ["reasoning.encrypted_content"], "truncation": "auto",
        "reasoning": {"effort": "high", "summary": "auto"}, "previous_response_id": "resp_0", "metadata": {"a": "b"},
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": true}},
        "tools": [
            {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": true},
            {"type": "custom", "name": "g", "format": {"type": "text"}},
            {"type": "web_search"},
        ],
        "tool_choice": {"type": "function", "name": "f"},
        "input": [
            {"type": "item_reference", "id": "msg_0"},
            {"role": "developer", "content": "d"},
            {"role": "user", "content": [
                {"type": "input_text", "text": "t"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "low"},
                {"type": "input_file", "file_data": "data:application/pdf;base64,AA==", "filename": "f.pdf"},
                {"type": "input_file", "file_id": "file_1"},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            ]},
            {"id": "rs_1", "type": "reasoning", "encrypted_content": "gAAA", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]},
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "x", "annotations": []}, {"type": "refusal", "refusal": "no"}]},
            {"role": "assistant", "content": "again"},
            {"id": "ws_1", "type": "web_search_call", "status": "completed"},
            {"id": "fc_1", "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "status": "completed"},
            {"type": "custom_tool_call", "call_id": "d", "name": "g", "input": "x"},
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "ok"}]},
            {"type": "custom_tool_call_output", "call_id": "d", "output": "ok"},
            {"role": "user", "content": "go on"},
        ],
    }));
    requests
}

#[test]
fn every_request_in_this_file_leaves_as_it_came() {
    for body in requests() {
        let incoming = read_request(&body).unwrap();
        let encoded = encode(&incoming.request, incoming.mode).unwrap();
        assert_eq!(body_of(&encoded), body);
        assert!(encoded.adaptations.is_empty(), "{:?}", encoded.adaptations);
    }
}

proptest! {
    #[test]
    fn bytes_without_any_sense_are_an_error_or_nothing(body in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = decode_pieces(Mode::Stream, [&*body]);
        let _ = decode_pieces(Mode::Unary, [&*body]);
        let _ = ResponsesServer::new().decode_request(&Bytes::from(body.clone()));
        let reply = ErrorReply {
            status: StatusCode::BAD_REQUEST,
            headers: &HeaderMap::new(),
            body: &Bytes::from(body),
            received: SystemTime::UNIX_EPOCH,
        };
        OpenAiResponses::new().read_error(&reply);
    }

    #[test]
    fn a_stream_with_flipped_bytes_is_decoded_and_written_again_without_a_panic(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let bodies = &*STREAMS;
        let mut body = bodies[which.index(bodies.len())].clone().into_bytes();
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let (events, _) = decode_pieces(Mode::Stream, [&*body]);
        frames(&write_stream(&events));
    }

    #[test]
    fn an_event_with_values_of_other_types_is_decoded_and_written_again_without_a_panic(
        which in any::<prop::sample::Index>(),
        frame in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0usize..16, 0..9),
        value in odd_value(),
    ) {
        let bodies = &*STREAMS;
        let mut data: Vec<Value> = bodies[which.index(bodies.len())]
            .lines()
            .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
            .collect();
        let at = frame.index(data.len());
        replace(&mut data[at], &steps, value);
        let body: String = data.iter().map(|data| format!("data: {data}\n\n")).collect();
        let (events, _) = decode_pieces(Mode::Stream, [body.as_bytes()]);
        frames(&write_stream(&events));
        let _ = decode_pieces(Mode::Unary, [data[at]["response"].to_string().as_bytes()]);
    }

    #[test]
    fn a_response_with_a_value_of_another_type_does_not_panic(
        which in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0usize..32, 0..9),
        value in odd_value(),
    ) {
        let bodies = &*WHOLE;
        let mut body: Value = serde_json::from_str(&bodies[which.index(bodies.len())]).unwrap();
        replace(&mut body, &steps, value);
        let (events, _) = decode_pieces(Mode::Unary, [body.to_string().as_bytes()]);
        frames(&write_stream(&events));
    }

    #[test]
    fn a_request_with_a_value_of_another_type_is_written_or_refused_by_the_field_s_name(
        which in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0usize..24, 0..8),
        value in odd_value(),
    ) {
        let requests = &*REQUESTS;
        let mut document = requests[which.index(requests.len())].clone();
        replace(&mut document, &steps, value);
        match read_request(&document) {
            Ok(incoming) => {
                if let Ok(encoded) = encode(&incoming.request, incoming.mode) {
                    let again = body_of(&encoded);
                    // Once more changes nothing.
                    let incoming = read_request(&again).unwrap();
                    let twice = encode(&incoming.request, incoming.mode).unwrap();
                    prop_assert_eq!(body_of(&twice), again);
                }
            }
            Err(error) => prop_assert!(error.message().unwrap().contains("expected")
                || error.message().unwrap().contains("required"), "{:?}", error.message()),
        }
    }
}

#[test]
fn a_part_of_content_in_the_place_of_an_item_is_refused() {
    let request = json!({"model": "m", "input": [{"type": "text", "id": "fc_1", "name": "f"}]});
    let error = read_request(&request).unwrap_err();
    assert_eq!(
        error.message(),
        Some("input[0].type: expected the type of an item, not of a part of content")
    );
}
