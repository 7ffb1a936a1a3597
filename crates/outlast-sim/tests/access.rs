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
use outlast_types::{ErrorKind, Mode};
use serde_json::Value;
use support::*;
use tower_service::Service;

async fn send(sim: &Provider, request: http::Request<Bytes>) -> (u16, Value) {
    let reply = sim.service().call(request).await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn with_key(format: Format, header: &'static str, value: &'static str) -> http::Request<Bytes> {
    let mut request = encode(format, &question(), Mode::Unary);
    request.headers_mut().insert(header, value.parse().unwrap());
    request
}

/// Returns the status of a call with a wrong key, as the vendors have it.
fn refused(format: Format) -> u16 {
    match format {
        Format::Gemini => 400,
        Format::Converse => 403,
        _ => 401,
    }
}

#[tokio::test(start_paused = true)]
async fn the_right_key_is_let_in_and_any_other_is_refused() {
    for format in FORMATS {
        let sim = Provider::new(format).with_key("right");
        let exchange = unary(&sim, &question()).await;
        assert_eq!(exchange.status(), refused(format));
        assert_eq!(exchange.kind(), ErrorKind::Unauthenticated);
        let bearer = |value| with_key(format, "authorization", value);
        assert_eq!(send(&sim, bearer("Bearer right")).await.0, 200);
        let wrong = send(&sim, bearer("Bearer wrong")).await.0;
        assert_eq!(wrong, refused(format));
        assert_eq!(send(&sim, bearer("right")).await.0, refused(format));
    }
}

#[tokio::test(start_paused = true)]
async fn each_vendor_finds_the_key_in_its_own_header_too() {
    let check = async |format: Format, header, right, wrong| {
        let sim = Provider::new(format).with_key("right");
        let with = |value| with_key(format, header, value);
        assert_eq!(send(&sim, with(right)).await.0, 200);
        assert_eq!(send(&sim, with(wrong)).await.0, refused(format));
    };
    check(Format::Messages, "x-api-key", "right", "wrong").await;
    check(Format::Gemini, "x-goog-api-key", "right", "wrong").await;
    check(
        Format::Converse,
        "authorization",
        "AWS4-HMAC-SHA256 Credential=right/20250101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=wrong/20250101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn gemini_finds_the_key_in_the_query_too() {
    let sim = Provider::new(Format::Gemini).with_key("right");
    let ask = |query: &str| {
        let mut request = encode(Format::Gemini, &question(), Mode::Unary);
        let uri = format!("{}{query}", request.uri());
        *request.uri_mut() = uri.parse().unwrap();
        request
    };
    assert_eq!(send(&sim, ask("?key=right")).await.0, 200);
    assert_eq!(send(&sim, ask("?key=wrong")).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn only_the_models_of_the_script_are_known() {
    for format in FORMATS {
        let sim = sim(format, "models = [\"sim-1\", \"sim-2\"]");
        assert_eq!(unary(&sim, &question()).await.status(), 200);
        let exchange = unary(&sim, &question().with_model("sim-3")).await;
        let expect = match format {
            Format::Converse => 400,
            _ => 404,
        };
        assert_eq!(exchange.status(), expect);
        assert_eq!(exchange.kind(), ErrorKind::ModelNotFound);
    }
}

/// Returns the addresses of the list of models, the name of the list and that of a model's name.
fn list(format: Format) -> (&'static [&'static str], &'static str, &'static str) {
    match format {
        Format::Gemini => (&["/v1beta/models", "/v1/models"], "models", "displayName"),
        Format::Converse => (&["/foundation-models"], "modelSummaries", "modelId"),
        _ => (&["/v1/models", "/models"], "data", "id"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_models_are_listed_as_the_api_lists_them() {
    for format in FORMATS {
        for (script, expect) in [
            ("models = [\"a\", \"b\"]", vec!["a", "b"]),
            ("", vec!["sim-1"]),
        ] {
            let (paths, name, id) = list(format);
            for path in paths {
                let request = http::Request::get(*path).body(Bytes::new()).unwrap();
                let (status, body) = send(&sim(format, script), request).await;
                let data = body[name].as_array().unwrap();
                let ids: Vec<_> = data
                    .iter()
                    .map(|model| model[id].as_str().unwrap())
                    .collect();
                assert_eq!((status, ids), (200, expect.clone()));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_path_or_method_that_is_not_served_gets_an_error_in_the_api_s_shape() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let post = |path: &str| http::Request::post(path).body(Bytes::new()).unwrap();
        let get = |path: &str| http::Request::get(path).body(Bytes::new()).unwrap();
        let words = match format {
            Format::Converse => "/message",
            _ => "/error/message",
        };
        let words = |body: &Value| body.pointer(words).unwrap().as_str().unwrap().to_owned();

        let (status, body) = send(&sim, post("/v1/nothing")).await;
        assert_eq!(status, 404);
        assert!(words(&body).contains("POST /"));
        let (paths, _, _) = list(format);
        assert_eq!(send(&sim, post(paths[0])).await.0, 405);
        let chat = encode(format, &question(), Mode::Unary);
        let chat = chat.uri().path();
        assert_eq!(send(&sim, get(chat)).await.0, 405);
        let (status, body) = send(&sim, post(chat)).await;
        assert_eq!(status, 400);
        assert!(!words(&body).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn every_reply_has_an_id_where_the_vendor_gives_one() {
    for format in FORMATS {
        let header = match format {
            Format::Chat | Format::Responses => "x-request-id",
            Format::Messages => "request-id",
            Format::Converse => "x-amzn-requestid",
            Format::Gemini => continue,
        };
        for script in ["", "[[rule]]\nstatus = 500"] {
            let exchange = unary(&sim(format, script), &question()).await;
            assert_eq!(exchange.header(header), Some("req_sim_0"));
        }
    }
}
