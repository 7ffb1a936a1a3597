//! The codecs on all recorded exchanges, against an independent reading of the same JSON.
//!
//! The recordings are not part of the repository: without them the tests say so and pass.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{ChatResponse, ErrorKind, Mode};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::{ClientCodec, EncodeOptions, Encoded, ErrorReply, ServerCodec};
use serde_json::{Value, json};

use crate::expected::{as_block, fields, message, spoken};
use crate::properties::read_everywhere;
use crate::support::{blocks, collect, decode, decode_pieces, encode_stream, frames};

struct Exchange {
    id: String,
    mode: Mode,
    url: String,
    request: Option<Value>,
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no recordings at {}", folder.display());
    None
}

fn exchanges() -> Vec<Exchange> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let mut exchanges = Vec::new();
    for name in ["anthropic", "vertex-anthropic", "other"] {
        let text = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        exchanges.extend(
            lines
                .filter(|line: &Value| line["operation"] == "messages")
                .map(|line| exchange(&line)),
        );
    }
    assert!(exchanges.len() > 190, "{}", exchanges.len());
    exchanges
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
    let request = &line["request"]["body"];
    Exchange {
        id: line["id"].as_str().unwrap().to_owned(),
        mode: if line["stream"] == true {
            Mode::Stream
        } else {
            Mode::Unary
        },
        url: line["request"]["url"].as_str().unwrap().to_owned(),
        request: request.is_object().then(|| request.clone()),
        status: StatusCode::from_u16(line["response"]["status"].as_u64().unwrap() as u16).unwrap(),
        headers,
        body: line["response"]["body_text"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn every_recorded_success_says_the_same_as_an_independent_reading() {
    let (mut seen, mut with_tools) = (0, 0);
    for exchange in exchanges().iter().filter(|exchange| exchange.status == 200) {
        let id = &exchange.id;
        let events =
            decode(exchange.mode, &exchange.body).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let reply = collect(events);
        let message = message(exchange.mode, &exchange.body);

        let blocks: Vec<Value> = reply.content().iter().map(as_block).collect();
        assert_eq!(blocks, spoken(&message["content"]), "{id}");
        assert_eq!(reply.start.id.as_deref(), message["id"].as_str(), "{id}");
        assert_eq!(
            reply.start.model.as_deref(),
            message["model"].as_str(),
            "{id}"
        );

        let finish = match message["stop_reason"].as_str().unwrap() {
            "end_turn" => "stop",
            "max_tokens" => "length",
            "tool_use" => "tool_calls",
            "pause_turn" => "pause",
            other => other,
        };
        assert_eq!(reply.finish().unwrap().as_str(), finish, "{id}");

        let count = |name: &str| message["usage"][name].as_u64().unwrap_or(0);
        let usage = &reply.usage;
        assert_eq!(
            [
                usage.input,
                usage.output,
                usage.cached_read,
                usage.cached_write
            ],
            [
                count("input_tokens"),
                count("output_tokens"),
                count("cache_read_input_tokens"),
                count("cache_creation_input_tokens")
            ],
            "{id}"
        );
        let thinking = &message["usage"]["output_tokens_details"]["thinking_tokens"];
        assert_eq!(usage.reasoning, thinking.as_u64().unwrap_or(0), "{id}");

        assert!(!reply.is_empty(), "{id}");
        seen += 1;
        with_tools += usize::from(reply.tool_calls().next().is_some());
    }
    println!("{seen} successes, {with_tools} of them with tool calls");
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
    let exchanges = exchanges();
    let errors = exchanges.iter().filter(|exchange| exchange.status != 200);
    let mut seen = 0;
    for exchange in errors {
        let error = AnthropicMessages::new().read_error(&ErrorReply {
            status: exchange.status,
            headers: &exchange.headers,
            body: &Bytes::from(exchange.body.clone()),
            received: SystemTime::UNIX_EPOCH,
        });
        let kind = match labels[exchange.id.as_str()] {
            "invalid_request" => ErrorKind::InvalidRequest,
            "auth" => ErrorKind::Unauthenticated,
            "model_not_found" => ErrorKind::ModelNotFound,
            other => panic!("{}: label {other}", exchange.id),
        };
        assert_eq!(error.kind(), kind, "{}", exchange.id);
        let body: Value = serde_json::from_str(&exchange.body).unwrap();
        assert_eq!(
            error.message(),
            body["error"]["message"].as_str(),
            "{}",
            exchange.id
        );
        assert_eq!(
            error.code(),
            body["error"]["type"].as_str(),
            "{}",
            exchange.id
        );
        seen += 1;
    }
    println!("{seen} errors");
}

#[test]
fn every_recorded_request_comes_out_as_it_went_in() {
    let (mut same, mut of_vertex) = (0, 0);
    for exchange in exchanges() {
        let Some(request) = &exchange.request else {
            continue;
        };
        let encoded = match vertex_path(&exchange.url) {
            None => again(request, AnthropicMessages::new()),
            Some((path, model)) => {
                of_vertex += 1;
                let mut named = request.clone();
                named["model"] = json!(model);
                let encoded = again(&named, AnthropicMessages::vertex());
                assert_eq!(encoded.request.uri(), path, "{}", exchange.id);
                encoded
            }
        };
        let written: Value = serde_json::from_slice(encoded.request.body()).unwrap();
        assert_eq!(plain(&written), plain(request), "{}", exchange.id);
        let notes = &encoded.adaptations;
        assert!(notes.is_empty(), "{}: {notes:?}", exchange.id);
        same += 1;
    }
    println!("{same} requests are the same, {of_vertex} of them Vertex's");
}

/// Reads a caller's request and writes it for a provider.
fn again(request: &Value, codec: AnthropicMessages) -> Encoded {
    let body = Bytes::from(serde_json::to_vec(request).unwrap());
    let incoming = AnthropicServer::new().decode_request(&body).unwrap();
    let options = EncodeOptions {
        model: &incoming.request.model,
        mode: incoming.mode,
        provider: "anthropic",
    };
    codec.encode(&incoming.request, &options).unwrap()
}

/// Returns the path below the account's base URL and the model, of a request to Vertex.
fn vertex_path(url: &str) -> Option<(&str, &str)> {
    let (_, path) = url.split_once("/publishers/anthropic")?;
    let model = path.strip_prefix("/models/")?.split(':').next()?;
    Some((path, model))
}

/// Makes equal numbers equal: 1 and 1.0.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn every_recorded_stream_is_the_same_however_it_is_cut() {
    for exchange in exchanges() {
        if exchange.mode != Mode::Stream || exchange.status != 200 {
            continue;
        }
        let bytes = exchange.body.as_bytes();
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
    for exchange in exchanges() {
        if exchange.mode != Mode::Stream || exchange.status != 200 {
            continue;
        }
        let at = exchange
            .body
            .find("event: message_delta")
            .unwrap_or_else(|| {
                exchange
                    .body
                    .find("data: {\"type\":\"message_delta\"")
                    .unwrap()
            });
        let error = decode(Mode::Stream, &exchange.body[..at]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StreamBroken, "{}", exchange.id);
    }
}

#[test]
fn every_recorded_reply_passes_through_the_server_s_side_unchanged() {
    let server = AnthropicServer::new();
    for exchange in exchanges() {
        if exchange.status != 200 {
            continue;
        }
        let id = &exchange.id;
        let events = decode(exchange.mode, &exchange.body).unwrap();
        let stream = encode_stream(&events);
        blocks(&frames(&stream));
        let again = collect(decode(Mode::Stream, &stream).unwrap());
        let reply = collect(events);
        let content =
            |reply: &ChatResponse| -> Vec<Value> { reply.content().iter().map(as_block).collect() };
        assert_eq!(content(&again), content(&reply), "{id}");
        assert_eq!(
            (&again.start.id, &again.start.model),
            (&reply.start.id, &reply.start.model),
            "{id}"
        );
        assert_eq!(
            fields(&again.start.extra),
            fields(&reply.start.extra),
            "{id}"
        );
        assert_eq!(again.usage, reply.usage, "{id}");
        assert_eq!(again.choices[0].finish, reply.choices[0].finish, "{id}");
        assert_eq!(
            fields(&again.choices[0].extra),
            fields(&reply.choices[0].extra),
            "{id}"
        );

        if exchange.mode == Mode::Unary {
            let body: Value = serde_json::from_slice(&server.encode_response(&reply)).unwrap();
            assert_eq!(body, message(Mode::Unary, &exchange.body), "{id}");
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
    for exchange in exchanges() {
        let mut bytes = exchange.body.into_bytes();
        if bytes.is_empty() || bytes.len() > 100_000 {
            continue;
        }
        for _ in 0..6 {
            for _ in 0..4 {
                let at = number(bytes.len());
                bytes[at] = [b'"', b'{', b'}', b':', b',', b'0', b'\n', 0xff][number(8)];
            }
            read_everywhere(&bytes);
        }
    }
}
