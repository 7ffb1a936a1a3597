//! Requests that came in another protocol or were built by hand, and what a dialect changes.

use bytes::Bytes;
use outlast_types::{
    ChatRequest, Content, ContentPart, Error, ErrorKind, Extra, Media, MediaSource, Message, Mode,
    Opaque, Protocol, RawJson, Reasoning, ReasoningConfig, ReasoningEffort, ResponseFormat, Role,
    TextPart, ToolCall, ToolChoice, ToolResult, ToolSpec,
};
use outlast_wire::openai::{
    Dialect, MaxTokensField, OpenAiChat, OpenAiServer, ReasoningControl, ReasoningField,
    StreamUsage,
};
use outlast_wire::{ClientCodec, EncodeOptions, Encoded, ServerCodec};
use serde_json::{Value, json};

const FOREIGN: Protocol = Protocol::new("other-protocol");

fn try_encode(dialect: Dialect, mode: Mode, request: &ChatRequest) -> Result<Encoded, Error> {
    let options = EncodeOptions {
        model: "target-model",
        mode,
        provider: "acme",
    };
    OpenAiChat::new(dialect).encode(request, &options)
}

/// Returns the body and the adaptations.
fn encode(dialect: Dialect, mode: Mode, request: &ChatRequest) -> (Value, Vec<String>) {
    let encoded = try_encode(dialect, mode, request).unwrap();
    let notes = encoded.adaptations.iter().map(|note| note.to_string());
    (
        serde_json::from_slice(encoded.request.body()).unwrap(),
        notes.collect(),
    )
}

fn unary(request: &ChatRequest) -> (Value, Vec<String>) {
    encode(Dialect::new(), Mode::Unary, request)
}

/// Reads a request as a caller in this protocol wrote it.
fn from_caller(body: &Value) -> ChatRequest {
    let body = Bytes::from(body.to_string());
    OpenAiServer::new().decode_request(&body).unwrap().request
}

fn foreign_extra(name: &str) -> Option<Extra> {
    let fields = [(name.to_owned(), RawJson::parse("{}").unwrap())];
    Extra::from_fields(FOREIGN, fields.into())
}

/// A conversation as Anthropic's format has it: results and media in the user's turns, signed thinking.
fn foreign_conversation() -> ChatRequest {
    let mut cached = TextPart::new("Be brief.");
    cached.extra = foreign_extra("cache_control");
    let picture = || {
        ContentPart::Image(Media::new(MediaSource::Base64 {
            media_type: "image/png".to_owned(),
            data: "AAAA".to_owned(),
        }))
    };
    let result = |id: &str, content: Content| ContentPart::ToolResult(ToolResult::new(id, content));
    let mut request = ChatRequest::new()
        .with_message(Message::system(vec![
            ContentPart::Text(cached),
            ContentPart::text("And kind."),
        ]))
        .with_message(Message::user("Compare the two."))
        .with_message(Message::assistant(vec![
            ContentPart::Reasoning(Reasoning::new("Hm", Some(FOREIGN)).with_signature("sig")),
            ContentPart::text("I look."),
            ContentPart::ToolCall(ToolCall::new("t1", "look", r#"{"at":"a"}"#)),
            ContentPart::ToolCall(ToolCall::new("t2", "look", "{}")),
        ]))
        .with_message(Message::user(vec![
            result(
                "t1",
                Content::Parts(vec![ContentPart::text("seen"), picture()]),
            ),
            ContentPart::ToolResult(ToolResult::new("t2", "gone").with_error()),
            ContentPart::text("Well?"),
        ]))
        .with_message(Message::assistant(vec![
            ContentPart::ToolCall(ToolCall::new("t3", "look", "{}")),
            ContentPart::Opaque(Opaque {
                origin: FOREIGN,
                raw: RawJson::parse(r#"{"type":"server_tool_use"}"#).unwrap(),
            }),
        ]))
        .with_message(Message::user(vec![result(
            "t3",
            Content::Parts(vec![picture()]),
        )]))
        .with_tool(
            ToolSpec::new(
                "look",
                RawJson::parse(r#"{"type":"object","properties":{"at":{}}}"#).unwrap(),
            )
            .with_description("Looks."),
        )
        .with_tool_choice(ToolChoice::Required)
        .with_max_output_tokens(100);
    request.body_mut().extra = foreign_extra("metadata");
    request
}

#[test]
fn a_conversation_of_another_protocol_is_written_in_this_one_s_form() {
    let (body, notes) = unary(&foreign_conversation());
    insta::assert_snapshot!(
        "foreign_conversation",
        format!(
            "{}\n\n{}",
            serde_json::to_string_pretty(&body).unwrap(),
            notes.join("\n")
        )
    );
}

#[test]
fn the_request_goes_to_the_chat_path_and_names_what_it_accepts() {
    for (mode, accept) in [
        (Mode::Unary, "application/json"),
        (Mode::Stream, "text/event-stream"),
    ] {
        let encoded = try_encode(Dialect::new(), mode, &ChatRequest::user("Hi")).unwrap();
        assert_eq!(encoded.request.uri(), "/chat/completions");
        assert_eq!(encoded.request.method(), http::Method::POST);
        assert_eq!(encoded.request.headers()["accept"], accept);
    }
}

#[test]
fn a_stream_asks_for_its_counts_unless_the_account_refuses() {
    let request = ChatRequest::user("Hi");
    let body_of = |usage| {
        encode(
            Dialect::new().with_stream_usage(usage),
            Mode::Stream,
            &request,
        )
        .0
    };
    assert_eq!(
        body_of(StreamUsage::Always)["stream_options"],
        json!({"include_usage": true})
    );
    assert_eq!(body_of(StreamUsage::Never).get("stream_options"), None);
    assert_eq!(body_of(StreamUsage::AsWritten).get("stream_options"), None);

    let asked = from_caller(&json!({
        "model": "m", "messages": [], "stream": true,
        "stream_options": {"include_obfuscation": false},
    }));
    let body = encode(Dialect::new(), Mode::Stream, &asked).0;
    assert_eq!(
        body["stream_options"],
        json!({"include_usage": true, "include_obfuscation": false})
    );
    assert_eq!(unary(&asked).0.get("stream_options"), None);
}

#[test]
fn provider_options_go_before_the_request_s_own_fields() {
    let mut request = ChatRequest::user("Hi").with_temperature(0.5);
    let options = |text: &str| RawJson::parse(text).unwrap().read().unwrap();
    let sections = &mut request.body_mut().provider_options;
    sections.insert(
        "acme".to_owned(),
        options(r#"{"temperature":0.1,"top_k":5}"#),
    );
    sections.insert("*".to_owned(), options(r#"{"top_k":9,"user":"u"}"#));
    sections.insert("other".to_owned(), options(r#"{"secret":1}"#));
    let body = unary(&request).0;
    assert_eq!(body["temperature"], 0.1);
    assert_eq!((&body["top_k"], &body["user"]), (&json!(5), &json!("u")));
    assert_eq!(body.get("secret"), None);
}

#[test]
fn the_limit_stands_in_the_field_that_the_account_takes() {
    let built = ChatRequest::user("Hi").with_max_output_tokens(7);
    let old = from_caller(&json!({"model": "m", "messages": [], "max_tokens": 7}));
    let new = from_caller(&json!({"model": "m", "messages": [], "max_completion_tokens": 7}));
    let fields = |field, request: &ChatRequest| {
        let body = encode(Dialect::new().with_max_tokens(field), Mode::Unary, request).0;
        (
            body.get("max_tokens").cloned(),
            body.get("max_completion_tokens").cloned(),
        )
    };
    let (in_old, in_new) = ((Some(json!(7)), None), (None, Some(json!(7))));
    assert_eq!(fields(MaxTokensField::AsWritten, &built), in_old);
    assert_eq!(fields(MaxTokensField::AsWritten, &old), in_old);
    assert_eq!(fields(MaxTokensField::AsWritten, &new), in_new);
    assert_eq!(fields(MaxTokensField::MaxTokens, &new), in_old);
    assert_eq!(fields(MaxTokensField::MaxCompletionTokens, &old), in_new);
}

#[test]
fn what_a_layer_changed_is_written_and_not_what_the_caller_spelled() {
    let mut request = from_caller(&json!({
        "model": "m", "messages": [], "max_completion_tokens": 7, "temperature": 1, "stop": "a", "seed": null, "n": 1,
    }));
    let body = request.body_mut();
    body.max_output_tokens = Some(5);
    body.temperature = Some(0.5);
    body.stop = vec!["a".to_owned(), "b".to_owned()];
    body.seed = Some(3);
    body.n = None;
    assert_eq!(
        unary(&request).0,
        json!({
            "model": "target-model", "messages": [], "max_completion_tokens": 5, "temperature": 0.5,
            "stop": ["a", "b"], "seed": 3,
        })
    );
}

#[test]
fn how_much_to_think_is_asked_for_in_the_account_s_form() {
    let mut request = ChatRequest::user("Hi");
    let mut config = ReasoningConfig::default();
    config.budget_tokens = Some(8000);
    request.body_mut().reasoning = Some(config);
    let of = |control, request: &ChatRequest| {
        let dialect = Dialect::new().with_reasoning_control(control);
        let (body, notes) = encode(dialect, Mode::Unary, request);
        let fields = ["reasoning_effort", "reasoning", "thinking"];
        let written: Vec<String> = fields
            .iter()
            .filter_map(|name| Some(format!("{name}={}", body.get(*name)?)))
            .collect();
        (written.join(" "), notes.len())
    };
    let check = |control, expect: &str, notes| {
        assert_eq!(of(control, &request), (expect.to_owned(), notes));
    };
    check(
        ReasoningControl::AsWritten,
        r#"reasoning_effort="medium""#,
        1,
    );
    check(ReasoningControl::Effort, r#"reasoning_effort="medium""#, 1);
    check(
        ReasoningControl::Object,
        r#"reasoning={"max_tokens":8000}"#,
        0,
    );
    check(
        ReasoningControl::Thinking,
        r#"thinking={"type":"enabled"}"#,
        1,
    );
    check(ReasoningControl::None, "", 1);

    let own = from_caller(&json!({
        "model": "m", "messages": [], "reasoning": {"effort": "high", "exclude": true},
    }));
    assert_eq!(
        own.reasoning.as_ref().unwrap().effort,
        Some(ReasoningEffort::High)
    );
    let as_it_came = r#"reasoning={"effort":"high","exclude":true}"#.to_owned();
    assert_eq!(of(ReasoningControl::AsWritten, &own), (as_it_came, 0));
    assert_eq!(
        of(ReasoningControl::Effort, &own).0,
        r#"reasoning_effort="high""#
    );
}

#[test]
fn earlier_reasoning_stands_in_the_account_s_field() {
    let request = from_caller(&json!({
        "model": "m",
        "messages": [{"role": "assistant", "content": "4", "reasoning_content": "2+2"}],
    }));
    let message = |field| {
        let dialect = Dialect::new().with_reasoning_field(field);
        encode(dialect, Mode::Unary, &request).0["messages"][0].clone()
    };
    assert_eq!(
        message(ReasoningField::AsWritten)["reasoning_content"],
        "2+2"
    );
    assert_eq!(
        message(ReasoningField::Reasoning),
        json!({"role": "assistant", "content": "4", "reasoning": "2+2"})
    );
    assert_eq!(
        message(ReasoningField::None),
        json!({"role": "assistant", "content": "4"})
    );
    let thought = json!({"type": "thinking", "thinking": [{"type": "text", "text": "2+2"}]});
    assert_eq!(
        message(ReasoningField::ThinkingPart),
        json!({"role": "assistant", "content": [thought, {"type": "text", "text": "4"}]})
    );
}

#[test]
fn a_schema_that_the_account_does_not_take_becomes_an_instruction() {
    let mut request = ChatRequest::user("Hi");
    request.body_mut().response_format = Some(ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema: RawJson::parse(r#"{"type":"object"}"#).unwrap(),
        description: None,
        strict: Some(true),
    });
    assert_eq!(
        unary(&request).0["response_format"],
        json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": true}})
    );
    let (body, notes) = encode(Dialect::new().without_json_schema(), Mode::Unary, &request);
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    assert!(
        body["messages"][0]["content"]
            .as_str()
            .unwrap()
            .ends_with(r#"{"type":"object"}"#)
    );
    assert_eq!(
        notes,
        ["the answer's JSON schema is given as an instruction"]
    );
}

#[test]
fn an_account_without_developers_and_arrays_gets_system_and_strings() {
    let texts = || vec![ContentPart::text("a"), ContentPart::text("b")];
    let request = ChatRequest::new()
        .with_message(Message::new(Role::Developer, texts()))
        .with_message(Message::user(texts()));
    let dialect = Dialect::new().without_developer_role().without_text_parts();
    let body = encode(dialect, Mode::Unary, &request).0;
    assert_eq!(
        body["messages"][0],
        json!({"role": "system", "content": "a\nb"})
    );
    assert!(body["messages"][1]["content"].is_array());
}

#[test]
fn media_that_cannot_be_carried_fails_the_call() {
    let check = |part: ContentPart| {
        let request = ChatRequest::new().with_message(Message::user(vec![part]));
        let error = try_encode(Dialect::new(), Mode::Unary, &request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    };
    let url = || Media::new(MediaSource::Url("https://example.com/a".to_owned()));
    check(ContentPart::Audio(url()));
    check(ContentPart::Document(url()));
    check(ContentPart::Image(Media::new(MediaSource::FileId(
        "f".to_owned(),
    ))));
}

#[test]
fn documents_and_sound_are_written_as_files_texts_and_input_audio() {
    let bytes = |media_type: &str, data: &str| {
        Media::new(MediaSource::Base64 {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        })
    };
    let request = ChatRequest::new().with_message(Message::user(vec![
        ContentPart::Document(bytes("application/pdf", "JVBE")),
        ContentPart::Document(bytes("text/plain", "SGk=")),
        ContentPart::Document(Media::new(MediaSource::FileId("file-1".to_owned()))),
        ContentPart::Audio(bytes("audio/mpeg", "AAAA")),
    ]));
    assert_eq!(
        unary(&request).0["messages"][0]["content"],
        json!([
            {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
            {"type": "text", "text": "Hi"},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
        ])
    );
}

#[test]
fn tools_that_run_elsewhere_and_choices_of_others_stay_behind() {
    let mut foreign = ToolSpec::new("web_search", RawJson::parse("{}").unwrap());
    foreign.parameters = None;
    foreign.extra = foreign_extra("max_uses");
    let request = ChatRequest::user("Hi")
        .with_tool(foreign)
        .with_tool_choice(ToolChoice::Required);
    let (body, notes) = unary(&request);
    assert_eq!((body.get("tools"), body.get("tool_choice")), (None, None));
    assert_eq!(notes, ["tools that run at another provider are left out"]);

    let request = ChatRequest::user("Hi")
        .with_tool(ToolSpec::new("f", RawJson::parse("{}").unwrap()))
        .with_tool_choice(ToolChoice::Opaque(RawJson::parse("{}").unwrap()));
    let (body, notes) = unary(&request);
    assert_eq!(body.get("tool_choice"), None);
    assert_eq!(notes, ["a tool choice of another protocol is left out"]);
}
