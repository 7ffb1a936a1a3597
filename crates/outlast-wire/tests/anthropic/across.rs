//! What OpenAI's clients and providers say, as Anthropic's hear it.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use outlast_types::{ChatRequest, ChatResponse, ContentPart, ErrorKind, Mode};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::{ClientCodec, Decoder, EncodeOptions, Events, ServerCodec};
use serde_json::Value;

use crate::support::{blocks, collect, decode, encode_stream, frames};

/// Reads the recorded exchanges in OpenAI's chat format; none, with a word about it, where they are not at hand.
fn exchanges() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if !folder.is_dir() {
        println!("skipped: no recordings beside the workspace");
        return Vec::new();
    }
    [
        "openai",
        "azure",
        "deepseek",
        "groq",
        "mistral",
        "openrouter",
    ]
    .iter()
    .flat_map(|name| {
        let text = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &Value| line["operation"] == "chat")
            .collect::<Vec<_>>()
    })
    .collect()
}

fn encode(request: &ChatRequest, model: &str) -> Result<Value, ErrorKind> {
    let options = EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "anthropic",
    };
    let encoded = AnthropicMessages::new()
        .encode(request, &options)
        .map_err(|error| error.kind())?;
    Ok(serde_json::from_slice(encoded.request.body()).unwrap())
}

/// Checks what the API asks of the turns of a request.
fn assert_turns(body: &Value, id: &str) {
    let turns = body["messages"].as_array().unwrap();
    let mut roles = turns
        .iter()
        .map(|turn| turn["role"].as_str().unwrap())
        .peekable();
    while let Some(role) = roles.next() {
        assert_ne!(
            Some(&role),
            roles.peek(),
            "{id}: two turns of {role} in a row"
        );
    }
    let mut called = HashSet::new();
    for turn in turns {
        let Some(blocks) = turn["content"].as_array() else {
            assert!(!turn["content"].as_str().unwrap().trim().is_empty(), "{id}");
            continue;
        };
        assert!(!blocks.is_empty(), "{id}");
        let mut only_results = true;
        for block in blocks {
            match block["type"].as_str().unwrap() {
                "text" => assert!(!block["text"].as_str().unwrap().trim().is_empty(), "{id}"),
                "tool_use" => {
                    let call = block["id"].as_str().unwrap();
                    assert!(
                        call.bytes()
                            .all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c))
                    );
                    assert!(block["input"].is_object(), "{id}");
                    assert!(called.insert(call.to_owned()), "{id}: {call} twice");
                }
                "tool_result" => {
                    assert!(only_results, "{id}: a result comes after something else");
                    assert!(
                        called.contains(block["tool_use_id"].as_str().unwrap()),
                        "{id}"
                    );
                    continue;
                }
                _ => {}
            }
            only_results = false;
        }
    }
}

#[test]
fn every_recorded_chat_request_is_one_that_anthropic_takes() {
    let (mut taken, mut unsupported) = (0, 0);
    for exchange in exchanges() {
        let id = exchange["id"].as_str().unwrap();
        let request = &exchange["request"]["body"];
        if exchange["response"]["status"] != 200 || !request.is_object() {
            continue;
        }
        let body = Bytes::from(serde_json::to_vec(request).unwrap());
        let incoming = OpenAiServer::new().decode_request(&body).unwrap();
        for model in ["claude-sonnet-4-0", "claude-opus-4-8"] {
            let body = match encode(&incoming.request, model) {
                Ok(body) => body,
                Err(kind) => {
                    assert_eq!(kind, ErrorKind::Unsupported, "{id}");
                    unsupported += 1;
                    continue;
                }
            };
            assert_turns(&body, id);
            // Our own server's side takes it too, which checks the form of everything.
            let body = Bytes::from(serde_json::to_vec(&body).unwrap());
            AnthropicServer::new().decode_request(&body).unwrap();
            taken += 1;
        }
    }
    println!("{taken} requests are taken, {unsupported} have no form (sound, several answers)");
}

#[test]
fn every_recorded_chat_reply_reaches_anthropic_s_clients_whole() {
    let mut seen = 0;
    for exchange in exchanges() {
        let id = exchange["id"].as_str().unwrap();
        let (mode, body) = match &exchange["response"]["body_text"] {
            Value::String(body) if exchange["response"]["status"] == 200 => {
                let is_stream = exchange["stream"] == true;
                (
                    if is_stream { Mode::Stream } else { Mode::Unary },
                    body.clone(),
                )
            }
            _ => continue,
        };
        let mut decoder = OpenAiChat::default().decoder(mode);
        let mut events = Events::new();
        let read = decoder
            .push(Bytes::from(body), &mut events)
            .and_then(|()| decoder.end(&mut events));
        if read.is_err() {
            continue;
        }
        let stream = encode_stream(&events);
        blocks(&frames(&stream));
        let heard = collect(decode(Mode::Stream, &stream).unwrap());
        let said = collect(events);
        // A refusal has no form of its own here.
        let words = said.content().iter().filter_map(|part| match part {
            ContentPart::Refusal(text) => Some(text.as_str()),
            part => part.as_text(),
        });
        assert_eq!(heard.text(), words.collect::<String>(), "{id}");
        let calls = |reply: &ChatResponse| -> Vec<(String, String)> {
            reply
                .tool_calls()
                .map(|call| {
                    let arguments = if call.arguments.is_empty() {
                        "{}"
                    } else {
                        &call.arguments
                    };
                    (call.name.clone(), arguments.to_owned())
                })
                .collect()
        };
        assert_eq!(calls(&heard), calls(&said), "{id}");
        assert_eq!(heard.usage.total_input(), said.usage.total_input(), "{id}");
        assert_eq!(heard.usage.output, said.usage.output, "{id}");
        seen += 1;
    }
    println!("{seen} replies");
}
