//! What a client of Amazon Bedrock's Converse sees, without a socket.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use outlast_types::{Collector, Mode, ReplyMeta, TargetId};
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::{ClientCodec, Decoder, Events};
use serde_json::json;

use crate::support::{FALLBACK, PRIMARY, Stage, post, with, with_keys};

fn ask(path: &str) -> Request<Full<Bytes>> {
    post(
        path,
        &json!({"messages": [{"role": "user", "content": [{"text": "Hello?"}]}]}),
    )
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_another_protocol_s_provider_is_a_message() {
    let stage = Stage::new();
    let answer = stage.handle(ask("/model/default/converse")).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("x-outlast-served-by"), Some(PRIMARY));
    assert!(answer.header("x-amzn-requestid").is_some());
    let text = &answer.json()["output"]["message"]["content"][0]["text"];
    assert_eq!(*text, stage.primary.reference_text("Hello?"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_made_of_binary_frames() {
    let stage = Stage::new().primary_does("[[rule]]\nstatus = 503");
    let path = format!("/model/{}/converse-stream", FALLBACK.replace('/', "%2F"));
    let answer = stage.handle(ask(&path)).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/vnd.amazon.eventstream")
    );
    let mut decoder = BedrockConverse::new().decoder(Mode::Stream);
    let mut events = Events::new();
    decoder.push(answer.body, &mut events).unwrap();
    decoder.end(&mut events).unwrap();
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    let reply = collector.finish(ReplyMeta::new(TargetId::new("a", "m")));
    assert_eq!(reply.text(), stage.fallback.reference_text("Hello?"));
}

#[tokio::test(start_paused = true)]
async fn an_error_has_amazon_s_name() {
    let stage = Stage::with_config(with_keys());
    let unknown = stage.handle(ask("/model/default/converse")).await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        unknown.header("x-amzn-errortype"),
        Some("AccessDeniedException")
    );
    let request = with(
        ask("/model/gpt-9/converse"),
        "authorization",
        "Bearer key-of-app",
    );
    let answer = stage.handle(request).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        answer.header("x-amzn-errortype"),
        Some("ResourceNotFoundException")
    );
}
