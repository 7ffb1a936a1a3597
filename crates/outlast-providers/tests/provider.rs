//! The leaf, from outside: what it sends, what it makes of a reply, and what it says of a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::AUTHORIZATION;
use outlast_providers::{
    Account, Anthropic, ChatService, OpenAiCompatible, StreamService, Target, http_service,
};
use outlast_types::{
    AttemptOutcome, ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, FinishReason, Message,
    Phase, Sent, StreamEvent, StreamRequest, TargetId,
};
use tower::{ServiceExt, service_fn};

use self::support::{Answer, LAST, Scripted, Step, WHOLE, chunk};

const KEY: &str = "sk-canary-0123456789";

fn account(http: &Scripted) -> Account {
    OpenAiCompatible::at("acme", "https://llm.example/v1/")
        .unwrap()
        .with_key(KEY)
        .unwrap()
        .with_http(http.http())
}

fn target(http: &Scripted) -> Target {
    account(http).model("m1")
}

async fn ask(service: ChatService) -> Result<ChatResponse, Error> {
    service.oneshot(ChatRequest::user("Hi")).await
}

async fn stream(service: StreamService) -> Result<ChatStream, Error> {
    service
        .oneshot(StreamRequest(ChatRequest::user("Hi")))
        .await
}

async fn failure(answer: Answer) -> Error {
    let http = Scripted::new(answer);
    ask(target(&http).chat_service()).await.unwrap_err()
}

/// Reads a stream to its end: the text, and how it ended.
async fn read(mut stream: ChatStream) -> (String, Result<(), Error>) {
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(delta)) => text.push_str(&delta.text),
            Ok(_) => {}
            Err(error) => return (text, Err(error)),
        }
    }
    (text, Ok(()))
}

#[tokio::test]
async fn a_call_goes_below_the_base_url_with_the_key_as_a_sensitive_header() {
    let http = Scripted::new(Answer::json(200, WHOLE));
    ask(target(&http).chat_service()).await.unwrap();

    let [request] = http.requests().try_into().unwrap();
    assert_eq!(request.method(), http::Method::POST);
    assert_eq!(request.uri(), "https://llm.example/v1/chat/completions");
    let key = &request.headers()[AUTHORIZATION];
    assert_eq!(key, &format!("Bearer {KEY}"));
    assert!(key.is_sensitive());
    let body = std::str::from_utf8(request.body()).unwrap();
    assert!(body.contains(r#""model":"m1""#), "{body}");
}

#[tokio::test]
async fn anthropic_s_key_travels_in_a_header_of_its_own() {
    let http = Scripted::new(Answer::new(500));
    let account = Anthropic::with_key(KEY).unwrap().with_http(http.http());
    let target = account.model("claude-sonnet-4-5");
    ask(target.chat_service()).await.unwrap_err();

    let [request] = http.requests().try_into().unwrap();
    assert_eq!(request.uri(), "https://api.anthropic.com/v1/messages");
    assert_eq!(request.headers()["x-api-key"], KEY);
    assert!(request.headers()["x-api-key"].is_sensitive());
    assert!(!request.headers().contains_key(AUTHORIZATION));
}

#[tokio::test]
async fn a_whole_reply_is_decoded_and_its_bytes_are_kept() {
    let http = Scripted::new(Answer::json(200, WHOLE).header("x-request-id", "req_7"));
    let reply = ask(target(&http).chat_service()).await.unwrap();
    assert_eq!(reply.text(), "Hello");
    assert_eq!(reply.finish(), Some(&FinishReason::Stop));
    assert_eq!(reply.usage.output, 1);
    assert_eq!(reply.raw, WHOLE);
    assert_eq!(reply.meta().target(), &TargetId::new("acme", "m1"));
    assert_eq!(reply.meta().request_id.as_deref(), Some("req_7"));
}

#[tokio::test]
async fn a_reply_in_many_pieces_is_the_same_reply() {
    let pieces = WHOLE.as_bytes().chunks(7);
    let answer = pieces.fold(Answer::json(200, ""), |answer, piece| {
        answer.data(Bytes::copy_from_slice(piece))
    });
    let reply = ask(target(&Scripted::new(answer)).chat_service())
        .await
        .unwrap();
    assert_eq!(reply.text(), "Hello");
    assert_eq!(reply.raw, WHOLE);
}

#[tokio::test]
async fn an_error_status_is_read_into_facts() {
    let body = r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#;
    let answer = Answer::json(429, body)
        .header("retry-after", "7")
        .header("x-request-id", "req_8");
    let error = failure(answer).await;
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.status().unwrap(), 429);
    assert_eq!(error.target(), Some(&TargetId::new("acme", "m1")));
    assert_eq!(error.request_id(), Some("req_8"));
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::BeforeCommit, Sent::Yes)
    );
}

#[tokio::test]
async fn an_error_body_is_read_up_to_a_bound_and_not_for_ever() {
    let megabyte = Bytes::from(vec![b'x'; 1024 * 1024]);
    let answer = Answer::new(500)
        .data(megabyte)
        .data("more")
        .step(Step::Hang);
    assert_eq!(failure(answer).await.kind(), ErrorKind::Server);
}

#[tokio::test]
async fn an_error_whose_body_breaks_off_is_still_that_error() {
    let answer = Answer::json(401, "{\"err").step(Step::Fail);
    assert_eq!(failure(answer).await.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let answer = Answer::new(307).header("location", "https://evil.example/v1/chat/completions");
    let http = Scripted::new(answer);
    let error = ask(target(&http).chat_service()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("not followed"), "{error}");
    assert_eq!(http.requests().len(), 1);
}

#[tokio::test]
async fn a_reply_that_is_not_what_it_should_be_is_malformed() {
    for (what, answer) in [
        (
            "a web page",
            Answer::new(200)
                .header("content-type", "text/html")
                .data("<!DOCTYPE html><title>Login</title>"),
        ),
        ("cut JSON", Answer::json(200, &WHOLE.as_bytes()[..40])),
        ("nothing", Answer::json(200, "")),
        (
            "a lost connection",
            Answer::json(200, &WHOLE.as_bytes()[..40]).step(Step::Fail),
        ),
        (
            "compressed",
            Answer::json(200, WHOLE).header("content-encoding", "gzip"),
        ),
    ] {
        let error = failure(answer).await;
        assert_eq!(error.kind(), ErrorKind::Malformed, "{what}: {error}");
        assert_eq!(error.sent(), Sent::Yes, "{what}");
        assert_eq!(error.target(), Some(&TargetId::new("acme", "m1")), "{what}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_last_event_although_the_connection_stays_open() {
    let answer = Answer::sse()
        .data(chunk("Hel"))
        .data(chunk("lo"))
        .data(LAST)
        .step(Step::Hang);
    let http = Scripted::new(answer);
    let mut stream = stream(target(&http).stream_service()).await.unwrap();
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(delta) = event.unwrap() {
            text.push_str(&delta.text);
        }
    }
    assert_eq!(text, "Hello");
    assert!(!http.is_under_way(), "the connection is let go of");
}

#[tokio::test]
async fn a_stream_without_its_last_event_is_broken_and_not_whole() {
    let answer = Answer::sse().data(chunk("Hel"));
    let stream = stream(target(&Scripted::new(answer)).stream_service())
        .await
        .unwrap();
    let (text, end) = read(stream).await;
    let error = end.unwrap_err();
    assert_eq!(text, "Hel");
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    assert_eq!(error.phase(), Phase::AfterCommit);
    assert_eq!(error.target(), Some(&TargetId::new("acme", "m1")));
}

#[tokio::test]
async fn a_connection_lost_in_a_stream_breaks_it_after_what_had_come() {
    let answer = Answer::sse()
        .header("x-request-id", "req_9")
        .data(format!("{}{}", chunk("a"), chunk("b")))
        .step(Step::Fail);
    let stream = stream(target(&Scripted::new(answer)).stream_service())
        .await
        .unwrap();
    let (text, end) = read(stream).await;
    let error = end.unwrap_err();
    assert_eq!(text, "ab");
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    assert_eq!(error.request_id(), Some("req_9"));
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "connection lost before the reply");
}

#[tokio::test]
async fn either_form_of_reply_answers_either_call() {
    let http = Scripted::new(Answer::json(200, WHOLE));
    let events = stream(target(&http).stream_service()).await.unwrap();
    assert_eq!(read(events).await.0, "Hello");

    let http = Scripted::new(Answer::sse().data(chunk("Hello")).data(LAST));
    let reply = ask(target(&http).chat_service()).await.unwrap();
    assert_eq!(reply.text(), "Hello");
    assert_eq!(reply.raw, "");
}

#[tokio::test]
async fn an_unknown_failure_of_the_transport_leaves_open_whether_the_request_was_sent() {
    let broken = service_fn(|_: http::Request<Bytes>| async {
        Err::<http::Response<String>, _>(std::io::Error::other("cable cut"))
    });
    let account = OpenAiCompatible::at("acme", "https://llm.example/v1").unwrap();
    let target = account.with_http(http_service(broken)).model("m1");
    let error = ask(target.chat_service()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert_eq!((error.phase(), error.sent()), (Phase::Head, Sent::Maybe));
}

#[tokio::test]
async fn facts_of_the_transport_are_kept() {
    let refused = service_fn(|_: http::Request<Bytes>| async {
        let error = Error::new(ErrorKind::Connect).with_phase(Phase::Connect);
        Err::<http::Response<String>, Error>(error)
    });
    let account = OpenAiCompatible::at("acme", "https://llm.example/v1").unwrap();
    let target = account.with_http(http_service(refused)).model("m1");
    let error = ask(target.chat_service()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
    assert_eq!(error.target(), Some(target.id()));
}

#[tokio::test]
async fn what_was_changed_for_the_target_is_in_the_ledger_s_entry_of_the_attempt() {
    let http = Scripted::new(Answer::new(500));
    let account = Anthropic::with_key(KEY).unwrap().with_http(http.http());
    let target = account.model("claude-sonnet-4-5");

    let mut request = ChatRequest::user("Hi");
    // Anthropic's format has no seed.
    request.body_mut().seed = Some(7);
    let ledger = request.context.ledger.clone();
    let now = tokio::time::Instant::now().into_std();
    request.context.attempt = Some(ledger.begin(target.id().clone(), now, false));
    target.chat_service().oneshot(request).await.unwrap_err();

    let [attempt] = ledger.attempts().try_into().unwrap();
    assert_eq!(attempt.outcome, AttemptOutcome::Pending);
    assert!(!attempt.adaptations.is_empty());
}

#[tokio::test]
async fn dropping_a_call_or_a_stream_drops_the_exchange() {
    let http = Scripted::silent();
    let call = ask(target(&http).chat_service());
    let mut call = Box::pin(call);
    assert!(call.as_mut().now_or_never().is_none());
    assert!(http.is_under_way());
    drop(call);
    assert!(!http.is_under_way());

    let http = Scripted::new(Answer::sse().data(chunk("a")).step(Step::Hang));
    let mut events = stream(target(&http).stream_service()).await.unwrap();
    assert!(events.next().await.is_some());
    assert!(http.is_under_way());
    drop(events);
    assert!(!http.is_under_way());
}

#[tokio::test]
async fn no_key_shows_in_anything_that_can_be_printed() {
    // Providers quote the key they refuse; this one has no form that anybody could know a key by.
    let key = "canary%not:a+known-form";
    let said = format!(r#"{{"error":{{"message":"Incorrect API key provided: {key}."}}}}"#);
    for answer in [
        Answer::json(401, said.clone()),
        Answer::json(200, said.clone()),
        Answer::sse().data(format!("data: {said}\n\n")),
    ] {
        let http = Scripted::new(answer);
        let account = account(&http).with_key(key).unwrap();
        let target = account.model("m1");
        let error = ask(target.chat_service()).await.unwrap_err();
        let message = error.message().unwrap();
        assert!(
            message.starts_with("Incorrect API key provided"),
            "{message}"
        );
        let printed = format!(
            "{account:?} {target:?} {error} {error:?} {message} {:?} {:?}",
            error.body(),
            http.requests()[0].headers()
        );
        assert!(!printed.contains("canary"), "{printed}");
    }
}

#[tokio::test]
async fn a_message_of_the_assistant_is_sent_as_it_stands() {
    let http = Scripted::new(Answer::json(200, WHOLE));
    let request = ChatRequest::user("Hi").with_message(Message::assistant("Hel"));
    target(&http).chat_service().oneshot(request).await.unwrap();
    let [request] = http.requests().try_into().unwrap();
    let body = std::str::from_utf8(request.body()).unwrap();
    assert!(body.contains(r#""role":"assistant""#), "{body}");
}
