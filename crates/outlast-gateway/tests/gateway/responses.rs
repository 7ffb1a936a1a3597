//! What a client of OpenAI's Responses sees, without a socket.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Answer, FALLBACK, PRIMARY, Stage, get, post, with, with_keys};

const RESPONSES: &str = "/v1/responses";
const DOWN: &str = "[[rule]]\nstatus = 503";

fn ask(stream: bool) -> Request<Full<Bytes>> {
    ask_with(&[("stream", json!(stream))])
}

fn ask_with(fields: &[(&str, Value)]) -> Request<Full<Bytes>> {
    let mut body = json!({"model": "default", "input": "Hello?"});
    for (name, value) in fields {
        body[name] = value.clone();
    }
    post(RESPONSES, &body)
}

fn text(response: &Value) -> &str {
    response["output"][0]["content"][0]["text"]
        .as_str()
        .unwrap()
}

fn streamed_text(answer: &Answer) -> String {
    let events = answer.chunks();
    let deltas = events
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta");
    deltas.filter_map(|event| event["delta"].as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_another_protocol_s_provider_is_a_response() {
    let stage = Stage::new();
    let answer = stage.handle(ask(false)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert_eq!(
        answer.header("x-request-id"),
        answer.header("x-outlast-request-id")
    );
    let response = answer.json();
    assert_eq!(response["object"], "response");
    assert_eq!(response["status"], "completed");
    assert_eq!(text(&response), stage.primary.reference_text("Hello?"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_an_outage_before_it_and_within_it() {
    for script in [DOWN, "[[rule]]\ncut = { after = 20, by = \"reset\" }"] {
        let stage = Stage::new().primary_does(script);
        let answer = stage.handle(ask(true)).await;
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        assert_eq!(
            streamed_text(&answer),
            stage.primary.reference_text("Hello?")
        );
        let events = answer.chunks();
        assert_eq!(events[0]["type"], "response.created");
        let last = events.last().unwrap();
        assert_eq!(last["type"], "response.completed");
        assert_eq!(
            text(&last["response"]),
            stage.primary.reference_text("Hello?")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_where_nobody_can_go_on_ends_in_an_error() {
    let cut = "[[rule]]\ncut = { after = 20, by = \"reset\" }";
    let stage = Stage::new().primary_does(cut).fallback_does(DOWN);
    let answer = stage.handle(ask(true)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let last = answer.chunks().pop().unwrap();
    let kind = last["type"].as_str().unwrap();
    assert!(["error", "response.failed"].contains(&kind), "{last}");
}

#[tokio::test(start_paused = true)]
async fn errors_are_openai_s() {
    let stage = Stage::with_config(with_keys());
    let answer = stage.handle(ask(false)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.openai_error()["code"], "invalid_api_key");
    let known = |request| with(request, "authorization", "Bearer key-of-app");
    let answer = stage
        .handle(known(ask_with(&[("model", json!("gpt-9"))])))
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.openai_error()["code"], "model_not_found");
    let answer = stage.handle(known(ask_with(&[("input", json!(5))]))).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(answer.openai_error()["param"], "input");
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_keeps_is_never_answered_by_one_that_cannot_know_it() {
    let stage = Stage::new();
    for field in ["previous_response_id", "conversation"] {
        let request = ask_with(&[(field, json!("kept_1"))]);
        // Whatever the caller says of other losses.
        let answer = stage
            .handle(with(request, "x-outlast-on-unsupported", "ignore"))
            .await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{field}");
        let message = answer.openai_error()["message"].to_string();
        assert!(message.contains(field), "{message}");
    }
    assert!(stage.primary.log().is_empty() && stage.fallback.log().is_empty());
    let answer = stage
        .handle(ask_with(&[("previous_response_id", Value::Null)]))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_made_in_the_background() {
    let stage = Stage::new();
    let answer = stage.handle(ask_with(&[("background", json!(true))])).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(answer.openai_error()["param"], "background");
    let answer = stage
        .handle(ask_with(&[("background", json!(false))]))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn no_response_is_kept_to_be_fetched_cancelled_or_deleted() {
    let stage = Stage::new();
    let mut delete = get("/v1/responses/resp_1");
    *delete.method_mut() = http::Method::DELETE;
    let requests = [
        get("/v1/responses/resp_1"),
        delete,
        get("/v1/responses/resp_1/input_items"),
        post("/v1/responses/resp_1/cancel", &json!({})),
    ];
    for request in requests {
        let answer = stage.handle(request).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let message = answer.openai_error()["message"].to_string();
        assert!(message.contains("keeps no responses"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn input_tokens_are_counted() {
    let stage = Stage::new();
    let body = json!({"model": "default", "input": "Hello?"});
    let answer = stage
        .handle(post("/v1/responses/input_tokens", &body))
        .await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-outlast-served-by"), Some(FALLBACK));
    assert_eq!(answer.json()["object"], "response.input_tokens");
    assert!(answer.json()["input_tokens"].as_u64().unwrap() > 0);
}
