//! Requests of another protocol, as Anthropic gets them.

use bytes::Bytes;
use outlast_types::{
    ChatRequest, Content, ContentPart, Error, ErrorKind, Extra, Media, MediaSource, Message, Mode,
    Opaque, Protocol, RawJson, Reasoning, ReasoningConfig, ReasoningEffort, ResponseFormat, Role,
    ToolCall, ToolChoice, ToolResult, ToolSpec,
};
use outlast_wire::anthropic::{self, AnthropicMessages, AnthropicServer};
use outlast_wire::{ClientCodec, EncodeOptions, Encoded, ServerCodec};
use serde_json::{Value, json};

const OLD: &str = "claude-sonnet-4-0";
const NEW: &str = "claude-opus-4-8";

fn try_encode(request: &ChatRequest, model: &str) -> Result<Encoded, Error> {
    let options = EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "anthropic",
    };
    AnthropicMessages::new().encode(request, &options)
}

/// Encodes and returns the body and the adaptations.
fn encode(request: &ChatRequest, model: &str) -> (Value, Vec<String>) {
    let encoded = try_encode(request, model).unwrap();
    let body = serde_json::from_slice(encoded.request.body()).unwrap();
    let notes = encoded.adaptations.into_iter();
    (body, notes.map(|note| note.to_string()).collect())
}

fn user(text: &str) -> ChatRequest {
    ChatRequest::user(text).with_max_output_tokens(10_000)
}

fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

fn foreign(fields: &[(&str, &str)]) -> Option<Extra> {
    let fields = fields.iter();
    Extra::from_fields(
        Protocol::new("openai-chat"),
        fields
            .map(|(name, text)| ((*name).to_owned(), json(text)))
            .collect(),
    )
}

fn tool_message(call_id: &str, content: &str) -> Message {
    let result = ToolResult::new(call_id, content);
    Message::new(Role::Tool, vec![ContentPart::ToolResult(result)])
}

fn with_reasoning(effort: Option<ReasoningEffort>, budget: Option<u64>) -> ChatRequest {
    let mut request = user("Think.");
    let mut config = ReasoningConfig::default();
    config.effort = effort;
    config.budget_tokens = budget;
    request.body_mut().reasoning = Some(config);
    request
}

#[test]
fn a_conversation_with_tools_of_another_protocol_is_adapted() {
    let picture = Media::new(MediaSource::Base64 {
        media_type: "image/png".to_owned(),
        data: "aGk=".to_owned(),
    });
    let mut request = ChatRequest::new()
        .with_message(Message::system("Be brief."))
        .with_message(Message::new(Role::Developer, "Use the tools."))
        .with_message(Message::user("What is on these?"))
        .with_message(Message::user(vec![
            ContentPart::Image(picture),
            ContentPart::Image(Media::new(MediaSource::Url(
                "https://example.com/a.jpg".to_owned(),
            ))),
        ]))
        .with_message(Message::assistant(vec![
            ContentPart::text(""),
            ContentPart::Reasoning(
                Reasoning::new("hm", Some(Protocol::new("other"))).with_signature("s"),
            ),
            ContentPart::ToolCall(ToolCall::new("functions.look:0", "look", r#"{"at":1}"#)),
            ContentPart::ToolCall(ToolCall::new("", "look", "")),
            ContentPart::ToolCall(ToolCall::new("call_3", "look", r#"{"at":"#)),
        ]))
        .with_message(Message::user("Hurry."))
        .with_message(tool_message("functions.look:0", "a cat"))
        .with_message(tool_message("", ""))
        .with_message(Message::new(
            Role::Tool,
            vec![ContentPart::ToolResult(
                ToolResult::new("call_3", "bad arguments").with_error(),
            )],
        ))
        .with_message(Message::system("Answer in French."))
        .with_tool(
            ToolSpec::new("look", json(r#"{"properties":{"at":{"type":"integer"}}}"#))
                .with_description("Looks."),
        )
        .with_tool(ToolSpec::without_parameters("now"))
        .with_tool_choice(ToolChoice::Required);
    let body = request.body_mut();
    body.parallel_tool_calls = Some(false);
    body.seed = Some(7);
    body.stop = vec!["END".to_owned(), "\n".to_owned()];
    body.extra = foreign(&[("logit_bias", r#"{"1": 2}"#), ("verbosity", "\"low\"")]);

    insta::assert_json_snapshot!(encode(&request, OLD));
}

#[test]
fn a_request_without_a_limit_gets_one() {
    let (body, notes) = encode(&ChatRequest::user("hi"), OLD);
    assert_eq!(body["max_tokens"], 4096);
    assert_eq!(
        notes,
        ["max_tokens is set to 4096: the format needs a limit"]
    );
}

#[test]
fn how_much_to_think_is_said_as_the_model_takes_it() {
    let check = |request: &ChatRequest, model, thinking: Value, effort: Value| {
        let (body, _) = encode(request, model);
        assert_eq!(body["thinking"], thinking, "{model}");
        assert_eq!(body["output_config"]["effort"], effort, "{model}");
    };
    let nothing = Value::Null;
    let budget = |tokens: u64| json!({"type": "enabled", "budget_tokens": tokens});
    let adaptive = || json!({"type": "adaptive"});

    let high = with_reasoning(Some(ReasoningEffort::High), None);
    check(&high, OLD, budget(8000), nothing.clone());
    check(&high, NEW, adaptive(), json!("high"));
    check(&high, "claude-3-5-haiku", nothing.clone(), nothing.clone());

    let minimal = with_reasoning(Some(ReasoningEffort::Minimal), None);
    check(&minimal, OLD, budget(1024), nothing.clone());
    check(&minimal, NEW, adaptive(), json!("low"));

    let tokens = with_reasoning(None, Some(3000));
    check(&tokens, OLD, budget(3000), nothing.clone());
    check(&tokens, NEW, adaptive(), nothing.clone());

    let off = with_reasoning(Some(ReasoningEffort::Other("none".to_owned())), None);
    check(&off, OLD, nothing.clone(), nothing.clone());
    check(&off, NEW, nothing.clone(), nothing.clone());

    let (body, _) = encode(&high.clone().with_max_output_tokens(1200), OLD);
    assert_eq!(body["thinking"], nothing, "there is no room");
    let forced = high.clone().with_tool(ToolSpec::without_parameters("f"));
    let (body, _) = encode(&forced.with_tool_choice(ToolChoice::Required), OLD);
    assert_eq!(body["thinking"], nothing, "a forced tool forbids it");

    let mut unlimited = high;
    unlimited.body_mut().max_output_tokens = None;
    let (body, _) = encode(&unlimited, OLD);
    assert_eq!(
        (&body["thinking"], &body["max_tokens"]),
        (&budget(16_384), &json!(20_480))
    );
}

#[test]
fn a_request_of_this_protocol_is_adapted_to_a_model_other_than_its_own() {
    let body = json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 9000,
        "temperature": 1.0,
        "top_k": 5,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "title": "A b"}}},
        "messages": [{"role": "user", "content": "?"}],
    });
    let body = Bytes::from(serde_json::to_vec(&body).unwrap());
    let request = AnthropicServer::new()
        .decode_request(&body)
        .unwrap()
        .request;

    let (same, notes) = encode(&request, "claude-sonnet-4-5");
    assert_eq!(same, serde_json::from_slice::<Value>(&body).unwrap());
    assert!(notes.is_empty());

    let (newer, _) = encode(&request, NEW);
    assert_eq!(newer["thinking"], json!({"type": "adaptive"}));
    assert_eq!(newer["output_config"]["format"]["type"], "json_schema");
    assert_eq!((newer.get("temperature"), newer.get("top_k")), (None, None));

    let (older, _) = encode(&request, OLD);
    assert_eq!(older["tool_choice"]["type"], "any");
    assert_eq!(
        (older.get("output_config"), older.get("thinking")),
        (None, None)
    );
}

#[test]
fn thinking_is_left_out_amid_a_turn_that_began_without_it() {
    let high = with_reasoning(Some(ReasoningEffort::High), None);
    let call = ContentPart::ToolCall(ToolCall::new("c1", "f", "{}"));
    let amid_calls = high
        .clone()
        .with_message(Message::assistant(vec![call.clone()]))
        .with_message(tool_message("c1", "1"));
    assert_eq!(encode(&amid_calls, OLD).0["thinking"], Value::Null);

    let thought = Reasoning::new("hm", Some(anthropic::PROTOCOL)).with_signature("s");
    let thoughtful = high
        .clone()
        .with_message(Message::assistant(vec![
            ContentPart::Reasoning(thought),
            call,
        ]))
        .with_message(tool_message("c1", "1"));
    assert_eq!(encode(&thoughtful, OLD).0["thinking"]["type"], "enabled");

    let prefilled = high.with_message(Message::assistant("The answer is"));
    assert_eq!(encode(&prefilled, OLD).0["thinking"], Value::Null);
}

#[test]
fn a_schema_is_enforced_where_the_model_can_and_else_asked_for_as_a_tool() {
    let schema = |strict| ResponseFormat::JsonSchema {
        name: "city".to_owned(),
        schema: json(
            r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#,
        ),
        description: None,
        strict: Some(strict),
    };
    let tool = ToolSpec::new("look", json(r#"{"type":"object"}"#));
    let cases = [
        (
            "strict, new",
            NEW,
            user("?").with_response_format(schema(true)),
        ),
        (
            "strict, old",
            OLD,
            user("?").with_response_format(schema(true)),
        ),
        (
            "lax, new",
            NEW,
            user("?").with_response_format(schema(false)),
        ),
        (
            "any object",
            NEW,
            user("?").with_response_format(ResponseFormat::JsonObject),
        ),
        (
            "beside a tool",
            OLD,
            user("?")
                .with_response_format(schema(true))
                .with_tool(tool.clone()),
        ),
        (
            "beside a forced tool",
            OLD,
            user("?")
                .with_response_format(schema(true))
                .with_tool(tool)
                .with_tool_choice(ToolChoice::Tool("look".to_owned())),
        ),
    ];
    let seen: Vec<Value> = cases
        .iter()
        .map(|(name, model, request)| {
            let (mut body, notes) = encode(request, model);
            for field in ["messages", "max_tokens"] {
                body.as_object_mut().unwrap().remove(field);
            }
            json!({"case": name, "body": body, "notes": notes})
        })
        .collect();
    insta::assert_json_snapshot!(seen);
}

#[test]
fn files_and_texts_are_sent_as_documents() {
    let document = |source| ContentPart::Document(Media::new(source));
    let request = ChatRequest::new()
        .with_max_output_tokens(9)
        .with_message(Message::user(vec![
            document(MediaSource::Base64 {
                media_type: "application/pdf".to_owned(),
                data: "JVBERi0=".to_owned(),
            }),
            document(MediaSource::Base64 {
                media_type: "text/plain".to_owned(),
                data: "aGVsbG8=".to_owned(),
            }),
            document(MediaSource::FileId("file_1".to_owned())),
        ]));
    let encoded = try_encode(&request, NEW).unwrap();
    assert_eq!(
        encoded.request.headers()["anthropic-beta"],
        "files-api-2025-04-14"
    );
    let body: Value = serde_json::from_slice(encoded.request.body()).unwrap();
    let sources = body["messages"][0]["content"].as_array().unwrap().iter();
    let sources: Vec<&Value> = sources.map(|block| &block["source"]).collect();
    assert_eq!(
        json!(sources),
        json!([
            {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
            {"type": "text", "media_type": "text/plain", "data": "hello"},
            {"type": "file", "file_id": "file_1"},
        ])
    );
}

#[test]
fn what_has_no_form_here_is_unsupported() {
    let sound = ContentPart::Audio(Media::new(MediaSource::Url(
        "https://example.com/a.wav".to_owned(),
    )));
    let mut several = user("hi");
    several.body_mut().n = Some(2);
    for request in [several, user("hi").with_message(Message::user(vec![sound]))] {
        let error = try_encode(&request, NEW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}

#[test]
fn a_provider_is_sent_its_own_options_and_those_for_all() {
    let mut request = user("hi").with_temperature(0.5);
    let options = &mut request.body_mut().provider_options;
    let section = |fields: &[(&str, &str)]| {
        fields
            .iter()
            .map(|(name, text)| ((*name).to_owned(), json(text)))
            .collect()
    };
    options.insert(
        "*".to_owned(),
        section(&[("service_tier", "\"auto\""), ("top_k", "5")]),
    );
    options.insert(
        "anthropic".to_owned(),
        section(&[
            ("top_k", "9"),
            ("temperature", "0.1"),
            ("anthropic_beta", r#"["b1","b2"]"#),
        ]),
    );
    options.insert("deepseek".to_owned(), section(&[("secret", "1")]));

    let encoded = try_encode(&request, OLD).unwrap();
    assert_eq!(encoded.request.headers()["anthropic-beta"], "b1,b2");
    assert_eq!(
        std::str::from_utf8(encoded.request.body()).unwrap(),
        r#"{"model":"claude-sonnet-4-0","max_tokens":10000,"messages":[{"role":"user","content":"hi"}],"temperature":0.1,"top_k":9,"service_tier":"auto"}"#
    );
}

#[test]
fn the_end_of_a_prefilled_answer_has_no_white_space() {
    let ends_in = |message: Message| {
        let (body, notes) = encode(&user("hi").with_message(message), OLD);
        assert_eq!(
            notes,
            ["white space at the end of the last assistant turn is left out"]
        );
        body["messages"][1]["content"].clone()
    };
    assert_eq!(ends_in(Message::assistant("One, \n")), json!("One,"));
    assert_eq!(
        ends_in(Message::assistant(vec![ContentPart::text("One, ")])),
        json!([{"type": "text", "text": "One,"}])
    );
}

#[test]
fn parts_go_back_to_the_protocol_they_came_from_and_to_no_other() {
    let opaque = |protocol, text: &str| {
        ContentPart::Opaque(Opaque {
            origin: protocol,
            raw: json(text),
        })
    };
    let signed = |protocol| Reasoning::new("hm", Some(protocol)).with_signature("sig");
    let request = user("hi")
        .with_message(Message::assistant(vec![
            ContentPart::Reasoning(signed(anthropic::PROTOCOL)),
            ContentPart::Reasoning(signed(Protocol::new("gemini"))),
            opaque(
                anthropic::PROTOCOL,
                r#"{"type":"redacted_thinking","data":"x"}"#,
            ),
            opaque(Protocol::new("gemini"), r#"{"thought":1}"#),
            ContentPart::text("Hello."),
        ]))
        .with_message(Message::user("and?"));
    let (body, notes) = encode(&request, NEW);
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "text", "text": "Hello."},
        ])
    );
    assert_eq!(
        notes,
        [
            "thinking that Anthropic did not sign is left out",
            "a part that only gemini understands is left out"
        ]
    );
}

#[test]
fn turns_without_content_are_left_out() {
    let request = user("hi")
        .with_message(Message::assistant(Content::Parts(Vec::new())))
        .with_message(Message::user(" \n"))
        .with_message(Message::user("still there?"));
    let (body, notes) = encode(&request, NEW);
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "still there?"}]}])
    );
    assert_eq!(notes, ["turns without content are left out"]);
}
