//! What an OpenAI client sees, without a socket.

use http::StatusCode;
use outlast_gateway::GatewayConfig;
use outlast_sim::CallEnd;
use serde_json::json;

use crate::support::{Answer, CHAT, FALLBACK, PRIMARY, Stage, ask, get, post, with_keys};

const DOWN: &str = "[[rule]]\nstatus = 503";

#[tokio::test(start_paused = true)]
async fn a_unary_call_is_answered_with_who_served_it() {
    let stage = Stage::new();
    let answer = stage.handle(ask("Hello?", false)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.json()["choices"][0]["message"]["content"].clone();
    assert_eq!(text, stage.primary.reference_text("Hello?"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert_eq!(answer.header("x-outlast-attempts"), Some("1"));
    assert!(
        answer
            .header("x-outlast-request-id")
            .is_some_and(|id| id.starts_with("req_"))
    );
}

#[tokio::test(start_paused = true)]
async fn two_calls_have_two_ids() {
    let stage = Stage::new();
    let (one, two) = (
        stage.handle(get("/healthz")).await,
        stage.handle(get("/healthz")).await,
    );
    assert_ne!(
        one.header("x-outlast-request-id"),
        two.header("x-outlast-request-id")
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_says_to_everybody_on_the_way_that_it_is_one() {
    let stage = Stage::new();
    let answer = stage.handle(ask("Hello?", true)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert_eq!(
        answer.streamed_text(),
        stage.primary.reference_text("Hello?")
    );
    assert!(answer.is_done());
}

#[tokio::test(start_paused = true)]
async fn when_the_primary_is_down_the_fallback_answers_in_the_caller_s_protocol() {
    let stage = Stage::new().primary_does(DOWN);
    for stream in [false, true] {
        let answer = stage.handle(ask("Hello?", stream)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.header("x-outlast-served-by"), Some(FALLBACK));
        let text = if stream {
            answer.streamed_text()
        } else {
            answer.json()["choices"][0]["message"]["content"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(text, stage.fallback.reference_text("Hello?"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cut_goes_on_and_nobody_notices() {
    let stage = Stage::new().primary_does("[[rule]]\ncut = { after = 20, by = \"reset\" }");
    let answer = stage.handle(ask("Hello?", true)).await;
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert_eq!(
        answer.streamed_text(),
        stage.primary.reference_text("Hello?")
    );
    assert!(answer.is_done());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_everywhere_has_its_error_and_its_attempts() {
    let stage = Stage::new().primary_does(DOWN).fallback_does(DOWN);
    for stream in [false, true] {
        let answer = stage.handle(ask("Hello?", stream)).await;
        assert!(answer.status().is_server_error(), "{answer:?}");
        answer.openai_error();
        let attempts: usize = answer
            .header("x-outlast-attempts")
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=4).contains(&attempts), "{attempts}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_where_nobody_can_go_on_ends_in_an_error() {
    let cut = "[[rule]]\ncut = { after = 20, by = \"reset\" }";
    let stage = Stage::new().primary_does(cut).fallback_does(DOWN);
    let answer = stage.handle(ask("Hello?", true)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let last = answer.chunks().pop().unwrap();
    assert!(last["error"]["message"].is_string(), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_the_provider_refuses_is_refused_with_the_provider_s_words() {
    let refusal = "[[rule]]\nstatus = 400\nmessage = \"top_q is no parameter\"";
    let stage = Stage::new().primary_does(refusal);
    let answer = stage.handle(ask("Hello?", false)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(answer.openai_error()["message"], "top_q is no parameter");
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert!(
        stage.fallback.log().is_empty(),
        "a wrong request is wrong everywhere"
    );
}

#[tokio::test(start_paused = true)]
async fn the_models_are_the_routes_and_the_targets() {
    let stage = Stage::new();
    let answer = stage.handle(get("/v1/models")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let list = answer.json();
    assert_eq!(list["object"], "list");
    let ids: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].clone())
        .collect();
    assert_eq!(ids, ["default", PRIMARY, FALLBACK]);
    let target = post(
        CHAT,
        &json!({"model": FALLBACK, "messages": [{"role": "user", "content": "Hi"}]}),
    );
    assert_eq!(
        stage.handle(target).await.header("x-outlast-served-by"),
        Some(FALLBACK)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_model_is_not_found_and_nobody_is_asked() {
    let stage = Stage::new();
    let request = post(
        CHAT,
        &json!({"model": "gpt-9", "messages": [{"role": "user", "content": "Hi"}]}),
    );
    let answer = stage.handle(request).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let error = answer.openai_error();
    assert_eq!(error["code"], "model_not_found");
    assert!(
        error["message"].as_str().unwrap().contains("gpt-9"),
        "{error}"
    );
    assert!(stage.primary.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_path_and_a_wrong_method_are_named() {
    let stage = Stage::new();
    let answer = stage.handle(get("/v1/chat/completion")).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let message = answer.openai_error()["message"].to_string();
    assert!(message.contains("/v1/chat/completions"), "{message}");

    let answer = stage.handle(get(CHAT)).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("POST"));
    answer.openai_error();

    let answer = stage.handle(post("/v1/models", &json!({}))).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    answer.openai_error();
}

#[tokio::test(start_paused = true)]
async fn bodies_that_are_no_request_are_refused() {
    let stage = Stage::new();
    let deep = "[".repeat(100_000);
    let bodies = [
        "",
        "{",
        "no json",
        "null",
        "[]",
        "{}",
        r#"{"model":"default"}"#,
        r#"{"model":"default","messages":"Hi"}"#,
        r#"{"model":"default","messages":[{"role":"user"}],"stream":"yes"}"#,
        r#"{"model":7,"messages":[]}"#,
        "\u{0}\u{1}",
        deep.as_str(),
    ];
    for body in bodies {
        let request = http::Request::post(CHAT)
            .body(body.to_owned().into())
            .unwrap();
        let answer = stage.handle(request).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{:.60}", body);
        assert_eq!(answer.openai_error()["type"], "invalid_request_error");
    }
    assert!(stage.primary.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_body_beyond_the_limit_is_too_large() {
    let mut config = GatewayConfig::default();
    config.body_limit = 100;
    let stage = Stage::with_config(config);
    let answer = stage.handle(ask(&"long ".repeat(100), false)).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let message = answer.openai_error()["message"].to_string();
    assert!(message.contains("100 bytes"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn only_who_has_a_key_may_call() {
    let stage = Stage::with_config(with_keys());
    let call = |authorization: Option<&str>| {
        let mut request = ask("Hello?", false);
        if let Some(value) = authorization {
            request
                .headers_mut()
                .insert("authorization", value.parse().unwrap());
        }
        stage.handle(request)
    };
    for right in [
        "Bearer key-of-app",
        "Bearer key-of-batch",
        "bearer  key-of-app ",
    ] {
        assert_eq!(call(Some(right)).await.status(), StatusCode::OK, "{right}");
    }
    let calls = stage.primary.log().len();
    let uniform = call(None).await;
    for wrong in [
        "Bearer",
        "Bearer ",
        "Bearer key-of-ap",
        "Bearer key-of-appx",
        "Basic key-of-app",
        "key-of-app",
        "",
    ] {
        let answer = call(Some(wrong)).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(answer.body, uniform.body, "all refusals are the same");
    }
    assert_eq!(uniform.openai_error()["code"], "invalid_api_key");
    assert_eq!(stage.primary.log().len(), calls);
}

#[tokio::test(start_paused = true)]
async fn the_models_need_a_key_and_the_health_does_not() {
    let stage = Stage::with_config(with_keys());
    assert_eq!(
        stage.handle(get("/v1/models")).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(stage.handle(get("/healthz")).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_caller_s_own_time_limit_ends_the_call() {
    let hang = "[[rule]]\nhang = true";
    let stage = Stage::new().primary_does(hang).fallback_does(hang);
    let mut request = ask("Hello?", false);
    request
        .headers_mut()
        .insert("x-outlast-timeout-ms", "1500".parse().unwrap());
    let began = tokio::time::Instant::now();
    let answer = stage.handle(request).await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(began.elapsed().as_millis(), 1500);
    answer.openai_error();
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_before_the_answer_takes_the_upstream_call_along() {
    let stage = Stage::new().primary_does("[[rule]]\nhang = true");
    for stream in [false, true] {
        stage.primary.clear_log();
        let call = stage.gateway.handle(ask("Hello?", stream));
        tokio::select! {
            biased;
            response = call => panic!("answered {response:?}"),
            () = crate::support::until(|| !stage.primary.log().is_empty()) => {}
        }
        assert_eq!(stage.primary.log()[0].end, CallEnd::ClientGone);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_during_a_stream_takes_the_upstream_call_along() {
    use http_body_util::BodyExt;
    let stage = Stage::new().primary_does("[[rule]]\nstall = { after = 5 }");
    let response = stage.gateway.handle(ask("Hello?", true)).await;
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(stage.primary.log()[0].end, CallEnd::UnderWay);
    drop(body);
    assert_eq!(stage.primary.log()[0].end, CallEnd::ClientGone);
}

#[test]
fn an_answer_without_a_stream_has_no_text() {
    let (head, ()) = http::Response::new(()).into_parts();
    let answer = Answer {
        head,
        body: "data: [DONE]\n\n".into(),
    };
    assert_eq!(answer.streamed_text(), "");
}
