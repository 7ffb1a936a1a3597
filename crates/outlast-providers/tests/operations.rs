//! What an account offers beside chat, and what its errors advise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast_providers::{Account, AccountError, Anthropic, AzureOpenAi, Gemini, OpenAi};
use outlast_types::{ChatRequest, EmbeddingRequest, ErrorKind, TargetId};
use support::{Answer, Scripted};
use tower::ServiceExt;

const LIST: &str = r#"{"data": [{"id": "gpt-5"}, {"id": "gpt-5-mini"}]}"#;

fn openai(http: &Scripted) -> Account {
    let account = OpenAi::with_key("sk-canary-0123456789").unwrap();
    account
        .with_key_source("the file `key`")
        .with_http(http.http())
}

fn json(body: &'static str) -> Scripted {
    Scripted::new(
        Answer::new(200)
            .header("date", "Tue, 24 Nov 2026 12:00:00 GMT")
            .data(body),
    )
}

#[tokio::test]
async fn a_list_of_models_is_asked_for_with_the_key() {
    let http = json(LIST);
    let models = openai(&http).models().await.unwrap();
    assert_eq!(models[1].id, "gpt-5-mini");
    let requests = http.requests();
    assert_eq!(requests[0].uri(), "https://api.openai.com/v1/models");
    assert_eq!(requests[0].method(), "GET");
    assert!(requests[0].headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn pages_that_never_end_are_not_followed_for_ever() {
    let http = json(r#"{"data": [{"id": "m"}], "has_more": true, "last_id": "m"}"#);
    let account = Anthropic::with_key("sk-ant-1")
        .unwrap()
        .with_http(http.http());
    let models = account.models().await.unwrap();
    assert_eq!((models.len(), http.requests().len()), (2, 2));
}

#[tokio::test]
async fn tokens_are_counted_where_the_format_can() {
    let http = json(r#"{"input_tokens": 14}"#);
    let account = Anthropic::with_key("sk-ant-1")
        .unwrap()
        .with_http(http.http());
    let answer = account
        .count_tokens("claude", ChatRequest::user("Hi"))
        .await
        .unwrap();
    assert_eq!(answer.reply.input, 14);
    assert!(answer.date.is_some());
    assert_eq!(http.requests()[0].uri().path(), "/v1/messages/count_tokens");
    let error = openai(&http)
        .count_tokens("gpt-5", ChatRequest::user("Hi"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

fn gemini(http: &Scripted) -> Account {
    Gemini::with_key("AIza-canary")
        .unwrap()
        .with_http(http.http())
}

/// The addresses that were asked.
fn asked(http: &Scripted) -> Vec<String> {
    let requests = http.requests();
    requests
        .iter()
        .map(|request| format!("{} {}", request.method(), request.uri()))
        .collect()
}

#[tokio::test]
async fn gemini_is_asked_at_its_own_addresses_with_the_key_in_a_header() {
    const REPLY: &str = r#"{
        "name": "models/gemini-2.5-flash", "models": [{"name": "models/gemini-2.5-flash"}], "totalTokens": 3,
        "embeddings": [{"values": [1, 2]}]
    }"#;
    let http = json(REPLY);
    let account = gemini(&http);
    assert_eq!(account.models().await.unwrap()[0].id, "gemini-2.5-flash");
    let found = account.find_model("gemini-2.5-flash").await.unwrap();
    assert_eq!(found.reply.id, "gemini-2.5-flash");
    let count = account.count_tokens("gemini-2.5-flash", ChatRequest::user("Hi"));
    assert_eq!(count.await.unwrap().reply.input, 3);
    let embedder = account.embedder("gemini-embedding-001");
    let reply = embedder.oneshot(EmbeddingRequest::of(["x"])).await.unwrap();
    assert_eq!(reply.vectors(), [[1.0, 2.0]]);
    insta::assert_snapshot!(asked(&http).join("\n"));
    for request in http.requests() {
        assert_eq!(request.headers()["x-goog-api-key"], "AIza-canary");
        assert!(request.headers()["x-goog-api-key"].is_sensitive());
        assert!(!request.headers().contains_key("authorization"));
    }
}

#[tokio::test]
async fn an_account_that_speaks_responses_has_what_chat_completions_have_beside_chat() {
    const REPLY: &str = r#"{
        "id": "gpt-5", "input_tokens": 14, "data": [{"id": "gpt-5", "index": 0, "embedding": [1, 2]}],
        "usage": {"prompt_tokens": 3}
    }"#;
    let http = json(REPLY);
    for account in [
        openai(&http),
        AzureOpenAi::v1("contoso").unwrap(),
        AzureOpenAi::deployments("contoso", "2025-04-01-preview").unwrap(),
    ] {
        let account = account.with_responses().unwrap().with_http(http.http());
        account.models().await.unwrap();
        account.find_model("gpt-5").await.unwrap();
        let count = account.count_tokens("gpt-5", ChatRequest::user("Hi"));
        assert_eq!(count.await.unwrap().reply.input, 14);
        let embedder = account.embedder("ada");
        embedder.oneshot(EmbeddingRequest::of(["x"])).await.unwrap();
        let chat = account.model("gpt-5").chat_service();
        chat.oneshot(ChatRequest::user("Hi")).await.unwrap_err();
    }
    insta::assert_snapshot!(asked(&http).join("\n"));
}

#[test]
fn only_a_vendor_of_openai_s_formats_has_responses_to_choose() {
    let error = Anthropic::with_key("sk-ant-1").unwrap().with_responses();
    assert_eq!(error.unwrap_err(), AccountError::NoResponses("anthropic"));
    let twice = OpenAi::with_key("sk-1").unwrap().with_responses();
    assert!(twice.unwrap().with_responses().is_ok());
}

#[tokio::test]
async fn an_embedder_makes_vectors_and_says_who_made_them() {
    let http =
        json(r#"{"data": [{"index": 0, "embedding": [1, 2]}], "usage": {"prompt_tokens": 3}}"#);
    let embedder = openai(&http).embedder("text-embedding-3-small");
    let reply = embedder.oneshot(EmbeddingRequest::of(["x"])).await.unwrap();
    assert_eq!(reply.vectors(), [[1.0, 2.0]]);
    assert_eq!(reply.embeddings.usage.input, 3);
    assert_eq!(
        reply.meta().target(),
        &TargetId::new("openai", "text-embedding-3-small")
    );
}

#[tokio::test]
async fn a_reply_that_is_no_list_has_the_facts_of_any_failure() {
    let error = openai(&json("<html><title>Welcome</title>"))
        .models()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.to_string(), "openai: malformed reply: Welcome");
}

#[tokio::test]
async fn a_wrong_key_is_told_with_its_account_address_and_source() {
    let body = r#"{"error": {"code": "invalid_api_key", "message": "Incorrect API key provided: sk-canary-0123456789"}}"#;
    let http = Scripted::new(Answer::new(401).data(body));
    let target = openai(&http).model("gpt-5");
    let error = target
        .chat_service()
        .oneshot(ChatRequest::user("Hi"))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error);
    assert_eq!(error.without_advice().advice(), None);
}

#[tokio::test]
async fn a_wrong_name_is_told_with_the_nearest_once_the_list_is_known() {
    let account = openai(&json(LIST));
    let wrong = Scripted::new(Answer::new(404).data(r#"{"error": {"code": "model_not_found"}}"#));
    let said = |account: Account| {
        let target = account.with_http(wrong.http()).model("gtp-5-mini");
        async move {
            let reply = target.chat_service().oneshot(ChatRequest::user("Hi")).await;
            reply.unwrap_err().advice().unwrap_or_default().to_owned()
        }
    };
    let before = said(account.clone()).await;
    assert_eq!(
        before,
        "check the name in the list of models of account `openai`"
    );
    account.models().await.unwrap();
    assert_eq!(said(account).await, "did you mean `gpt-5-mini`?");
}
