//! Embeddings and single models, as an OpenAI client asks for them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{FALLBACK, PRIMARY, Stage, get, post, with_keys};

const EMBEDDINGS: &str = "/v1/embeddings";

fn ask(input: &Value) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    post(EMBEDDINGS, &json!({"model": "default", "input": input}))
}

#[tokio::test(start_paused = true)]
async fn texts_become_vectors_in_their_order() {
    let stage = Stage::new();
    let answer = stage.handle(ask(&json!(["a", "b"]))).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert!(answer.header("x-request-id").is_some());
    let list = answer.json();
    assert_eq!(list["object"], "list");
    assert_eq!(list["data"][1]["index"], 1);
    let alone = stage.handle(ask(&json!("b"))).await.json();
    assert_eq!(list["data"][1]["embedding"], alone["data"][0]["embedding"]);
}

#[tokio::test(start_paused = true)]
async fn vectors_come_in_the_form_that_was_asked_for() {
    let stage = Stage::new();
    let body =
        json!({"model": "default", "input": "a", "dimensions": 3, "encoding_format": "base64"});
    let answer = stage.handle(post(EMBEDDINGS, &body)).await;
    let vector = &answer.json()["data"][0]["embedding"];
    // Three floats of four bytes each.
    assert_eq!(vector.as_str().map(str::len), Some(16), "{vector}");
}

#[tokio::test(start_paused = true)]
async fn embeddings_that_nobody_makes_are_an_error() {
    let stage = Stage::new().primary_does("[[rule]]\nstatus = 503");
    let answer = stage.handle(ask(&json!("a"))).await;
    assert!(!answer.status().is_success());
    answer.openai_error();
    let body = json!({"model": FALLBACK, "input": "a"});
    let answer = stage.handle(post(EMBEDDINGS, &body)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let message = answer.openai_error()["message"].to_string();
    assert!(message.contains("no embeddings"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn embeddings_have_the_same_door_as_chats() {
    let stage = Stage::with_config(with_keys());
    let answer = stage.handle(ask(&json!("a"))).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let stage = Stage::new();
    let answer = stage.handle(ask(&json!(5))).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(answer.openai_error()["param"], "input");
    let answer = stage.handle(get(EMBEDDINGS)).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(start_paused = true)]
async fn one_model_can_be_asked_for_by_every_name_it_has() {
    let stage = Stage::new();
    let escaped = PRIMARY.replace('/', "%2F");
    for (path, id) in [
        ("default", "default"),
        (PRIMARY, PRIMARY),
        (escaped.as_str(), PRIMARY),
        ("sim-gpt", "sim-gpt"),
    ] {
        let answer = stage.handle(get(&format!("/v1/models/{path}"))).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.json()["object"], "model");
        assert_eq!(answer.json()["id"], id);
    }
    let answer = stage.handle(get("/v1/models/gpt-9")).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.openai_error()["code"], "model_not_found");
}
