//! Where the models of each publisher are asked, and in which format.

use outlast_providers::{Account, Vertex};
use outlast_types::{ChatRequest, EmbeddingRequest, ErrorKind, StreamRequest};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{Answer, Scripted, WHOLE};
use crate::{CLAUDE, CLAUDE_REPLY, GEMINI, GEMINI_REPLY, ask};

const BASE: &str =
    "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4";

/// Vertex AI, which answers in the format of the path.
fn provider() -> Scripted {
    Scripted::with(|request| {
        let path = request.uri().path();
        let body = match path {
            _ if path.ends_with("count-tokens:rawPredict") => r#"{"input_tokens":9}"#,
            _ if path.ends_with(":countTokens") => r#"{"totalTokens":8}"#,
            _ if path.ends_with(":rawPredict") => CLAUDE_REPLY,
            _ if path.ends_with(":generateContent") => GEMINI_REPLY,
            _ if path.ends_with("/endpoints/openapi/chat/completions") => WHOLE,
            _ if path.ends_with(":predict") => {
                r#"{"predictions":[{"embeddings":{"values":[1.0],"statistics":{"token_count":2}}}]}"#
            }
            "/v1beta1/publishers/google/models" => {
                r#"{"publisherModels":[{"name":"publishers/google/models/gemini-2.5-flash"}]}"#
            }
            "/v1beta1/publishers/anthropic/models" => {
                r#"{"publisherModels":[{"name":"publishers/anthropic/models/claude-sonnet-4-5"}]}"#
            }
            _ => {
                return Some(Answer::json(
                    404,
                    r#"{"error":{"code":404,"status":"NOT_FOUND"}}"#,
                ));
            }
        };
        Some(Answer::json(200, body))
    })
}

fn account(http: &Scripted) -> Account {
    let account = Vertex::in_location("p-1", "europe-west4").unwrap();
    account
        .with_key("ya29.token")
        .unwrap()
        .with_http(http.http())
}

/// The addresses that were asked.
fn asked(http: &Scripted) -> Vec<String> {
    let requests = http.requests().into_iter();
    requests.map(|request| request.uri().to_string()).collect()
}

#[tokio::test]
async fn the_name_of_a_model_tells_its_publisher_and_its_format() {
    let check = async |model: &str, path: &str| {
        let http = provider();
        assert_eq!(
            ask(&account(&http), model).await.unwrap(),
            "Hello",
            "{model}"
        );
        assert_eq!(asked(&http), [format!("{BASE}{path}")]);
        let headers = http.requests()[0].headers().clone();
        assert_eq!(headers["authorization"], "Bearer ya29.token");
    };
    let gemini = "/publishers/google/models/gemini-2.5-flash:generateContent";
    check(GEMINI, gemini).await;
    check("google/gemini-2.5-flash", gemini).await;
    check("endpoints/123", "/endpoints/123:generateContent").await;
    let claude = "/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict";
    check(CLAUDE, claude).await;
    check("anthropic/claude-sonnet-4-5@20250929", claude).await;
    let llama = "meta/llama-4-scout-17b-16e-instruct-maas";
    check(llama, "/endpoints/openapi/chat/completions").await;
}

#[tokio::test]
async fn a_stream_has_an_address_of_its_own() {
    let http = Scripted::new(Answer::sse());
    let account = account(&http);
    for model in [GEMINI, CLAUDE] {
        let request = StreamRequest(ChatRequest::user("Hi"));
        let stream = account.model(model).stream_service().oneshot(request).await;
        assert!(stream.is_ok());
    }
    let expect = [
        format!("{BASE}/publishers/google/models/{GEMINI}:streamGenerateContent?alt=sse"),
        format!("{BASE}/publishers/anthropic/models/{CLAUDE}:streamRawPredict"),
    ];
    assert_eq!(asked(&http), expect);
}

#[tokio::test]
async fn tokens_are_counted_in_the_format_of_the_model() {
    let http = provider();
    let account = account(&http);
    let count = async |model| account.count_tokens(model, ChatRequest::user("Hi")).await;
    assert_eq!(count(GEMINI).await.unwrap().reply.input, 8);
    assert_eq!(count(CLAUDE).await.unwrap().reply.input, 9);
    let requests = http.requests();
    let path = format!("{BASE}/publishers/google/models/{GEMINI}:countTokens");
    assert_eq!(requests[0].uri(), path.as_str());
    let path = format!("{BASE}/publishers/anthropic/models/count-tokens:rawPredict");
    assert_eq!(requests[1].uri(), path.as_str());
    let body: Value = serde_json::from_slice(requests[1].body()).unwrap();
    assert_eq!(body["model"], CLAUDE);
    let error = count("meta/llama-4").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn texts_are_embedded_by_google_s_models_alone() {
    let http = provider();
    let account = account(&http);
    let embed = async |model: &str| {
        account
            .embedder(model)
            .oneshot(EmbeddingRequest::of(["x"]))
            .await
    };
    let reply = embed("text-embedding-005").await.unwrap();
    assert_eq!(reply.vectors(), [[1.0]]);
    assert_eq!(
        asked(&http),
        [format!(
            "{BASE}/publishers/google/models/text-embedding-005:predict"
        )]
    );
    assert_eq!(
        embed(CLAUDE).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[tokio::test]
async fn the_lists_of_both_publishers_are_one() {
    let http = provider();
    let account = account(&http);
    let models = account.models().await.unwrap();
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["gemini-2.5-flash", "claude-sonnet-4-5"]);
    let service = "https://europe-west4-aiplatform.googleapis.com/v1beta1/publishers";
    let list = |publisher| format!("{service}/{publisher}/models?pageSize=1000");
    assert_eq!(asked(&http), [list("google"), list("anthropic")]);

    // A wrong name is told the nearest one of either.
    let error = ask(&account, "endpoints/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    account.find_model("claude-opus-9").await.unwrap_err();
    assert_eq!(
        asked(&http).last().unwrap(),
        &format!("{service}/anthropic/models/claude-opus-9")
    );
}
