//! What clients and providers of other protocols say, as Bedrock's hear it, and the other way about.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use outlast_types::{ChatRequest, ContentPart, ErrorKind, Mode, Role};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer};
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use serde_json::{Value, json};

use crate::recordings;
use crate::support::{collect, decode, encode_stream, read_pieces};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// Reads recorded exchanges; none, with a word about it, where they are not at hand.
fn exchanges(names: &[&str], operation: &str) -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings/open");
    if !folder.is_dir() {
        println!("skipped: no recordings beside the workspace");
        return Vec::new();
    }
    let read = |name: &&str| fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    let files: Vec<String> = names.iter().map(read).collect();
    let lines = files.iter().flat_map(|text| text.lines());
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["operation"] == operation)
        .collect()
}

/// Writes the JSON that is sent, and what was changed for it.
fn encode(
    codec: &impl ClientCodec,
    request: &ChatRequest,
    model: &str,
) -> Result<(Value, Vec<String>), ErrorKind> {
    let options = EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "bedrock",
    };
    let encoded = codec
        .encode(request, &options)
        .map_err(|error| error.kind())?;
    let notes = encoded.adaptations.iter().map(|note| note.to_string());
    let body = serde_json::from_slice(encoded.request.body()).unwrap();
    Ok((body, notes.collect()))
}

fn of_chat(body: &Value) -> ChatRequest {
    let body = Bytes::from(body.to_string());
    OpenAiServer::default()
        .decode_request(&body)
        .unwrap()
        .request
}

/// Checks what the API asks of a request.
fn assert_taken(body: &Value, id: &str) {
    let turns = body["messages"].as_array().unwrap();
    let mut open: HashSet<&str> = HashSet::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut last = "";
    for turn in turns {
        let role = turn["role"].as_str().unwrap();
        assert_ne!(role, last, "{id}: two turns of one side");
        last = role;
        for block in turn["content"].as_array().unwrap() {
            if let Some(text) = block["text"].as_str() {
                assert!(!text.trim().is_empty(), "{id}: blank text");
            }
            if let Some(name) = block["toolUse"]["toolUseId"].as_str() {
                assert!(seen.insert(name), "{id}: {name} twice");
                open.insert(name);
                assert!(
                    name.len() <= 64 && block["toolUse"]["input"].is_object(),
                    "{id}: {block}"
                );
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                assert!(name.chars().all(fits), "{id}: {name}");
            }
            if let Some(name) = block["toolResult"]["toolUseId"].as_str() {
                assert!(open.remove(name) || role == "user", "{id}: {name}");
            }
        }
    }
    if !seen.is_empty() {
        let tools = body["toolConfig"]["tools"].as_array();
        assert!(
            tools.is_some_and(|tools| !tools.is_empty()),
            "{id}: calls without tools"
        );
    }
}

#[test]
fn every_recorded_request_of_another_protocol_has_a_form_that_is_taken() {
    let (mut taken, mut refused) = (0, 0);
    let chat = [
        "openai",
        "azure",
        "deepseek",
        "groq",
        "mistral",
        "openrouter",
    ];
    let chat = exchanges(&chat, "chat")
        .into_iter()
        .map(|line| (line, true));
    let messages = exchanges(&["anthropic"], "messages")
        .into_iter()
        .map(|line| (line, false));
    for (line, is_chat) in chat.chain(messages) {
        let body = Bytes::from(line["request"]["body"].to_string());
        let incoming = if is_chat {
            OpenAiServer::default().decode_request(&body)
        } else {
            AnthropicServer::new().decode_request(&body)
        };
        let Ok(incoming) = incoming else { continue };
        let id = line["id"].as_str().unwrap();
        for model in [CLAUDE, "amazon.nova-lite-v1:0"] {
            match encode(&BedrockConverse::new(), &incoming.request, model) {
                Ok((body, _)) => {
                    assert_taken(&body, id);
                    taken += 1;
                }
                Err(kind) => {
                    assert_eq!(kind, ErrorKind::Unsupported, "{id}");
                    refused += 1;
                }
            }
        }
    }
    println!("{taken} are taken, {refused} have no form");
}

#[test]
fn every_recorded_request_has_a_form_in_the_other_protocols() {
    for exchange in recordings::exchanges(&["converse", "converse-stream"]) {
        let Some(request) = &exchange.request else {
            continue;
        };
        let server = BedrockServer::for_path(&exchange.path).unwrap();
        let incoming = server
            .decode_request(&Bytes::from(request.to_string()))
            .unwrap();
        let user = incoming
            .request
            .messages
            .iter()
            .filter(|message| message.role == Role::User);
        let said: Vec<&str> = user.flat_map(|message| message.content.texts()).collect();
        for encoded in [
            encode(&OpenAiChat::default(), &incoming.request, "gpt-4.1"),
            encode(
                &AnthropicMessages::new(),
                &incoming.request,
                "claude-haiku-4-5",
            ),
        ] {
            match encoded {
                Ok((body, _)) => {
                    let body = body.to_string();
                    for text in said.iter().filter(|text| !text.trim().is_empty()) {
                        let text = json!(text).to_string();
                        assert!(
                            body.contains(text.trim_matches('"')),
                            "{}: {text}",
                            exchange.id
                        );
                    }
                }
                Err(kind) => assert_eq!(kind, ErrorKind::Unsupported, "{}", exchange.id),
            }
        }
    }
}

#[test]
fn every_recorded_stream_of_chat_says_the_same_to_bedrock_s_clients() {
    let mut seen = 0;
    for line in exchanges(&["openai", "deepseek", "mistral", "anthropic"], "chat") {
        let Some(body) = line["response"]["body_text"].as_str() else {
            continue;
        };
        if line["stream"] != true || line["response"]["status"] != 200 {
            continue;
        }
        let decoder = OpenAiChat::default().decoder(Mode::Stream);
        let (events, Ok(())) = read_pieces(decoder, [body.as_bytes()]) else {
            continue;
        };
        let again = collect(decode(Mode::Stream, &encode_stream(&events)).unwrap());
        let first = collect(events);
        if first.choices.len() != 1 {
            continue;
        }
        let id = &line["id"];
        let is_refused = first
            .content()
            .iter()
            .any(|part| matches!(part, ContentPart::Refusal(_)));
        if !is_refused {
            assert_eq!(again.text(), first.text(), "{id}");
        }
        let calls = |reply: &outlast_types::ChatResponse| -> Vec<(String, String)> {
            let call = |call: &outlast_types::ToolCall| (call.name.clone(), call.arguments.clone());
            reply.tool_calls().map(call).collect()
        };
        let mut expected = calls(&first);
        for (_, arguments) in &mut expected {
            // A call has an object for its arguments.
            if arguments.is_empty() {
                "{}".clone_into(arguments);
            }
        }
        assert_eq!(calls(&again), expected, "{id}");
        assert_eq!(again.usage.output, first.usage.output, "{id}");
        seen += 1;
    }
    println!("{seen} streams");
}

#[test]
fn a_conversation_with_tools_is_adapted() {
    let request = of_chat(&json!({
        "model": "default", "max_tokens": 99, "temperature": 1.5, "seed": 7, "stop": ["END"],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "tool_calls": [{"id": "call:1", "type": "function",
                "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}}]},
            {"role": "tool", "tool_call_id": "call:1", "content": "sunny"},
            {"role": "user", "content": "And tomorrow?"},
        ],
        "tools": [{"type": "function", "function": {"name": "weather", "description": "Tells it.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}],
        "tool_choice": "required",
    }));
    let (body, notes) = encode(&BedrockConverse::new(), &request, "amazon.nova-lite-v1:0").unwrap();
    assert_eq!(
        body,
        json!({
            "system": [{"text": "Be brief."}],
            "messages": [
                {"role": "user", "content": [{"text": "Weather?"}]},
                {"role": "assistant", "content": [{"toolUse":
                    {"toolUseId": "call_1", "name": "weather", "input": {"city": "Rome"}}}]},
                {"role": "user", "content": [
                    {"toolResult": {"toolUseId": "call_1", "content": [{"text": "sunny"}]}},
                    {"text": "And tomorrow?"},
                ]},
            ],
            "inferenceConfig": {"maxTokens": 99, "temperature": 1.0, "stopSequences": ["END"]},
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "weather", "description": "Tells it.", "inputSchema":
                    {"json": {"type": "object", "properties": {"city": {"type": "string"}}}}}}],
                "toolChoice": {"any": {}},
            },
        })
    );
    for expected in ["ids of tool calls", "temperature", "seed"] {
        assert!(
            notes.iter().any(|note| note.contains(expected)),
            "{notes:?}"
        );
    }

    let mut without_tools = request;
    without_tools.body_mut().tools.clear();
    without_tools.body_mut().tool_choice = None;
    let (body, notes) = encode(&BedrockConverse::new(), &without_tools, CLAUDE).unwrap();
    assert_eq!(
        body["toolConfig"]["tools"][0]["toolSpec"]["name"],
        "weather"
    );
    assert!(
        notes.iter().any(|note| note.contains("offered again")),
        "{notes:?}"
    );
}

#[test]
fn each_vendor_is_told_in_its_own_words_how_much_to_think() {
    let request = of_chat(&json!({
        "model": "default", "reasoning_effort": "low", "max_tokens": 9000,
        "messages": [{"role": "user", "content": "Why?"}],
    }));
    let told = |model: &str| {
        let (body, notes) = encode(&BedrockConverse::new(), &request, model).unwrap();
        (body["additionalModelRequestFields"].clone(), notes)
    };
    let budget = json!({"thinking": {"type": "enabled", "budget_tokens": 2048}});
    assert_eq!(told(CLAUDE).0, budget);
    let adaptive = json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}});
    assert_eq!(told("us.anthropic.claude-sonnet-4-6").0, adaptive);
    assert_eq!(
        told("openai.gpt-oss-120b-1:0").0,
        json!({"reasoning_effort": "low"})
    );
    assert_eq!(
        told("qwen.qwen3-32b-v1:0").0,
        json!({"reasoning_config": "low"})
    );
    let nova = json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}});
    assert_eq!(told("us.amazon.nova-2-lite-v1:0").0, nova);
    let (fields, notes) = told("meta.llama3-8b-instruct-v1:0");
    assert!(
        fields.is_null() && notes.iter().any(|note| note.contains("not told")),
        "{notes:?}"
    );
}

#[test]
fn a_schema_is_a_text_or_a_tool() {
    let request = of_chat(&json!({
        "model": "default", "messages": [{"role": "user", "content": "Who?"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "who", "strict": true,
            "schema": {"type": "object", "properties": {"name": {"type": "string"}}}}},
    }));
    let (body, _) = encode(&BedrockConverse::new(), &request, CLAUDE).unwrap();
    let form = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    assert_eq!(form["name"], "who");
    let schema: Value = serde_json::from_str(form["schema"].as_str().unwrap()).unwrap();
    assert_eq!(schema["type"], "object");

    let (body, notes) = encode(&BedrockConverse::new(), &request, "amazon.nova-lite-v1:0").unwrap();
    let name = &body["toolConfig"]["tools"][0]["toolSpec"]["name"];
    assert_eq!(&body["toolConfig"]["toolChoice"]["tool"]["name"], name);
    assert!(
        notes
            .iter()
            .any(|note| note.contains("arguments of a tool")),
        "{notes:?}"
    );
    let reply = json!({
        "output": {"message": {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "t", "name": name, "input": {"name": "Ada"}}}]}},
        "stopReason": "tool_use", "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    });
    let reply = collect(decode(Mode::Unary, reply.to_string().as_bytes()).unwrap());
    assert_eq!(reply.text(), r#"{"name":"Ada"}"#);
    assert_eq!(reply.finish().unwrap().as_str(), "stop");
}

#[test]
fn files_have_names_and_what_is_elsewhere_has_no_form() {
    let image = |url: &str| {
        of_chat(
            &json!({"model": "default", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}]}]}),
        )
    };
    let (body, _) = encode(
        &BedrockConverse::new(),
        &image("data:image/jpeg;base64,QUJD"),
        CLAUDE,
    )
    .unwrap();
    let expected = json!({"image": {"format": "jpeg", "source": {"bytes": "QUJD"}}});
    assert_eq!(body["messages"][0]["content"][1], expected);
    let elsewhere = encode(
        &BedrockConverse::new(),
        &image("https://example.com/a.png"),
        CLAUDE,
    );
    assert_eq!(elsewhere, Err(ErrorKind::Unsupported));

    let file = json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"}});
    let body = json!({"model": "default", "max_tokens": 9,
        "messages": [{"role": "user", "content": [file, file, {"type": "text", "text": "Same?"}]}]});
    let incoming = AnthropicServer::new()
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap();
    let (body, _) = encode(&BedrockConverse::new(), &incoming.request, CLAUDE).unwrap();
    let names: Vec<&Value> = body["messages"][0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| &block["document"]["name"])
        .collect();
    assert_eq!(
        names,
        [&json!("document-1"), &json!("document-2"), &Value::Null]
    );
}
