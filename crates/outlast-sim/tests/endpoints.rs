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
use serde_json::{Value, json};
use support::*;
use tower_service::Service;

async fn send(sim: &Provider, request: http::Request<Bytes>) -> (u16, Value) {
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
    let check = async |format: Format, list: &str, name: &str, unknown: u16| {
        let sim = sim(format, "models = [\"a\", \"b/c\"]");
        for id in ["a", "b/c"] {
            let (status, body) = send(&sim, get(&format!("{list}/{id}"))).await;
            let name = body.pointer(name).and_then(Value::as_str);
            assert_eq!((status, name), (200, Some(id)), "{format:?}");
        }
        assert_eq!(send(&sim, get(&format!("{list}/d"))).await.0, unknown);
    };
    check(Format::Chat, "/v1/models", "/id", 404).await;
    check(Format::Messages, "/v1/models", "/id", 404).await;
    check(Format::Gemini, "/v1beta/models", "/displayName", 404).await;
    let list = "/foundation-models";
    check(Format::Converse, list, "/modelDetails/modelId", 400).await;
}

#[tokio::test]
async fn tokens_are_counted_as_a_chat_reports_them() {
    let check = async |format: Format, path: &str, request: Value, name: &str| {
        let sim = Provider::new(format);
        let (status, body) = send(&sim, post(path, &request)).await;
        assert_eq!((status, &body[name]), (200, &json!(8)), "{body}");
    };
    let request = json!({ "model": "m", "messages": conversation() });
    let path = "/v1/messages/count_tokens";
    check(Format::Messages, path, request, "input_tokens").await;

    let request = json!({ "model": "m", "input": QUESTION });
    let path = "/v1/responses/input_tokens";
    check(Format::Responses, path, request, "input_tokens").await;

    let contents = json!({ "contents": [{ "role": "user", "parts": [{ "text": QUESTION }] }] });
    let path = "/v1beta/models/m:countTokens";
    check(Format::Gemini, path, contents.clone(), "totalTokens").await;
    let request = json!({ "generateContentRequest": contents });
    check(Format::Gemini, path, request, "totalTokens").await;

    let turns = json!([{ "role": "user", "content": [{ "text": QUESTION }] }]);
    let request = json!({ "input": { "converse": { "messages": turns } } });
    let path = "/model/m/count-tokens";
    check(Format::Converse, path, request, "inputTokens").await;
}

#[tokio::test]
async fn a_text_has_one_vector_in_either_encoding() {
    let sim = Provider::new(Format::Chat);
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
async fn a_text_has_the_same_vector_in_google_s_formats() {
    let sim = Provider::new(Format::Gemini);
    let content = |text: &str| json!({ "parts": [{ "text": text }] });
    let request = json!({ "content": content("a"), "outputDimensionality": 3 });
    let (status, one) = send(&sim, post("/v1beta/models/m:embedContent", &request)).await;
    assert_eq!(status, 200);
    let vector = &one["embedding"]["values"];
    assert_eq!(vector.as_array().unwrap().len(), 3);

    let other = json!({ "content": content("b"), "outputDimensionality": 3 });
    let batch = json!({ "requests": [other, request] });
    let path = "/v1beta/models/m:batchEmbedContents";
    let (_, many) = send(&sim, post(path, &batch)).await;
    assert_eq!(&many["embeddings"][1]["values"], vector);
    let none = json!({ "requests": [] });
    assert_eq!(send(&sim, post(path, &none)).await.0, 400);

    let path = "/v1/projects/p/locations/l/publishers/google/models/m:predict";
    let request = json!({
        "instances": [{ "content": "a" }],
        "parameters": { "outputDimensionality": 3 },
    });
    let (_, predicted) = send(&sim, post(path, &request)).await;
    let embeddings = &predicted["predictions"][0]["embeddings"];
    assert_eq!(&embeddings["values"], vector);
    assert_eq!(embeddings["statistics"]["token_count"], 1);
}

#[tokio::test]
async fn a_stream_of_gemini_s_is_an_array_unless_events_are_asked_for() {
    let request = json!({ "contents": [{ "role": "user", "parts": [{ "text": QUESTION }] }] });
    let post = || post("/v1beta/models/m:streamGenerateContent", &request);
    let sim = sim(Format::Gemini, "answer = { words = 3 }");
    let (status, body) = send(&sim, post()).await;
    let texts = body.as_array().unwrap().iter().filter_map(|chunk| {
        chunk
            .pointer("/candidates/0/content/parts/0/text")?
            .as_str()
    });
    let text: String = texts.collect();
    assert_eq!((status, text), (200, sim.reference_text(QUESTION)));
    assert!(sim.log()[0].stream);

    let failing = "[[rule]]\nerror = { after = 0, failure = \"overloaded\" }";
    let sim = self::sim(Format::Gemini, failing);
    let (status, body) = send(&sim, post()).await;
    assert_eq!((status, &body[0]["error"]["code"]), (200, &json!(503)));

    let broken = self::sim(Format::Gemini, "[[rule]]\nterminal = false");
    assert_eq!(send(&broken, post()).await, (200, Value::Null));
}

#[tokio::test]
async fn gemini_at_vertex_wants_a_token() {
    let sim = Provider::new(Format::Gemini).with_key("token");
    let request = json!({ "contents": [{ "role": "user", "parts": [{ "text": QUESTION }] }] });
    let path = "/v1/projects/p/locations/global/publishers/google/models/g:generateContent";
    let with = |name, value| with_header(post(path, &request), name, value);
    let (status, reply) = send(&sim, with("authorization", "Bearer token")).await;
    assert_eq!((status, reply["modelVersion"].as_str()), (200, Some("g")));
    assert_eq!(send(&sim, with("x-goog-api-key", "token")).await.0, 401);
}

#[tokio::test]
async fn azure_has_responses_in_either_form_of_its_addresses() {
    let sim = Provider::new(Format::Responses).with_key("right");
    let request = json!({ "model": "mine", "input": QUESTION });
    for (path, expect) in [
        ("/openai/v1/responses", 200),
        ("/openai/responses?api-version=2025-03-01-preview", 200),
        ("/openai/responses", 404),
    ] {
        let request = with_header(post(path, &request), "api-key", "right");
        assert_eq!(send(&sim, request).await.0, expect, "{path}");
    }
}

#[tokio::test]
async fn azure_is_asked_by_deployment_or_by_version() {
    let sim = sim(Format::Chat, "models = [\"mine\"]").with_key("right");
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
    let sim = Provider::new(Format::Messages).with_key("token");
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
