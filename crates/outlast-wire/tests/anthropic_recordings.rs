//! The codecs on all recorded exchanges, against an independent reading of the same JSON.
//!
//! The recordings are not part of the repository: without them the tests say so and pass.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::{
    ChatResponse, Collector, ContentPart, Error, ErrorKind, Extra, Mode, ReplyMeta, TargetId,
};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::{
    ClientCodec, Decoder, EncodeOptions, ErrorReply, Events, ServerCodec, StreamEncoder,
};
use serde_json::{Value, json};

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

fn decode(mode: Mode, pieces: &[&[u8]]) -> Result<Events, Error> {
    let mut decoder = AnthropicMessages::new().decoder(mode);
    let mut events = Events::new();
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece), &mut events)?;
    }
    decoder.end(&mut events)?;
    Ok(events)
}

fn collect(events: Events) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("anthropic", "m")))
}

/// Reads a recorded success without our code: a stream is put together into the message it describes.
fn expected(exchange: &Exchange) -> Value {
    if exchange.mode == Mode::Unary {
        return serde_json::from_str(&exchange.body).unwrap();
    }
    let mut message = Value::Null;
    let mut inputs: HashMap<u64, String> = HashMap::new();
    for line in exchange.body.lines() {
        let Some(data) = line.strip_prefix("data:") else {
            continue;
        };
        let Ok(frame) = serde_json::from_str::<Value>(data.trim()) else {
            continue;
        };
        let index = frame["index"].as_u64().unwrap_or(0);
        match frame["type"].as_str().unwrap() {
            "message_start" => message = frame["message"].clone(),
            "content_block_start" => {
                message["content"]
                    .as_array_mut()
                    .unwrap()
                    .push(frame["content_block"].clone());
            }
            "content_block_delta" => {
                let block = &mut message["content"][index as usize];
                let delta = frame["delta"].as_object().unwrap();
                for (name, value) in delta.iter().filter(|(name, _)| *name != "type") {
                    match name.as_str() {
                        "partial_json" => inputs
                            .entry(index)
                            .or_default()
                            .push_str(value.as_str().unwrap()),
                        "citation" => {
                            if !block["citations"].is_array() {
                                block["citations"] = json!([]);
                            }
                            block["citations"]
                                .as_array_mut()
                                .unwrap()
                                .push(value.clone());
                        }
                        _ => {
                            let before = block[name].as_str().unwrap_or_default().to_owned();
                            block[name] = json!(before + value.as_str().unwrap());
                        }
                    }
                }
            }
            "message_delta" => {
                for (name, value) in frame["delta"].as_object().unwrap() {
                    message[name] = value.clone();
                }
                if let Some(usage) = frame["usage"].as_object() {
                    for (name, value) in usage {
                        message["usage"][name] = value.clone();
                    }
                }
            }
            _ => {}
        }
    }
    for (index, input) in inputs {
        if !input.is_empty() {
            message["content"][index as usize]["input"] = serde_json::from_str(&input).unwrap();
        }
    }
    message
}

fn as_block(part: &ContentPart) -> Value {
    let mut block = match part {
        ContentPart::Text(part) => json!({"type": "text", "text": part.text}),
        ContentPart::Reasoning(part) => {
            json!({"type": "thinking", "thinking": part.text, "signature": part.signature})
        }
        ContentPart::ToolCall(call) => {
            let input: Value = serde_json::from_str(&call.arguments).unwrap();
            json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
        }
        ContentPart::Opaque(opaque) => opaque.raw.read().unwrap(),
        other => panic!("{other:?}"),
    };
    let extra = match part {
        ContentPart::Text(part) => part.extra.as_ref(),
        ContentPart::ToolCall(call) => call.extra.as_ref(),
        ContentPart::Reasoning(part) => part.extra.as_ref(),
        _ => None,
    };
    for (name, value) in extra.into_iter().flat_map(|extra| &extra.fields) {
        block[name] = value.read().unwrap();
    }
    block
}

fn fields(extra: &Option<Extra>) -> HashMap<&str, Value> {
    let fields = extra.iter().flat_map(|extra| &extra.fields);
    fields
        .map(|(name, raw)| (name.as_str(), raw.read().unwrap()))
        .collect()
}

/// Drops empty text blocks, which streams open and close without a word.
fn spoken(content: &Value) -> Vec<Value> {
    let blocks = content.as_array().unwrap().iter();
    blocks
        .filter(|block| !(block["type"] == "text" && block["text"] == ""))
        .cloned()
        .collect()
}

#[test]
fn every_recorded_success_says_the_same_as_an_independent_reading() {
    let (mut seen, mut with_tools) = (0, 0);
    for exchange in exchanges().iter().filter(|exchange| exchange.status == 200) {
        let id = &exchange.id;
        let reply = decode(exchange.mode, &[exchange.body.as_bytes()])
            .unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let reply = collect(reply);
        let message = expected(exchange);

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
        let body = Bytes::from(serde_json::to_vec(request).unwrap());
        let incoming = match AnthropicServer::new().decode_request(&body) {
            Ok(incoming) => incoming,
            Err(error) => {
                // Vertex names the model in the address.
                assert!(
                    exchange.url.contains("aiplatform"),
                    "{}: {:?}",
                    exchange.id,
                    error.message()
                );
                of_vertex += 1;
                continue;
            }
        };
        let model = incoming.request.model.clone();
        let options = EncodeOptions {
            model: &model,
            mode: incoming.mode,
            provider: "anthropic",
        };
        let encoded = AnthropicMessages::new()
            .encode(&incoming.request, &options)
            .unwrap();
        let written: Value = serde_json::from_slice(encoded.request.body()).unwrap();
        assert_eq!(plain(&written), plain(request), "{}", exchange.id);
        assert!(
            encoded.adaptations.is_empty(),
            "{}: {:?}",
            exchange.id,
            encoded.adaptations
        );
        same += 1;
    }
    println!("{same} requests are the same, {of_vertex} are Vertex's and have no model");
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
        let whole = decode(Mode::Stream, &[bytes]).unwrap();
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(
            decode(Mode::Stream, &single).unwrap(),
            whole,
            "{}",
            exchange.id
        );
        // Every split of a large stream in two is for the small fixtures.
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 50) {
            let (first, second) = bytes.split_at(at);
            assert_eq!(
                decode(Mode::Stream, &[first, second]).unwrap(),
                whole,
                "{} at {at}",
                exchange.id
            );
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
        let error = decode(Mode::Stream, &[&exchange.body.as_bytes()[..at]]).unwrap_err();
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
        let events = decode(exchange.mode, &[exchange.body.as_bytes()]).unwrap();

        let mut encoder = server.encoder(&outlast_types::ChatRequest::user("x"));
        let mut out = bytes::BytesMut::new();
        events
            .iter()
            .for_each(|event| encoder.event(event, &mut out));
        encoder.end(&mut out);
        let again =
            collect(decode(Mode::Stream, &[&out]).unwrap_or_else(|error| {
                panic!("{id}: {error:?}\n{}", String::from_utf8_lossy(&out))
            }));
        let reply = collect(events);
        let blocks =
            |reply: &ChatResponse| -> Vec<Value> { reply.content().iter().map(as_block).collect() };
        assert_eq!(blocks(&again), blocks(&reply), "{id}");
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
            assert_eq!(body, expected(&exchange), "{id}");
        }
    }
}
