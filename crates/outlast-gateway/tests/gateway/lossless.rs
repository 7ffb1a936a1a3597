//! Same protocol in and out: what nobody here knows reaches the provider, and what it answers reaches the caller.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use outlast::Client;
use outlast::providers::{Account, AnthropicCompatible, Gemini, OpenAiCompatible, http_service};
use outlast_gateway::{Gateway, GatewayConfig};
use serde_json::{Value, json};
use tower::service_fn;

use crate::support::{Answer, CHAT, post};

/// A provider that has one answer and keeps what it was asked.
#[derive(Clone)]
struct Fixed {
    reply: &'static str,
    media_type: &'static str,
    asked: Arc<Mutex<Option<Bytes>>>,
}

impl Fixed {
    fn new(reply: &'static str) -> Self {
        let is_stream = reply.starts_with("event:") || reply.starts_with("data:");
        Self {
            reply,
            media_type: if is_stream {
                "text/event-stream"
            } else {
                "application/json"
            },
            asked: Arc::default(),
        }
    }

    /// Asks the provider, as the account `account`, by way of a gateway.
    async fn ask(&self, account: Account, path: &str, request: &Value) -> Answer {
        let own = self.clone();
        let http = service_fn(move |request: Request<Bytes>| {
            *own.asked.lock().unwrap() = Some(request.into_body());
            let reply = Response::builder()
                .header("content-type", own.media_type)
                .body(Full::new(Bytes::from_static(own.reply.as_bytes())));
            async move { reply }
        });
        let account = account.with_http(http_service(http));
        let client = Client::builder()
            .target(account.model("m"))
            .build()
            .unwrap();
        let gateway = Gateway::new(client, GatewayConfig::default());
        Answer::read(gateway.handle(post(path, request)).await).await
    }

    fn asked(&self) -> Value {
        let body = self.asked.lock().unwrap();
        serde_json::from_slice(body.as_ref().unwrap()).unwrap()
    }
}

fn openai() -> Account {
    OpenAiCompatible::at("a", "http://a.invalid/v1").unwrap()
}

fn anthropic() -> Account {
    AnthropicCompatible::at("a", "http://a.invalid/v1").unwrap()
}

fn responses() -> Account {
    openai().with_responses().unwrap()
}

fn gemini() -> Account {
    let account = Gemini::with_key("k").unwrap();
    account.with_base_url("http://a.invalid/v1beta").unwrap()
}

/// Checks that a provider is sent `request`, but for its model's name, and that the caller has its answer byte by byte.
async fn check(account: Account, path: &str, request: Value, reply: &'static str) {
    let provider = Fixed::new(reply);
    let answer = provider.ask(account, path, &request).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    let mut expected = request;
    if expected.get("model").is_some() {
        expected["model"] = "m".into();
    }
    assert_eq!(provider.asked(), expected);
    assert_eq!(answer.text(), reply);
}

#[tokio::test]
async fn chat_completions_keep_what_nobody_knows() {
    let request = json!({
        "model": "default",
        "messages": [{"role": "user", "content": "Hi", "mood": "gay"}],
        "top_q": {"b": 1, "a": [null]},
    });
    let reply = r#"{"id":"c1","object":"chat.completion","created":1,"model":"m","vibe":9,"choices":[{"index":0,"message":{"role":"assistant","content":"Ho","aura":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
    check(openai(), CHAT, request, reply).await;
}

#[tokio::test]
async fn messages_keep_what_nobody_knows() {
    let request = json!({
        "model": "default",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": [{"type": "hologram", "depth": 3}]}],
        "container": {"id": "c"},
    });
    let reply = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","vibe":9,"content":[{"type":"text","text":"Ho"},{"type":"hologram","depth":4}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1,"aura":2}}"#;
    check(anthropic(), "/v1/messages", request, reply).await;
}

#[tokio::test]
async fn embeddings_keep_what_nobody_knows() {
    let request = json!({"model": "default", "input": ["a"], "mood": "gay"});
    let provider = Fixed::new(
        r#"{"object":"list","vibe":9,"data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}"#,
    );
    let answer = provider.ask(openai(), "/v1/embeddings", &request).await;
    assert_eq!(provider.asked()["mood"], "gay");
    assert_eq!(
        answer.json(),
        serde_json::from_str::<Value>(provider.reply).unwrap()
    );
}

const RESPONSE: &str = r#"{"id":"resp_2","object":"response","created_at":1,"status":"completed","model":"m","vibe":9,"output":[{"type":"hologram","depth":4},{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Ho","annotations":[],"aura":"x"}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#;

#[tokio::test]
async fn responses_keep_what_nobody_knows() {
    let request = json!({
        "model": "default",
        "input": [{"type": "hologram", "depth": 3}, {"role": "user", "content": "Hi"}],
        "top_q": 1,
        "store": true,
    });
    check(responses(), "/v1/responses", request, RESPONSE).await;
}

#[tokio::test]
async fn what_a_provider_of_responses_keeps_is_referred_to() {
    let request = json!({"model": "default", "input": "And?", "previous_response_id": "resp_1"});
    check(responses(), "/v1/responses", request, RESPONSE).await;
}

#[tokio::test]
async fn contents_keep_what_nobody_knows() {
    let request = json!({
        "contents": [{"role": "user", "parts": [{"text": "Hi", "mood": "gay"}]}],
        "generationConfig": {"topK": 3, "top_q": 1},
        "holograms": [{"depth": 3}],
    });
    let reply = r#"{"candidates":[{"content":{"parts":[{"text":"Ho","aura":"x"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"m","vibe":9}"#;
    let path = "/v1beta/models/default:generateContent";
    check(gemini(), path, request, reply).await;
}
