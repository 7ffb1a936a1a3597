//! The step before a request is sent: what it sees, what it may add, and what is said when it fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderValue;
use http_body_util::Full;
use outlast_providers::{Account, Authorize, HttpService, OpenAiCompatible, http_service};
use outlast_types::{ChatRequest, Error, ErrorKind, Phase, Sent, TargetId};
use tower::ServiceExt;
use tower_service::Service;

use self::support::{Answer, Scripted, WHOLE};

fn account(http: HttpService, authorizer: impl Authorize) -> Account {
    OpenAiCompatible::at("acme", "https://llm.example/v1")
        .unwrap()
        .with_query("api-version", "7")
        .with_authorizer(authorizer)
        .with_http(http)
}

async fn ask(account: &Account) -> Result<String, Error> {
    let service = account.model("m1").chat_service();
    let reply = service.oneshot(ChatRequest::user("Hi")).await?;
    Ok(reply.text())
}

/// Signs with the length of what it sees.
#[derive(Clone, Default)]
struct Signer {
    refused: Arc<AtomicUsize>,
    upkept: Arc<AtomicUsize>,
}

impl Authorize for Signer {
    fn authorize<'a>(
        &'a self,
        mut request: http::Request<Bytes>,
        _http: &'a HttpService,
    ) -> BoxFuture<'a, Result<http::Request<Bytes>, Error>> {
        let seen = format!("{} {}", request.uri(), request.body().len());
        Box::pin(async move {
            tokio::task::yield_now().await;
            let value = HeaderValue::from_str(&seen).unwrap();
            request.headers_mut().insert("x-signature", value);
            Ok(request)
        })
    }

    fn upkeep(&self, _http: &HttpService) -> Option<BoxFuture<'static, ()>> {
        let upkept = Arc::clone(&self.upkept);
        Some(Box::pin(async move {
            tokio::task::yield_now().await;
            upkept.fetch_add(1, Ordering::Relaxed);
        }))
    }

    fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn blot_out(&self, error: Error) -> Error {
        error.with_message("blotted")
    }
}

#[tokio::test]
async fn what_is_signed_is_what_is_sent() {
    let http = Scripted::new(Answer::json(200, WHOLE));
    let text = ask(&account(http.http(), Signer::default())).await.unwrap();
    assert_eq!(text, "Hello");

    let [request] = http.requests().try_into().unwrap();
    let uri = "https://llm.example/v1/chat/completions?api-version=7";
    assert_eq!(request.uri(), uri);
    let signature = format!("{uri} {}", request.body().len());
    assert_eq!(request.headers()["x-signature"], signature);
}

#[tokio::test]
async fn a_refusal_is_heard_and_its_words_are_blotted_out() {
    let signer = Signer::default();
    let http = Scripted::new(Answer::json(401, r#"{"error":{"message":"no"}}"#));
    let error = ask(&account(http.http(), signer.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.message(), Some("blotted"));
    assert_eq!(signer.refused.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn upkeep_is_done_while_the_reply_is_awaited_and_delays_nothing() {
    let signer = Signer::default();
    let slow = tower::service_fn(|_: http::Request<Bytes>| async {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        Ok::<_, Error>(http::Response::new(Full::new(Bytes::from(WHOLE))))
    });
    ask(&account(http_service(slow), signer.clone()))
        .await
        .unwrap();
    assert_eq!(signer.upkept.load(Ordering::Relaxed), 1);

    let at_once = Scripted::new(Answer::json(200, WHOLE));
    ask(&account(at_once.http(), signer.clone())).await.unwrap();
    assert_eq!(signer.upkept.load(Ordering::Relaxed), 1, "was dropped");
}

/// Fails.
struct Failing;

impl Authorize for Failing {
    fn authorize<'a>(
        &'a self,
        _request: http::Request<Bytes>,
        _http: &'a HttpService,
    ) -> BoxFuture<'a, Result<http::Request<Bytes>, Error>> {
        let error = Error::new(ErrorKind::Overloaded).with_sent(Sent::Yes);
        Box::pin(async { Err(error) })
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_authorised_was_not_sent() {
    let http = Scripted::new(Answer::json(200, WHOLE));
    let error = ask(&account(http.http(), Failing)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
    assert_eq!(error.target(), Some(&TargetId::new("acme", "m1")));
    assert_eq!(http.requests().len(), 0);
}

/// Must be called by the very value that was polled ready.
#[derive(Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<http::Request<Bytes>> for Strict {
    type Response = http::Response<Full<Bytes>>;
    type Error = Error;
    type Future = std::future::Ready<Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: http::Request<Bytes>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without readiness");
        std::future::ready(Ok(http::Response::new(Full::new(Bytes::from(WHOLE)))))
    }
}

#[tokio::test]
async fn the_transport_that_was_ready_is_the_one_that_is_called() {
    let account = account(http_service(Strict::default()), Signer::default());
    let mut service = account.model("m1").chat_service();
    for _ in 0..2 {
        let service = service.ready().await.unwrap();
        service.call(ChatRequest::user("Hi")).await.unwrap();
    }
}
