//! Azure OpenAI: addresses, keys, and signing in at Entra ID.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use outlast_providers::{Account, AzureOpenAi, EntraClient};
use outlast_types::{ChatRequest, Error, ErrorKind, Phase, Sent};
use tower::ServiceExt;
use url::form_urlencoded;

use self::support::{Answer, Scripted, WHOLE};

const SECRET: &str = "canary~Q8.secret/+&=";

const GRANT: &str = r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ0.canary.token"}"#;

fn entra() -> EntraClient {
    EntraClient::new("my-tenant", "my-client", format!("{SECRET}\n"))
}

/// Entra ID, which answers as told, and Azure OpenAI, which answers.
fn azure(entra: Answer) -> Scripted {
    Scripted::with(move |request| {
        let is_entra = request.uri().host() == Some("login.microsoftonline.com");
        Some(if is_entra {
            entra.clone()
        } else {
            Answer::json(200, WHOLE)
        })
    })
}

async fn ask(account: &Account) -> Result<(), Error> {
    let service = account.model("my-gpt").chat_service();
    service.oneshot(ChatRequest::user("Hi")).await.map(drop)
}

/// The address and the body of the request of one call.
async fn sent(account: Account) -> http::Request<Bytes> {
    let http = Scripted::new(Answer::json(200, WHOLE));
    let account = account.with_key("0123abcd").unwrap();
    ask(&account.with_http(http.http())).await.unwrap();
    let [request] = http.requests().try_into().unwrap();
    assert_eq!(request.headers()["api-key"], "0123abcd");
    assert!(request.headers()["api-key"].is_sensitive());
    assert!(!request.headers().contains_key(AUTHORIZATION));
    request
}

#[tokio::test]
async fn a_deployment_is_named_in_the_path_or_in_the_body() {
    let addresses = [
        AzureOpenAi::v1("contoso"),
        AzureOpenAi::v1("https://contoso.services.ai.azure.com"),
        AzureOpenAi::v1("contoso").map(|account| account.with_query("api-version", "preview")),
        AzureOpenAi::deployments("contoso", "2024-10-21"),
        AzureOpenAi::deployments(
            "https://contoso.cognitiveservices.azure.com/",
            "2025-04-01-preview",
        ),
    ];
    let mut seen = Vec::new();
    for account in addresses {
        let request = sent(account.unwrap()).await;
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        assert!(body.contains(r#""model":"my-gpt""#), "{body}");
        seen.push(request.uri().to_string());
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    https://contoso.openai.azure.com/openai/v1/chat/completions
    https://contoso.services.ai.azure.com/openai/v1/chat/completions
    https://contoso.openai.azure.com/openai/v1/chat/completions?api-version=preview
    https://contoso.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21
    https://contoso.cognitiveservices.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2025-04-01-preview
    ");
}

#[tokio::test]
async fn an_application_signs_in_with_its_secret_and_calls_with_the_token() {
    let http = azure(Answer::json(200, GRANT));
    let account = AzureOpenAi::v1("contoso").unwrap();
    let account = account.with_tokens(entra()).with_http(http.http());
    ask(&account).await.unwrap();
    ask(&account).await.unwrap();

    let [sign_in, call, again] = http.requests().try_into().unwrap();
    assert_eq!(sign_in.method(), http::Method::POST);
    assert_eq!(
        sign_in.uri(),
        "https://login.microsoftonline.com/my-tenant/oauth2/v2.0/token"
    );
    assert_eq!(
        sign_in.headers()[CONTENT_TYPE],
        "application/x-www-form-urlencoded"
    );
    let form: BTreeMap<_, _> = form_urlencoded::parse(sign_in.body())
        .into_owned()
        .collect();
    let field = |name: &str| form[name].as_str();
    assert_eq!(form.len(), 4);
    assert_eq!(field("grant_type"), "client_credentials");
    assert_eq!(field("client_id"), "my-client");
    assert_eq!(field("client_secret"), SECRET);
    assert_eq!(
        field("scope"),
        "https://cognitiveservices.azure.com/.default"
    );
    for request in [call, again] {
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer eyJ0.canary.token");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert!(!request.headers().contains_key("api-key"));
    }
}

#[tokio::test]
async fn authority_and_scope_can_be_those_of_another_cloud() {
    let http = Scripted::new(Answer::json(200, GRANT));
    let entra = entra()
        .with_authority("https://login.microsoftonline.us/")
        .unwrap()
        .with_scope("https://ai.azure.com/.default");
    let account = AzureOpenAi::v1("https://contoso.openai.azure.us").unwrap();
    ask(&account.with_tokens(entra).with_http(http.http()))
        .await
        .unwrap_err();
    let requests = http.requests();
    assert_eq!(
        requests[0].uri(),
        "https://login.microsoftonline.us/my-tenant/oauth2/v2.0/token"
    );
    let body = std::str::from_utf8(requests[0].body()).unwrap();
    assert!(body.contains("scope=https%3A%2F%2Fai.azure.com%2F.default"));
}

#[tokio::test]
async fn a_refusal_of_entra_is_read_into_facts_without_the_secret() {
    let words = format!(
        r#"{{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: {SECRET}.\r\nTrace ID: 1","error_codes":[7000215]}}"#
    );
    let check = async |answer: Answer, kind: ErrorKind, wait: Option<u64>| {
        let http = azure(answer);
        let account = AzureOpenAi::v1("contoso").unwrap();
        let account = account.with_tokens(entra()).with_http(http.http());
        let error = ask(&account).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
        assert_eq!(error.target().unwrap().to_string(), "azure-openai/my-gpt");
        assert_eq!(error.retry_after(), wait.map(Duration::from_secs));
        assert_eq!(http.requests().len(), 1, "nothing reached the model");
        let body = String::from_utf8_lossy(error.body()).into_owned();
        let shown = format!("{error} {error:?} {:?} {body} {account:?}", error.message());
        assert!(!shown.contains("canary"), "{shown}");
        error
    };
    let error = check(Answer::json(401, words), ErrorKind::Unauthenticated, None).await;
    assert_eq!(
        error.to_string(),
        "azure-openai/my-gpt: key not accepted (401, invalid_client): \
         Entra ID: AADSTS7000215: Invalid client secret provided: ***."
    );
    let no_tenant = r#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'my-tenant' not found."}"#;
    check(
        Answer::json(400, no_tenant),
        ErrorKind::Unauthenticated,
        None,
    )
    .await;
    let busy = Answer::json(429, "").header("retry-after", "7");
    check(busy, ErrorKind::RateLimited, Some(7)).await;
    check(Answer::new(503), ErrorKind::Overloaded, None).await;
    check(Answer::new(502), ErrorKind::Server, None).await;
    check(Answer::new(302), ErrorKind::Malformed, None).await;
    check(Answer::json(200, "<html>"), ErrorKind::Malformed, None).await;
    check(
        Answer::json(200, r#"{"expires_in":1}"#),
        ErrorKind::Malformed,
        None,
    )
    .await;
    let split = Answer::json(200, r#"{"access_token":"a\r\nb","expires_in":1}"#);
    check(split, ErrorKind::Malformed, None).await;
    check(
        Answer::new(200).step(support::Step::Fail),
        ErrorKind::StreamBroken,
        None,
    )
    .await;
}

#[tokio::test]
async fn a_life_that_is_a_text_or_missing_or_nonsense_is_understood() {
    for life in [
        r#","expires_in":"3599""#,
        "",
        r#","expires_in":null"#,
        r#","expires_in":{"a":1}"#,
    ] {
        let http = azure(Answer::json(
            200,
            format!(r#"{{"access_token":"t"{life}}}"#),
        ));
        let account = AzureOpenAi::v1("contoso").unwrap();
        let account = account.with_tokens(entra()).with_http(http.http());
        ask(&account).await.unwrap();
        ask(&account).await.unwrap();
        assert_eq!(http.requests().len(), 3, "one token, two calls: {life}");
    }
}
