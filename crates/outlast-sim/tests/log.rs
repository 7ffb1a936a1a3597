//! What is noted of each call.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use outlast_sim::CallEnd;
use outlast_types::Mode;
use serde_json::Value;
use support::*;
use tower_service::Service;

async fn control(sim: &Provider, method: &str, path: &str, body: &str) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap();
    let reply = sim.service().call(request).await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[tokio::test(start_paused = true)]
async fn a_call_is_noted_with_what_it_asked_and_what_became_of_it() {
    let script = "[[rule]]\nname = \"slow\"\nonly = \"stream\"\nfirst_token = \"2s\"";
    let sim = sim(Format::Messages, script);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stream(&sim, &question()).await;
    unary(&sim, &question().with_model("other")).await;

    let calls = sim.log();
    let (first, second) = (&calls[0], &calls[1]);
    assert_eq!((first.number, first.at_ms, first.took_ms), (0, 1500, 2000));
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/v1/messages")
    );
    assert_eq!(
        (first.model.as_deref(), first.stream),
        (Some("sim-1"), true)
    );
    assert_eq!(first.rule.as_deref(), Some("slow"));
    assert_eq!(first.fault.as_deref(), Some("first token after 2s"));
    assert_eq!(
        (first.status, first.end, first.tokens),
        (Some(200), CallEnd::Complete, 60)
    );
    assert_eq!((second.number, second.at_ms), (1, 3500));
    assert_eq!(
        (second.model.as_deref(), second.stream),
        (Some("other"), false)
    );
    assert_eq!(
        (second.rule.as_deref(), second.fault.as_deref()),
        (None, None)
    );
    assert_ne!(first.body_sha256, second.body_sha256);
    assert_eq!(first.question_sha256, second.question_sha256);
}

#[tokio::test(start_paused = true)]
async fn the_hash_is_that_of_the_body() {
    let sim = Provider::new(Format::Chat);
    let request = http::Request::post("/v1/chat/completions").body(Bytes::from_static(b"abc"));
    let reply = sim.service().call(request.unwrap()).await.unwrap();
    assert_eq!(reply.status(), 400);
    // The example of FIPS 180-2.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sim.log()[0].body_sha256, abc);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_is_noted_at_once() {
    for format in FORMATS {
        let sim = sim(format, "[answer]\ngap = \"1s\"");
        let call = sim
            .service()
            .call(encode(format, &question(), Mode::Stream));
        let body = call.await.unwrap().into_body();
        assert_eq!(sim.log()[0].end, CallEnd::UnderWay);
        // Tokens come at 0, 1, 2 and 3 seconds.
        let wait = Duration::from_millis(3500);
        assert!(tokio::time::timeout(wait, body.collect()).await.is_err());
        let call = &sim.log()[0];
        assert_eq!(
            (call.end, call.tokens, call.took_ms),
            (CallEnd::ClientGone, 4, 3500)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_can_be_read_and_cleared_through_the_control_endpoint() {
    let sim = sim(
        Format::Chat,
        "[[rule]]\ncut = { after = 2, by = \"reset\" }",
    );
    stream(&sim, &prefilled("Well:")).await;
    let (status, page) = control(&sim, "GET", "/__sim/log", "").await;
    assert_eq!((status, &page["api"]), (200, &Value::from("openai")));
    let call = &page["calls"][0];
    assert_eq!(call["end"], "cut");
    assert_eq!(call["continued"], "prefill");
    assert_eq!(call["fault"], "reset after 2 tokens");
    assert_eq!(
        page["calls"].as_array().unwrap().len(),
        1,
        "no control request is logged"
    );

    assert_eq!(control(&sim, "DELETE", "/__sim/log", "").await.0, 204);
    assert!(sim.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_script_can_be_set_through_the_control_endpoint_whatever_the_old_one_does() {
    let sim = sim(Format::Chat, "[[rule]]\nconnection = \"refuse\"").with_key("secret");
    let (status, _) = control(&sim, "PUT", "/__sim/script", "[[rule]]\nhtml = true").await;
    assert_eq!(status, 204);
    assert_eq!(
        unary(&sim, &question()).await.header("content-type"),
        Some("text/html")
    );
}

#[tokio::test(start_paused = true)]
async fn a_mistake_in_a_script_is_answered_and_the_old_script_stays() {
    let sim = sim(Format::Chat, "[[rule]]\nstatus = 503");
    let (status, body) = control(&sim, "PUT", "/__sim/script", "[[rule]]\nstatus = 5").await;
    assert_eq!(status, 400);
    assert_eq!(
        body["error"],
        "script, line 2: 5 is no status of a reply: use 200 to 599, such as 503"
    );
    assert_eq!(unary(&sim, &question()).await.status(), 503);
}

#[tokio::test(start_paused = true)]
async fn the_control_endpoint_says_what_it_has() {
    let sim = Provider::new(Format::Chat);
    assert_eq!(control(&sim, "GET", "/__sim/script", "").await.0, 405);
    let (status, body) = control(&sim, "GET", "/__sim/other", "").await;
    assert_eq!(status, 404);
    assert!(body["error"].as_str().unwrap().contains("/__sim/log"));
}

#[tokio::test(start_paused = true)]
async fn a_status_is_noted_once_it_was_sent() {
    let sim = sim(Format::Chat, "[[rule]]\nstatus = 503\ndelay = \"5s\"");
    let request = question();
    let call = unary(&sim, &request);
    let soon = Duration::from_secs(1);
    assert!(tokio::time::timeout(soon, call).await.is_err());
    assert_eq!(sim.log()[0].status, None);
    assert_eq!(unary(&sim, &request).await.status(), 503);
    assert_eq!(sim.log()[1].status, Some(503));
}
