//! What a client of Google's Gemini format sees, without a socket.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Answer, FALLBACK, PRIMARY, Stage, get, post, with, with_keys};

const GENERATE: &str = "/v1beta/models/default:generateContent";
const STREAM: &str = "/v1beta/models/default:streamGenerateContent?alt=sse";
const DOWN: &str = "[[rule]]\nstatus = 503";

fn ask(path: &str) -> Request<Full<Bytes>> {
    post(
        path,
        &json!({"contents": [{"role": "user", "parts": [{"text": "Hello?"}]}]}),
    )
}

fn text(chunks: &[Value]) -> String {
    let parts = chunks
        .iter()
        .filter_map(|chunk| chunk["candidates"][0]["content"]["parts"].as_array());
    parts
        .flatten()
        .filter_map(|part| part["text"].as_str())
        .collect()
}

#[track_caller]
fn error(answer: &Answer) -> Value {
    let error = answer.json()["error"].clone();
    assert_eq!(error["code"], answer.status().as_u16(), "{error}");
    assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
    error
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_another_protocol_s_provider_is_content() {
    let stage = Stage::new();
    let answer = stage.handle(ask(GENERATE)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    let reply = answer.json();
    assert_eq!(reply["candidates"][0]["finishReason"], "STOP");
    assert_eq!(text(&[reply]), stage.primary.reference_text("Hello?"));
}

#[tokio::test(start_paused = true)]
async fn a_path_names_a_route_a_target_or_a_target_of_a_project() {
    let stage = Stage::new();
    let vertex =
        format!("/v1/projects/p/locations/l/publishers/google/models/{FALLBACK}:generateContent");
    for path in [
        format!("/v1beta/models/{FALLBACK}:generateContent"),
        format!(
            "/v1/models/{}:generateContent",
            FALLBACK.replace('/', "%2F")
        ),
        vertex,
    ] {
        let answer = stage.handle(ask(&path)).await;
        assert_eq!(
            answer.header("x-outlast-served-by"),
            Some(FALLBACK),
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_an_outage_before_it_and_within_it() {
    for script in [DOWN, "[[rule]]\ncut = { after = 20, by = \"reset\" }"] {
        let stage = Stage::new().primary_does(script);
        let answer = stage.handle(ask(STREAM)).await;
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        let chunks = answer.chunks();
        assert_eq!(text(&chunks), stage.primary.reference_text("Hello?"));
        assert_eq!(
            chunks.last().unwrap()["candidates"][0]["finishReason"],
            "STOP"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_events_is_one_array() {
    let path = "/v1beta/models/default:streamGenerateContent";
    let stage = Stage::new();
    let answer = stage.handle(ask(path)).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let chunks = answer.json();
    let chunks = chunks.as_array().unwrap();
    assert!(chunks.len() > 1);
    assert_eq!(text(chunks), stage.primary.reference_text("Hello?"));

    let cut = "[[rule]]\ncut = { after = 20, by = \"reset\" }";
    let stage = Stage::new().primary_does(cut).fallback_does(DOWN);
    let broken = stage.handle(ask(path)).await.json();
    let last = broken.as_array().unwrap().last().unwrap();
    assert!(last["error"]["message"].is_string(), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_key_comes_in_a_header_or_in_the_query() {
    let stage = Stage::with_config(with_keys());
    let in_query = "/v1beta/models/default:streamGenerateContent?key=key%2Dof-app&alt=sse";
    for request in [
        with(ask(GENERATE), "x-goog-api-key", "key-of-app"),
        with(ask(GENERATE), "authorization", "Bearer key-of-app"),
        ask(in_query),
    ] {
        assert_eq!(stage.handle(request).await.status(), StatusCode::OK);
    }
    for request in [
        ask(GENERATE),
        with(ask(GENERATE), "x-goog-api-key", "key-of-nobody"),
        ask("/v1beta/models/default:generateContent?key="),
    ] {
        let answer = stage.handle(request).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(error(&answer)["status"], "UNAUTHENTICATED");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_has_google_s_form_and_status() {
    let stage = Stage::new();
    let unknown = stage
        .handle(ask("/v1beta/models/gpt-9:generateContent"))
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(error(&unknown)["status"], "NOT_FOUND");
    let nonsense = stage.handle(post(GENERATE, &json!({"contents": 5}))).await;
    assert_eq!(nonsense.status(), StatusCode::BAD_REQUEST);
    assert_eq!(error(&nonsense)["status"], "INVALID_ARGUMENT");
    let lost = stage
        .handle(ask("/v1beta/models/default:predictLongRunning"))
        .await;
    assert!(lost.status().is_client_error());
    error(&lost);
    let stage = Stage::new().primary_does(DOWN).fallback_does(DOWN);
    let down = stage.handle(ask(STREAM)).await;
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(error(&down)["status"], "UNAVAILABLE");
}

#[tokio::test(start_paused = true)]
async fn tokens_of_contents_and_of_whole_requests_are_counted() {
    let stage = Stage::new();
    let path = "/v1beta/models/default:countTokens";
    let plain = stage.handle(ask(path)).await;
    assert_eq!(plain.status(), StatusCode::OK, "{}", plain.text());
    assert_eq!(plain.header("x-outlast-served-by"), Some(FALLBACK));
    let contents = json!([{"role": "user", "parts": [{"text": "Hello?"}]}]);
    let whole = json!({"generateContentRequest": {
        "model": "models/default",
        "contents": contents,
        "systemInstruction": {"parts": [{"text": "Answer in one long and winding sentence."}]},
    }});
    let whole = stage.handle(post(path, &whole)).await;
    assert_eq!(whole.status(), StatusCode::OK, "{}", whole.text());
    let tokens = |answer: &Answer| answer.json()["totalTokens"].as_u64().unwrap();
    assert!(tokens(&whole) > tokens(&plain));
    let wrong = json!({"generateContentRequest": {"contents": 5}});
    let wrong = stage.handle(post(path, &wrong)).await;
    let message = error(&wrong)["message"].to_string();
    assert!(
        message.contains("generateContentRequest.contents"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_models_are_listed_in_google_s_form() {
    let stage = Stage::new();
    let list = stage.handle(get("/v1beta/models")).await.json();
    assert_eq!(list["models"][0]["name"], "models/default");
    let model = stage
        .handle(get(&format!("/v1beta/models/{PRIMARY}")))
        .await
        .json();
    assert_eq!(model["name"], format!("models/{PRIMARY}"));
    let unknown = stage.handle(get("/v1beta/models/gpt-9")).await;
    assert_eq!(error(&unknown)["status"], "NOT_FOUND");
    let in_header = with(get("/v1/models"), "x-goog-api-key", "any");
    let list = stage.handle(in_header).await.json();
    assert_eq!(list["models"][0]["name"], "models/default");
}
