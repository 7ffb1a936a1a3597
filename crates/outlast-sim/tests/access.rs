//! Keys, models and paths.

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
use outlast_types::{ErrorKind, Mode};
use serde_json::Value;
use support::*;
use tower_service::Service;

async fn send(sim: &Sim, request: http::Request<Bytes>) -> (u16, Value) {
    let reply = sim.service().call(request).await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn with_key(api: Api, header: &'static str, value: &'static str) -> http::Request<Bytes> {
    let mut request = encode(api, &question(), Mode::Unary);
    request.headers_mut().insert(header, value.parse().unwrap());
    request
}

#[tokio::test(start_paused = true)]
async fn the_right_key_is_let_in_and_any_other_gets_a_401() {
    for api in APIS {
        let sim = Sim::new(api).with_key("right");
        let exchange = unary(&sim, &question()).await;
        assert_eq!(exchange.status(), 401);
        assert_eq!(exchange.kind(), ErrorKind::Unauthenticated);
        let bearer = |value| with_key(api, "authorization", value);
        assert_eq!(send(&sim, bearer("Bearer right")).await.0, 200);
        assert_eq!(send(&sim, bearer("Bearer wrong")).await.0, 401);
        assert_eq!(send(&sim, bearer("right")).await.0, 401);
    }
    let sim = Sim::new(Api::Anthropic).with_key("right");
    let x_api_key = |value| with_key(Api::Anthropic, "x-api-key", value);
    assert_eq!(send(&sim, x_api_key("right")).await.0, 200);
    assert_eq!(send(&sim, x_api_key("wrong")).await.0, 401);
}

#[tokio::test(start_paused = true)]
async fn only_the_models_of_the_script_are_known() {
    for api in APIS {
        let sim = sim(api, "models = [\"sim-1\", \"sim-2\"]");
        assert_eq!(unary(&sim, &question()).await.status(), 200);
        let exchange = unary(&sim, &question().with_model("sim-3")).await;
        assert_eq!(exchange.status(), 404);
        assert_eq!(exchange.kind(), ErrorKind::ModelNotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn the_models_are_listed_as_the_api_lists_them() {
    for api in APIS {
        for (script, expect) in [
            ("models = [\"a\", \"b\"]", vec!["a", "b"]),
            ("", vec!["sim-1"]),
        ] {
            for path in ["/v1/models", "/models"] {
                let request = http::Request::get(path).body(Bytes::new()).unwrap();
                let (status, body) = send(&sim(api, script), request).await;
                let data = body["data"].as_array().unwrap();
                let ids: Vec<_> = data
                    .iter()
                    .map(|model| model["id"].as_str().unwrap())
                    .collect();
                assert_eq!((status, ids), (200, expect.clone()));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_path_or_method_that_is_not_served_gets_an_error_in_the_api_s_shape() {
    for api in APIS {
        let sim = Sim::new(api);
        let post = |path: &str| http::Request::post(path).body(Bytes::new()).unwrap();
        let get = |path: &str| http::Request::get(path).body(Bytes::new()).unwrap();
        let (status, body) = send(&sim, post("/v1/nothing")).await;
        assert_eq!(status, 404);
        assert!(
            body["error"]["message"]
                .as_str()
                .unwrap()
                .contains("POST /v1/")
        );
        assert_eq!(send(&sim, post("/v1/models")).await.0, 405);
        let chat = if api == Api::OpenAi {
            "/v1/chat/completions"
        } else {
            "/v1/messages"
        };
        assert_eq!(send(&sim, get(chat)).await.0, 405);
        let (status, body) = send(&sim, post(chat)).await;
        assert_eq!(status, 400);
        assert!(body["error"]["message"].is_string());
    }
}

#[tokio::test(start_paused = true)]
async fn every_reply_has_an_id() {
    let sim = Sim::new(Api::OpenAi);
    assert_eq!(
        unary(&sim, &question()).await.header("x-request-id"),
        Some("req_sim_0")
    );
    let sim = self::sim(Api::Anthropic, "[[rule]]\nstatus = 500");
    assert_eq!(
        unary(&sim, &question()).await.header("request-id"),
        Some("req_sim_0")
    );
}
