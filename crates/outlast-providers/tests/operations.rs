//! What an account offers beside chat, and what its errors advise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast_providers::{Account, Anthropic, OpenAi};
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
