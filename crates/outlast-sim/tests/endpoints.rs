//! What is served beside a chat, and the addresses of resellers.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use bytes::Bytes;
use http_body_util::BodyExt;
use outlast_sim::{Api, Sim};
use serde_json::{Value, json};
use support::*;
use tower_service::Service;

async fn send(sim: &Sim, request: http::Request<Bytes>) -> (u16, Value) {
    let reply = sim.service().call(request).await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn post(path: &str, body: &Value) -> http::Request<Bytes> {
    http::Request::post(path)
        .body(body.to_string().into())
        .unwrap()
}

fn get(path: &str) -> http::Request<Bytes> {
    http::Request::get(path).body(Bytes::new()).unwrap()
}

fn with_header(
    mut request: http::Request<Bytes>,
    name: &'static str,
    value: &'static str,
) -> http::Request<Bytes> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

fn conversation() -> Value {
    json!([{ "role": "user", "content": QUESTION }])
}

#[tokio::test]
async fn one_model_of_the_list_can_be_asked_for() {
    for api in APIS {
        let sim = sim(api, "models = [\"a\", \"b/c\"]");
        for id in ["a", "b/c"] {
            let (status, body) = send(&sim, get(&format!("/v1/models/{id}"))).await;
            assert_eq!((status, body["id"].as_str()), (200, Some(id)), "{api}");
        }
        assert_eq!(send(&sim, get("/v1/models/d")).await.0, 404);
    }
}

#[tokio::test]
async fn tokens_are_counted_as_a_chat_reports_them() {
    let sim = Sim::new(Api::Anthropic);
    let request = json!({ "model": "m", "messages": conversation() });
    let (status, body) = send(&sim, post("/v1/messages/count_tokens", &request)).await;
    assert_eq!((status, body), (200, json!({ "input_tokens": 8 })));
}

#[tokio::test]
async fn a_text_has_one_vector_in_either_encoding() {
    let sim = Sim::new(Api::OpenAi);
    let ask = |input: Value| json!({ "model": "m", "input": input, "dimensions": 3 });
    let (status, body) = send(&sim, post("/v1/embeddings", &ask(json!(["a", "b"])))).await;
    assert_eq!(status, 200);
    assert_eq!(body["data"][1]["embedding"].as_array().unwrap().len(), 3);
    assert_ne!(body["data"][0]["embedding"], body["data"][1]["embedding"]);
    let (_, one) = send(&sim, post("/v1/embeddings", &ask(json!("b")))).await;
    assert_eq!(one["data"][0]["embedding"], body["data"][1]["embedding"]);

    let mut request = ask(json!("b"));
    request["encoding_format"] = json!("base64");
    let (_, body) = send(&sim, post("/v1/embeddings", &request)).await;
    assert_eq!(body["data"][0]["embedding"].as_str().unwrap().len(), 16);
    let none = ask(json!([]));
    assert_eq!(send(&sim, post("/v1/embeddings", &none)).await.0, 400);
}

#[tokio::test]
async fn azure_is_asked_by_deployment_or_by_version() {
    let sim = sim(Api::OpenAi, "models = [\"mine\"]").with_key("right");
    let body = json!({ "messages": conversation() });
    let deployment = "/openai/deployments/mine/chat/completions?api-version=2024-10-21";
    let request = || with_header(post(deployment, &body), "api-key", "right");
    let (status, reply) = send(&sim, request()).await;
    assert_eq!((status, reply["model"].as_str()), (200, Some("mine")));
    assert_eq!(sim.log()[0].model.as_deref(), Some("mine"));

    let wrong = with_header(post(deployment, &body), "api-key", "wrong");
    assert_eq!(send(&sim, wrong).await.0, 401);
    let entra = with_header(post(deployment, &body), "authorization", "Bearer right");
    assert_eq!(send(&sim, entra).await.0, 200);
    let unversioned = deployment.split_once('?').unwrap().0;
    let request = with_header(post(unversioned, &body), "api-key", "right");
    assert_eq!(send(&sim, request).await.0, 404);

    let body = json!({ "model": "mine", "messages": conversation() });
    let v1 = post("/openai/v1/chat/completions", &body);
    assert_eq!(send(&sim, with_header(v1, "api-key", "right")).await.0, 200);
    let plain = post("/v1/chat/completions", &body);
    assert_eq!(
        send(&sim, with_header(plain, "api-key", "right")).await.0,
        401
    );
}

#[tokio::test]
async fn claude_at_vertex_is_asked_by_its_path() {
    let sim = Sim::new(Api::Anthropic).with_key("token");
    let body = json!({
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 1000,
        "messages": conversation(),
    });
    let path = "/v1/projects/p/locations/global/publishers/anthropic/models/claude-x";
    let unary = post(&format!("{path}:rawPredict"), &body);
    let (status, reply) = send(&sim, with_header(unary, "authorization", "Bearer token")).await;
    assert_eq!((status, reply["model"].as_str()), (200, Some("claude-x")));

    let stream = post(&format!("{path}:streamRawPredict"), &body);
    let stream = with_header(stream, "authorization", "Bearer token");
    assert_eq!(send(&sim, stream).await.0, 200);
    assert!(sim.log()[1].stream);

    let key = post(&format!("{path}:rawPredict"), &body);
    assert_eq!(
        send(&sim, with_header(key, "x-api-key", "token")).await.0,
        401
    );
    let other = post(&format!("{path}:predict"), &body);
    assert_eq!(send(&sim, other).await.0, 404);
}
