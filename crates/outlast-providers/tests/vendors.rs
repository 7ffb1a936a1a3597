//! What each vendor of OpenAI's format is sent, as a table: one call that uses what the vendors differ in.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::fmt::Write;

use outlast_providers::{Account, Api, HolySheep, Preset};
use outlast_types::{
    ChatRequest, Content, ContentPart, Message, RawJson, Reasoning, ReasoningConfig,
    ReasoningEffort, ResponseFormat, Role, StreamRequest,
};
use outlast_wire::openai::PROTOCOL;
use serde_json::Value;
use support::{Answer, LAST, Scripted, WHOLE, chunk};
use tower::ServiceExt;

/// A call with an instruction of a developer, an earlier thought, a limit, a seed, an effort and a schema.
fn everything() -> ChatRequest {
    let thought = Reasoning::new("Hm.", Some(PROTOCOL));
    let parts = vec![ContentPart::Reasoning(thought), ContentPart::text("Hello.")];
    let mut request = ChatRequest::new()
        .with_message(Message::new(Role::Developer, "Be brief."))
        .with_message(Message::user("Hi."))
        .with_message(Message::assistant(Content::from(parts)))
        .with_message(Message::user("Who are you?"))
        .with_max_output_tokens(9)
        .with_response_format(ResponseFormat::JsonSchema {
            name: "answer".to_owned(),
            schema: RawJson::parse(r#"{"type":"object"}"#).unwrap(),
            description: None,
            strict: None,
        });
    request.body_mut().seed = Some(7);
    let mut reasoning = ReasoningConfig::default();
    reasoning.effort = Some(ReasoningEffort::High);
    request.body_mut().reasoning = Some(reasoning);
    request
}

/// Returns the request that a vendor is sent.
async fn sent(preset: &Preset) -> http::Request<bytes::Bytes> {
    let http = Scripted::new(Answer::sse().data(chunk("Hi")).data(LAST));
    let account = Account::of(preset).unwrap().with_key("sk-0123").unwrap();
    let service = account.with_http(http.http()).model("m").stream_service();
    let stream = service.oneshot(StreamRequest(everything())).await.unwrap();
    assert_eq!(stream.collect().await.unwrap().text(), "Hi");
    let [request] = http.requests().try_into().unwrap();
    assert_eq!(request.headers()["authorization"], "Bearer sk-0123");
    request
}

/// Names the first of these fields that is there, with its value.
fn field(body: &Value, names: &[&str]) -> String {
    let shown = names.iter().filter_map(|name| {
        let value = body.get(name)?;
        let value = value.get("type").unwrap_or(value);
        Some(format!("{name}={value}").replace('"', ""))
    });
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() {
        "-".to_owned()
    } else {
        shown.join(" ")
    }
}

#[tokio::test]
async fn each_vendor_is_sent_its_own_form_of_the_same_call() {
    let mut table = String::new();
    for preset in Preset::all() {
        if !matches!(preset.api, Api::OpenAiChat(_)) || preset.base_url.is_none() {
            continue;
        }
        let request = sent(preset).await;
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let messages = body["messages"].as_array().unwrap();
        let said_by = |role| messages.iter().find(|message| message["role"] == role);
        let rows = [
            request.uri().to_string(),
            format!("key in {}", preset.key_env.join(", ")),
            field(&body, &["max_tokens", "max_completion_tokens"]),
            field(&messages[0], &["role"]),
            field(
                said_by("assistant").unwrap(),
                &["reasoning", "reasoning_content"],
            ),
            field(&body, &["reasoning", "reasoning_effort", "thinking"]),
            field(&body, &["stream_options"]),
            field(&body, &["seed", "random_seed"]),
            field(&body, &["response_format"]),
        ];
        writeln!(table, "{}\n  {}", preset.name, rows.join("\n  ")).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn holysheep_s_models_are_all_asked_in_one_format_at_one_address() {
    let http = Scripted::new(Answer::json(200, WHOLE));
    let account = HolySheep::with_key("sk-0123")
        .unwrap()
        .with_http(http.http());
    assert_eq!(HolySheep::PRESET.key_env, ["HOLYSHEEP_API_KEY"]);
    let models = [
        "claude-sonnet-4.5-20250508",
        "gpt-4.1",
        "gemini-2.5-flash",
        "deepseek-v3.2",
    ];
    for model in models {
        let service = account.model(model).chat_service();
        let reply = service.oneshot(ChatRequest::user("Hi")).await.unwrap();
        assert_eq!(reply.text(), "Hello");
    }
    for (request, model) in http.requests().iter().zip(models) {
        assert_eq!(
            request.uri(),
            "https://api.holysheep.ai/v1/chat/completions"
        );
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["model"], model);
        assert_eq!(body["messages"][0]["content"], "Hi");
    }
}
