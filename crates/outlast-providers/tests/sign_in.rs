//! Signing in over real sockets: a server that gives tokens for a form it checks, and answers who brings one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![cfg(feature = "reqwest")]

mod support;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use outlast_providers::{Account, AzureOpenAi, EntraClient, Tokens};
use outlast_types::{ChatRequest, Error, ErrorKind};
use support::WHOLE;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;
use url::form_urlencoded;

const SECRET: &str = "canary~Q8.secret/+&=";

/// How long a token lives, in seconds.
const LIFE: u64 = 3_600;

/// A clock that only goes when it is told to. Its clones are the same clock.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicU64>);

impl Hands {
    fn go(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    fn seconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + self.seconds())
    }
}

/// Entra ID and Azure OpenAI in one server.
struct Cloud {
    clock: Hands,
    /// When each token was given, by its number.
    given: watch::Sender<Vec<u64>>,
    /// Which token each call came with.
    calls: Mutex<Vec<usize>>,
    /// How many tokens must have been given before a call is answered.
    answer_after: Mutex<usize>,
}

impl Cloud {
    async fn start() -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let cloud = Arc::new(Self {
            clock: Hands::default(),
            given: watch::Sender::new(Vec::new()),
            calls: Mutex::default(),
            answer_after: Mutex::new(0),
        });
        tokio::spawn(Arc::clone(&cloud).serve(listener));
        (cloud, address)
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let cloud = Arc::clone(&self);
            let answer = service_fn(move |request| Arc::clone(&cloud).answer(request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), answer));
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(head.method, Method::POST);
        let (status, body) = match head.uri.path() {
            "/my-tenant/oauth2/v2.0/token" => self.sign_in(&head, &body),
            "/openai/v1/chat/completions" => self.chat(&head).await,
            other => panic!("nobody lives at {other}"),
        };
        let mut reply = Response::new(Full::new(Bytes::from(body)));
        *reply.status_mut() = status;
        Ok(reply)
    }

    fn sign_in(&self, head: &http::request::Parts, body: &[u8]) -> (StatusCode, String) {
        assert_eq!(
            head.headers[CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
        assert!(!head.headers.contains_key(AUTHORIZATION));
        let form: BTreeMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
        let expected = [
            ("client_id", "my-client"),
            ("client_secret", SECRET),
            ("grant_type", "client_credentials"),
            ("scope", "https://cognitiveservices.azure.com/.default"),
        ];
        if !form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .eq(expected)
        {
            let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}"#;
            return (StatusCode::UNAUTHORIZED, refusal.to_owned());
        }
        let number = self.given.borrow().len();
        self.given
            .send_modify(|given| given.push(self.clock.seconds()));
        let grant = format!(
            r#"{{"token_type":"Bearer","expires_in":{LIFE},"access_token":"canary-token-{number}"}}"#
        );
        (StatusCode::OK, grant)
    }

    async fn chat(&self, head: &http::request::Parts) -> (StatusCode, String) {
        let token = head.headers[AUTHORIZATION].to_str().unwrap();
        let number: usize = token
            .strip_prefix("Bearer canary-token-")
            .unwrap()
            .parse()
            .unwrap();
        let given = self.given.borrow()[number];
        if self.clock.seconds() >= given + LIFE {
            return (StatusCode::UNAUTHORIZED, "{}".to_owned());
        }
        self.calls.lock().unwrap().push(number);
        let least = *self.answer_after.lock().unwrap();
        let mut given = self.given.subscribe();
        let enough = given.wait_for(|given| given.len() >= least);
        let waited = tokio::time::timeout(Duration::from_secs(20), enough).await;
        assert!(
            waited.is_ok(),
            "no token was fetched while the call was under way"
        );
        (StatusCode::OK, WHOLE.to_owned())
    }

    fn calls(&self) -> Vec<usize> {
        self.calls.lock().unwrap().clone()
    }
}

fn account(cloud: &Cloud, address: &str, secret: &str) -> Account {
    let entra = EntraClient::new("my-tenant", "my-client", secret.to_owned());
    let entra = entra.with_authority(address).unwrap();
    let clock = cloud.clock.clone();
    let tokens = Tokens::new(entra).with_clock(move || clock.now());
    let account = AzureOpenAi::v1(address).unwrap();
    account.with_authorizer(tokens)
}

async fn ask(account: &Account) -> Result<String, Error> {
    let service = account.model("my-gpt").chat_service();
    Ok(service.oneshot(ChatRequest::user("Hi")).await?.text())
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_and_no_call_waits_for_that() {
    let (cloud, address) = Cloud::start().await;
    let account = account(&cloud, &address, SECRET);
    for _ in 0..3 {
        assert_eq!(ask(&account).await.unwrap(), "Hello");
    }
    assert_eq!(cloud.calls(), [0, 0, 0], "one token serves all");

    // Four minutes are left: the old token is still sent, and the next one is fetched meanwhile.
    cloud.clock.go(LIFE - 240);
    *cloud.answer_after.lock().unwrap() = 2;
    assert_eq!(ask(&account).await.unwrap(), "Hello");
    cloud.clock.go(240);
    assert_eq!(ask(&account).await.unwrap(), "Hello");
    assert_eq!(cloud.calls(), [0, 0, 0, 0, 1]);

    // Nobody has called for longer than a token lives.
    cloud.clock.go(2 * LIFE);
    assert_eq!(ask(&account).await.unwrap(), "Hello");
    assert_eq!(cloud.calls(), [0, 0, 0, 0, 1, 2]);
}

#[tokio::test]
async fn calls_that_begin_together_sign_in_once() {
    let (cloud, address) = Cloud::start().await;
    let account = account(&cloud, &address, SECRET);
    let calls = (0..8).map(|_| ask(&account));
    for text in futures_util::future::join_all(calls).await {
        assert_eq!(text.unwrap(), "Hello");
    }
    assert_eq!(cloud.given.borrow().len(), 1);
}

#[tokio::test]
async fn a_wrong_secret_is_said_and_not_shown() {
    let (cloud, address) = Cloud::start().await;
    let account = account(&cloud, &address, "canary-wrong");
    let error = ask(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(!format!("{error} {error:?} {account:?}").contains("canary"));
    assert!(cloud.calls().is_empty());
}
