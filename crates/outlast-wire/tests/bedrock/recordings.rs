//! The codecs on all recorded exchanges, against an independent reading of the same JSON.
//!
//! The recordings are not part of the repository: without them the tests say so and pass.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{CountRequest, ErrorKind, Mode};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer, ModelPath, decode_count};
use outlast_wire::{ClientCodec, EncodeOptions, ErrorReply, ServerCodec, UnaryCodec};
use serde_json::Value;

use crate::expected::{blocks, counts, frames, plain, reply};
use crate::properties::read_everywhere;
use crate::support::{collect, decode, decode_pieces, encode_stream};

pub(crate) struct Exchange {
    pub(crate) id: String,
    pub(crate) operation: String,
    pub(crate) mode: Mode,
    pub(crate) path: String,
    pub(crate) request: Option<Value>,
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no recordings at {}", folder.display());
    None
}

/// Returns the recorded exchanges of these operations.
pub(crate) fn exchanges(operations: &[&str]) -> Vec<Exchange> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let text = fs::read_to_string(folder.join("bedrock.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .map(|line| exchange(&line))
        .filter(|exchange| operations.contains(&exchange.operation.as_str()))
        .collect()
}

fn converse() -> Vec<Exchange> {
    exchanges(&["converse", "converse-stream"])
}

fn exchange(line: &Value) -> Exchange {
    let mut headers = HeaderMap::new();
    for (name, value) in line["response"]["headers"].as_object().unwrap() {
        let value = value
            .as_str()
            .and_then(|value| HeaderValue::from_str(value).ok());
        if let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), value) {
            headers.append(name, value);
        }
    }
    let response = &line["response"];
    let body = match response["body_base64"].as_str() {
        Some(text) => STANDARD.decode(text).unwrap(),
        None => response["body_text"].as_str().unwrap().as_bytes().to_vec(),
    };
    let request = &line["request"]["body"];
    let url = line["request"]["url"].as_str().unwrap();
    Exchange {
        id: line["id"].as_str().unwrap().to_owned(),
        operation: line["operation"].as_str().unwrap().to_owned(),
        mode: if line["stream"] == true {
            Mode::Stream
        } else {
            Mode::Unary
        },
        path: url[url.find("/model/").unwrap()..].to_owned(),
        request: request.is_object().then(|| request.clone()),
        status: StatusCode::from_u16(response["status"].as_u64().unwrap() as u16).unwrap(),
        headers,
        body,
    }
}

#[test]
fn every_recorded_success_says_the_same_as_an_independent_reading() {
    let (mut seen, mut with_tools, mut cached) = (0, 0, 0);
    for exchange in converse().iter().filter(|exchange| exchange.status == 200) {
        let id = &exchange.id;
        let events =
            decode(exchange.mode, &exchange.body).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let decoded = collect(events);
        let expected = reply(exchange.mode, &exchange.body);

        let content = expected["output"]["message"]["content"].as_array().unwrap();
        assert_eq!(&blocks(&decoded), content, "{id}");

        let finish = match expected["stopReason"].as_str().unwrap() {
            "end_turn" => "stop",
            "max_tokens" => "length",
            "tool_use" => "tool_calls",
            "guardrail_intervened" => "content_filter",
            other => panic!("{id}: {other}"),
        };
        assert_eq!(decoded.finish().unwrap().as_str(), finish, "{id}");

        let usage = &decoded.usage;
        let read = [
            usage.input,
            usage.output,
            usage.cached_read,
            usage.cached_write,
        ];
        assert_eq!(read, counts(&expected), "{id}");
        if let Some(total) = expected["usage"]["totalTokens"].as_u64() {
            assert_eq!(usage.total_input() + usage.output, total, "{id}");
        }

        assert!(!decoded.is_empty(), "{id}");
        seen += 1;
        with_tools += usize::from(decoded.tool_calls().next().is_some());
        cached += usize::from(usage.cached_read + usage.cached_write > 0);
    }
    println!("{seen} successes, {with_tools} with tool calls, {cached} with a cache");
    assert!(seen == 0 || seen >= 133, "{seen}");
}

#[test]
fn every_recorded_error_is_of_its_labelled_kind() {
    let Some(folder) = folder() else { return };
    let labels = fs::read_to_string(folder.join("error_labels.tsv")).unwrap();
    let labels: HashMap<&str, &str> = labels
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, columns.nth(2)?))
        })
        .collect();
    let operations = [
        "converse",
        "converse-stream",
        "count_tokens",
        "invoke",
        "invoke-stream",
    ];
    let mut seen = 0;
    for exchange in exchanges(&operations) {
        if exchange.status == 200 {
            continue;
        }
        let error = BedrockConverse::new().read_error(&ErrorReply {
            status: exchange.status,
            headers: &exchange.headers,
            body: &Bytes::from(exchange.body.clone()),
            received: SystemTime::UNIX_EPOCH,
        });
        let kind = match labels[exchange.id.as_str()] {
            "invalid_request" => ErrorKind::InvalidRequest,
            "auth" => ErrorKind::Unauthenticated,
            "permission" => ErrorKind::PermissionDenied,
            "model_not_found" => ErrorKind::ModelNotFound,
            "context_window" => ErrorKind::ContextTooLong,
            other => panic!("{}: label {other}", exchange.id),
        };
        assert_eq!(error.kind(), kind, "{}", exchange.id);
        let body: Value = serde_json::from_slice(&exchange.body).unwrap();
        assert_eq!(error.message(), body["message"].as_str(), "{}", exchange.id);
        let named = exchange.headers.get("x-amzn-errortype");
        let named = named.map(|name| name.to_str().unwrap().split(':').next().unwrap());
        assert_eq!(error.code(), named, "{}", exchange.id);
        seen += 1;
    }
    println!("{seen} errors");
}

#[test]
fn every_recorded_request_comes_out_as_it_went_in() {
    let mut same = 0;
    for exchange in converse() {
        let Some(request) = &exchange.request else {
            continue;
        };
        let server = BedrockServer::for_path(&exchange.path).unwrap();
        let body = Bytes::from(serde_json::to_vec(request).unwrap());
        let incoming = server.decode_request(&body).unwrap();
        assert_eq!(incoming.mode, exchange.mode);
        let model = incoming.request.model.clone();
        let options = EncodeOptions {
            model: &model,
            mode: incoming.mode,
            provider: "bedrock",
        };
        let encoded = BedrockConverse::new()
            .encode(&incoming.request, &options)
            .unwrap();
        let written: Value = serde_json::from_slice(encoded.request.body()).unwrap();
        assert_eq!(plain(&written), plain(request), "{}", exchange.id);
        let notes = &encoded.adaptations;
        assert!(notes.is_empty(), "{}: {notes:?}", exchange.id);
        let path = encoded.request.uri().path();
        assert_eq!(
            ModelPath::parse(path),
            ModelPath::parse(&exchange.path),
            "{}",
            exchange.id
        );
        same += 1;
    }
    println!("{same} requests are the same");
}

#[test]
fn every_recorded_count_says_what_its_body_says_and_is_asked_for_as_it_was() {
    let mut asked = 0;
    for exchange in exchanges(&["count_tokens"]) {
        if exchange.status != 200 {
            continue;
        }
        let request = exchange.request.as_ref().unwrap();
        let codec = BedrockConverse::new();
        let path = ModelPath::parse(&exchange.path).unwrap();
        let body = Bytes::from(serde_json::to_vec(request).unwrap());
        let count = match decode_count(&path, &body) {
            Ok(count) => count,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                assert!(
                    request["input"]["invokeModel"].is_object(),
                    "{}",
                    exchange.id
                );
                CountRequest::default()
            }
        };
        let reply = Bytes::from(exchange.body.clone());
        let read = codec.decode_unary(&count, &reply).unwrap();
        let said: Value = serde_json::from_slice(&exchange.body).unwrap();
        assert_eq!(
            Some(read.input),
            said["inputTokens"].as_u64(),
            "{}",
            exchange.id
        );
        if request["input"]["converse"].is_object() {
            let options = EncodeOptions {
                model: path.model(),
                mode: Mode::Unary,
                provider: "bedrock",
            };
            let encoded = codec.encode_unary(&count, &options).unwrap();
            let written: Value = serde_json::from_slice(encoded.request.body()).unwrap();
            assert_eq!(plain(&written), plain(request), "{}", exchange.id);
            assert_eq!(ModelPath::parse(encoded.request.uri().path()), Some(path));
            asked += 1;
        }
    }
    println!("{asked} counts are asked for as they were");
}

#[test]
fn every_recorded_stream_is_the_same_however_it_is_cut() {
    for exchange in converse() {
        if exchange.mode != Mode::Stream || exchange.status != 200 {
            continue;
        }
        let bytes = exchange.body.as_slice();
        let (whole, _) = decode_pieces(Mode::Stream, [bytes]);
        let (events, end) = decode_pieces(Mode::Stream, bytes.chunks(1));
        assert!(end.is_ok());
        assert_eq!(events, whole, "{}", exchange.id);
        // Every split of a large stream in two is for the small fixtures.
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 50) {
            let (first, second) = bytes.split_at(at);
            let (events, _) = decode_pieces(Mode::Stream, [first, second]);
            assert_eq!(events, whole, "{} at {at}", exchange.id);
        }
    }
}

#[test]
fn every_recorded_stream_that_is_cut_off_is_broken() {
    for exchange in converse() {
        if exchange.mode != Mode::Stream || exchange.status != 200 {
            continue;
        }
        // What comes after the last but one event, `messageStop`, may be missing.
        let events = frames(&exchange.body).len();
        let mut ends = Vec::new();
        let mut at = 0;
        while at < exchange.body.len() {
            at += u32::from_be_bytes(exchange.body[at..at + 4].try_into().unwrap()) as usize;
            ends.push(at);
        }
        for cut in [
            ends[0],
            ends[events / 2],
            ends[events - 3],
            ends[events - 3] + 9,
        ] {
            let error = decode(Mode::Stream, &exchange.body[..cut]).unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::StreamBroken,
                "{} at {cut}",
                exchange.id
            );
        }
        let without_usage = decode(Mode::Stream, &exchange.body[..ends[events - 2]]);
        assert!(without_usage.is_ok(), "{}", exchange.id);
    }
}

#[test]
fn every_recorded_reply_passes_through_the_server_s_side_unchanged() {
    for exchange in converse() {
        if exchange.status != 200 {
            continue;
        }
        let id = &exchange.id;
        let events = decode(exchange.mode, &exchange.body).unwrap();
        let stream = encode_stream(&events);
        let again = collect(decode(Mode::Stream, &stream).unwrap());
        let first = collect(events);
        assert_eq!(blocks(&again), blocks(&first), "{id}");
        assert_eq!(again.usage, first.usage, "{id}");
        assert_eq!(again.raw_usage, first.raw_usage, "{id}");
        assert_eq!(again.choices[0].finish, first.choices[0].finish, "{id}");
        assert_eq!(again.choices[0].extra, first.choices[0].extra, "{id}");
        assert_eq!(
            again.choices[0].message_extra, first.choices[0].message_extra,
            "{id}"
        );

        if exchange.mode == Mode::Unary {
            let server = BedrockServer::for_path(&exchange.path).unwrap();
            let body: Value = serde_json::from_slice(&server.encode_response(&first)).unwrap();
            assert_eq!(body, reply(Mode::Unary, &exchange.body), "{id}");
        }
    }
}

#[test]
fn no_change_of_recorded_bytes_makes_a_reader_panic() {
    // Numbers without order, the same at every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut number = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for exchange in converse() {
        let bytes = exchange.body;
        if bytes.is_empty() || bytes.len() > 100_000 {
            continue;
        }
        for _ in 0..6 {
            let mut bytes = bytes.clone();
            for _ in 0..4 {
                let at = number(bytes.len());
                bytes[at] = [b'"', b'{', b'}', b':', b',', b'0', b'\n', 0xff][number(8)];
            }
            read_everywhere(&bytes);
        }
    }
}
