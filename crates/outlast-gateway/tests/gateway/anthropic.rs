//! What an Anthropic client sees, without a socket.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Answer, FALLBACK, PRIMARY, Stage, get, post, with, with_keys};

const MESSAGES: &str = "/v1/messages";
const COUNT: &str = "/v1/messages/count_tokens";
const DOWN: &str = "[[rule]]\nstatus = 503";

fn question(stream: bool) -> Value {
    json!({
        "model": "default",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": "Hello?"}],
        "stream": stream,
    })
}

fn ask(stream: bool) -> Request<Full<Bytes>> {
    versioned(post(MESSAGES, &question(stream)))
}

fn versioned(request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    with(request, "anthropic-version", "2023-06-01")
}

/// Returns the error in an answer after checking that it has the protocol's form.
#[track_caller]
fn error(answer: &Answer) -> Value {
    let body = answer.json();
    assert_eq!(body["type"], "error", "{body}");
    assert!(answer.header("request-id").is_some());
    body["error"].clone()
}

fn streamed_text(answer: &Answer) -> String {
    let events = answer.chunks();
    let texts = events
        .iter()
        .filter_map(|event| event["delta"]["text"].as_str());
    texts.collect()
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_another_protocol_s_provider_is_a_message() {
    let stage = Stage::new();
    let answer = stage.handle(ask(false)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert_eq!(
        answer.header("request-id"),
        answer.header("x-outlast-request-id")
    );
    let message = answer.json();
    assert_eq!(message["type"], "message");
    assert_eq!(message["stop_reason"], "end_turn");
    assert_eq!(
        message["content"][0]["text"],
        stage.primary.reference_text("Hello?")
    );
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
        assert_eq!(events[0]["type"], "message_start");
        assert_eq!(events.last().unwrap()["type"], "message_stop");
        assert!(answer.text().starts_with("event: message_start\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_has_the_protocol_s_own_form_and_name() {
    let stage = Stage::with_config(with_keys());
    let check = |request, status, name: &'static str| {
        let answer = stage.handle(request);
        async move {
            let answer = answer.await;
            assert_eq!(answer.status(), status);
            assert_eq!(error(&answer)["type"], name);
        }
    };
    let known = |request| with(request, "x-api-key", "key-of-app");
    check(ask(false), StatusCode::UNAUTHORIZED, "authentication_error").await;
    let wrong = with(ask(false), "x-api-key", "key-of-nobody");
    check(wrong, StatusCode::UNAUTHORIZED, "authentication_error").await;
    let nonsense = known(post(MESSAGES, &json!({"model": "default"})));
    check(nonsense, StatusCode::BAD_REQUEST, "invalid_request_error").await;
    let mut body = question(false);
    body["model"] = "gpt-9".into();
    check(
        known(post(MESSAGES, &body)),
        StatusCode::NOT_FOUND,
        "not_found_error",
    )
    .await;
    let lost = versioned(get("/v1/v1/messages"));
    check(lost, StatusCode::NOT_FOUND, "not_found_error").await;
    let wrong_method = known(get(MESSAGES));
    check(
        wrong_method,
        StatusCode::METHOD_NOT_ALLOWED,
        "invalid_request_error",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_everywhere_is_overloaded() {
    let stage = Stage::new().primary_does(DOWN).fallback_does(DOWN);
    let answer = stage.handle(ask(false)).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(error(&answer)["type"], "overloaded_error");
}

#[tokio::test(start_paused = true)]
async fn a_key_comes_in_either_header() {
    let stage = Stage::with_config(with_keys());
    for (name, value) in [
        ("x-api-key", "key-of-app"),
        ("authorization", "Bearer key-of-app"),
    ] {
        let answer = stage.handle(with(ask(false), name, value)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_counted_by_the_first_target_that_can() {
    let stage = Stage::new();
    let mut body = question(false);
    body.as_object_mut().unwrap().remove("max_tokens");
    let answer = stage.handle(post(COUNT, &body)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-outlast-served-by"), Some(FALLBACK));
    assert!(answer.json()["input_tokens"].as_u64().unwrap() > 0);
    assert!(stage.primary.log().is_empty(), "it has no such question");
}

#[tokio::test(start_paused = true)]
async fn a_count_that_nobody_can_make_is_a_refusal_and_no_guess() {
    let stage = Stage::new();
    let mut body = question(false);
    body["model"] = PRIMARY.into();
    let answer = stage.handle(post(COUNT, &body)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(
        error(&answer)["message"]
            .as_str()
            .unwrap()
            .contains("counts no tokens")
    );
}

#[tokio::test(start_paused = true)]
async fn the_version_header_says_whose_form_the_models_have() {
    let stage = Stage::new();
    let list = stage.handle(versioned(get("/v1/models"))).await.json();
    assert_eq!(list["data"][0]["type"], "model");
    assert_eq!(list["first_id"], "default");
    let path = format!("/v1/models/{FALLBACK}");
    let model = stage.handle(versioned(get(&path))).await.json();
    assert_eq!(
        (&model["type"], &model["id"]),
        (&json!("model"), &json!(FALLBACK))
    );
    let unknown = stage.handle(versioned(get("/v1/models/gpt-9"))).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(error(&unknown)["type"], "not_found_error");
}
