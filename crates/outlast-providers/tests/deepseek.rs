//! DeepSeek: what its account does with what DeepSeek really says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast_providers::{DeepSeek, Target};
use outlast_types::{
    ChatRequest, ChatResponse, ContentPart, Error, ErrorKind, FinishReason, StreamRequest,
};
use support::{Answer, Scripted, Step};
use tower::ServiceExt;

const WHOLE: &str = include_str!("fixtures/deepseek-d60537619450ce1c.json");
const STREAM: &str = include_str!("fixtures/deepseek-c23337d78070d0c1.sse");

fn target(answer: Answer) -> Target {
    let http = Scripted::new(answer).http();
    let account = DeepSeek::with_key("sk-canary-0123456789").unwrap();
    account.with_http(http).model("deepseek-v4-flash")
}

async fn ask(answer: Answer) -> Result<ChatResponse, Error> {
    let service = target(answer).chat_service();
    service.oneshot(ChatRequest::user("Hi")).await
}

async fn ask_for_stream(answer: Answer) -> Result<ChatResponse, Error> {
    let service = target(answer).stream_service();
    let stream = service
        .oneshot(StreamRequest(ChatRequest::user("Hi")))
        .await?;
    stream.collect().await
}

/// The thoughts of a reply and its text.
fn said(reply: &ChatResponse) -> (String, String) {
    let thoughts = reply.content().iter().filter_map(|part| match part {
        ContentPart::Reasoning(thought) => Some(thought.text.as_str()),
        _ => None,
    });
    (thoughts.collect(), reply.text())
}

/// The tokens of a reply: input that came from no cache, input that did, output, thoughts in it.
fn tokens(reply: &ChatResponse) -> [u64; 4] {
    let usage = reply.usage;
    [
        usage.input,
        usage.cached_read,
        usage.output,
        usage.reasoning,
    ]
}

#[tokio::test]
async fn thoughts_stand_apart_from_the_answer_and_cache_hits_apart_from_the_input() {
    let reply = ask(Answer::json(200, WHOLE)).await.unwrap();
    let (thoughts, text) = said(&reply);
    assert_eq!(thoughts, "The result is -3.");
    assert_eq!(text, "The result of **2 - 5** is **-3**.");
    assert_eq!(tokens(&reply), [124, 384, 21, 6]);
}

#[tokio::test]
async fn a_stream_says_the_same_in_pieces_of_any_size() {
    for size in [1, 2, 7, 64, 1_000, STREAM.len()] {
        let pieces = STREAM.as_bytes().chunks(size);
        let answer = pieces.fold(Answer::sse(), |answer, piece| answer.data(piece.to_vec()));
        let reply = ask_for_stream(answer).await.unwrap();
        let (thoughts, text) = said(&reply);
        assert_eq!(thoughts, "The current date is 2024-01-01.");
        assert_eq!(text, "2024-01-01");
        assert_eq!(reply.finish(), Some(&FinishReason::Stop));
        assert_eq!(tokens(&reply), [106, 256, 19, 12]);
    }
}

/// Under load DeepSeek sends empty lines before a body, and comments before and between the events of a stream
/// (<https://api-docs.deepseek.com/quick_start/rate_limit>).
#[tokio::test]
async fn signs_of_life_before_a_reply_are_no_part_of_it() {
    let waiting = Answer::json(200, "\n").data("\n\n").data("\r\n");
    let reply = ask(waiting.data(WHOLE)).await.unwrap();
    assert_eq!(said(&reply).0, "The result is -3.");

    let waiting = Answer::sse().data(": keep-alive\n\n").data(": keep-ali");
    let waiting = waiting.data("ve\n\n\n\n").data(": keep-alive\n\n");
    let reply = ask_for_stream(waiting.data(STREAM)).await.unwrap();
    assert_eq!(reply.text(), "2024-01-01");
}

#[tokio::test]
async fn nothing_but_signs_of_life_is_no_reply() {
    let error = ask(Answer::json(200, "\n\n\n")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    let error = ask_for_stream(Answer::sse().data(": keep-alive\n\n"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    let cut = Answer::sse().data(": keep-alive\n\n").step(Step::Fail);
    let error = ask_for_stream(cut).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
}

/// The code of both is `invalid_request_error`: the status and the words tell what is wrong.
#[tokio::test]
async fn an_empty_account_and_a_wrong_key_are_not_the_request_s_fault() {
    let broke = r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#;
    for error in [
        ask(Answer::json(402, broke)).await.unwrap_err(),
        ask_for_stream(Answer::json(402, broke)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
        assert_eq!(error.message(), Some("Insufficient Balance"));
    }
    let wrong = r#"{"error":{"message":"Authentication Fails, Your api key: ****-key is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}"#;
    let error = ask(Answer::json(401, wrong)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}
