//! Tokens that expire, on a clock that is passed in: who fetches, who waits, and what is used meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::join_all;
use http::header::AUTHORIZATION;
use outlast_providers::{Account, OpenAiCompatible, Token, Tokens};
use outlast_types::{ChatRequest, Error, ErrorKind, Phase, Sent};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use self::support::{Answer, Scripted, WHOLE};

/// An issuer of tokens `token-1`, `token-2`, ... that live for an hour, and a clock.
#[derive(Clone)]
struct Issuer {
    seconds: Arc<AtomicU64>,
    issued: Arc<AtomicUsize>,
    /// What the next fetches fail with.
    failure: Arc<Mutex<Option<ErrorKind>>>,
    /// One permit lets one fetch end.
    gate: Arc<Semaphore>,
}

impl Issuer {
    fn new() -> Self {
        Self {
            seconds: Arc::default(),
            issued: Arc::default(),
            failure: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    /// Lets no fetch end until it is told to.
    fn closed() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            ..Self::new()
        }
    }

    fn open(&self) {
        self.gate.add_permits(1);
    }

    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    fn fail_with(&self, kind: Option<ErrorKind>) {
        *self.failure.lock().unwrap() = kind;
    }

    fn issued(&self) -> usize {
        self.issued.load(Ordering::Relaxed)
    }

    fn now(&self) -> SystemTime {
        let now = self.seconds.load(Ordering::Relaxed);
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + now)
    }

    async fn issue(self) -> Result<Token, Error> {
        let number = self.issued.fetch_add(1, Ordering::Relaxed) + 1;
        self.gate.acquire().await.unwrap().forget();
        if let Some(kind) = *self.failure.lock().unwrap() {
            return Err(Error::new(kind).with_message("the issuer is down"));
        }
        let token = Token::new(format!("token-{number}")).unwrap();
        Ok(token.with_expiry(self.now() + Duration::from_secs(3600)))
    }

    fn account(&self, http: &Scripted) -> Account {
        let (source, clock) = (self.clone(), self.clone());
        let tokens = Tokens::new(move || source.clone().issue()).with_clock(move || clock.now());
        OpenAiCompatible::at("acme", "https://llm.example/v1")
            .unwrap()
            .with_authorizer(tokens)
            .with_http(http.http())
    }
}

fn provider() -> Scripted {
    Scripted::new(Answer::json(200, WHOLE))
}

async fn ask(account: &Account) -> Result<(), Error> {
    let service = account.model("m1").chat_service();
    service.oneshot(ChatRequest::user("Hi")).await.map(drop)
}

/// The tokens that requests were sent with.
fn sent(http: &Scripted) -> Vec<String> {
    let token = |request: &http::Request<_>| {
        let value = request.headers()[AUTHORIZATION].clone();
        assert!(value.is_sensitive());
        value
            .to_str()
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned()
    };
    http.requests().iter().map(token).collect()
}

#[tokio::test]
async fn one_token_serves_all_requests_and_all_models_until_it_is_renewed() {
    let (issuer, http) = (Issuer::new(), provider());
    let account = issuer.account(&http);
    for model in ["m1", "m2", "m1"] {
        let service = account.model(model).chat_service();
        service.oneshot(ChatRequest::user("Hi")).await.unwrap();
        issuer.advance(1000);
    }
    assert_eq!(sent(&http), ["token-1"; 3]);
    assert_eq!(issuer.issued(), 1);
}

#[tokio::test]
async fn many_who_wait_for_a_token_share_one_fetch() {
    let (issuer, http) = (Issuer::closed(), provider());
    let account = issuer.account(&http);
    let asked = join_all((0..100).map(|_| ask(&account)));
    let (answers, ()) = tokio::join!(asked, async {
        tokio::task::yield_now().await;
        assert_eq!(issuer.issued(), 1);
        issuer.open();
    });
    answers.into_iter().for_each(|answer| answer.unwrap());
    assert_eq!(sent(&http), ["token-1"; 100]);
    assert_eq!(issuer.issued(), 1);
}

#[tokio::test]
async fn a_failed_fetch_fails_all_who_wait_with_its_facts_and_the_next_tries_again() {
    let (issuer, http) = (Issuer::closed(), provider());
    issuer.fail_with(Some(ErrorKind::Overloaded));
    let account = issuer.account(&http);
    let asked = join_all((0..3).map(|_| ask(&account)));
    let (answers, ()) = tokio::join!(asked, async { issuer.open() });
    for error in answers.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::Overloaded);
        assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
        assert_eq!(error.target().unwrap().to_string(), "acme/m1");
    }
    assert_eq!(issuer.issued(), 1);

    issuer.fail_with(None);
    issuer.open();
    ask(&account).await.unwrap();
    assert_eq!(sent(&http), ["token-2"]);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_while_requests_go_on_with_the_old_one() {
    let (issuer, http) = (Issuer::new(), provider());
    let account = issuer.account(&http);
    ask(&account).await.unwrap();
    issuer.advance(3299);
    ask(&account).await.unwrap();
    assert_eq!(issuer.issued(), 1, "not yet due");

    issuer.advance(1);
    ask(&account).await.unwrap();
    assert_eq!(issuer.issued(), 2);
    ask(&account).await.unwrap();
    assert_eq!(sent(&http), ["token-1", "token-1", "token-1", "token-2"]);
}

#[tokio::test]
async fn a_renewal_that_hangs_delays_nobody() {
    let (issuer, http) = (Issuer::closed(), provider());
    let account = issuer.account(&http);
    issuer.open();
    ask(&account).await.unwrap();
    issuer.advance(3300);
    for _ in 0..3 {
        ask(&account).now_or_never().expect("waits").unwrap();
    }
    assert_eq!(sent(&http), ["token-1"; 4]);
}

#[tokio::test]
async fn a_renewal_that_fails_keeps_the_old_token_and_is_tried_again_after_a_pause() {
    let (issuer, http) = (Issuer::new(), provider());
    let account = issuer.account(&http);
    ask(&account).await.unwrap();
    issuer.fail_with(Some(ErrorKind::Connect));
    issuer.advance(3300);
    ask(&account).await.unwrap();
    ask(&account).await.unwrap();
    assert_eq!(issuer.issued(), 2, "one try, then a pause");
    issuer.advance(30);
    ask(&account).await.unwrap();
    assert_eq!(issuer.issued(), 3);
    assert_eq!(sent(&http), ["token-1"; 4]);

    // Too late for the old one: now there is nothing to call with.
    issuer.advance(3600 - 3330 - 15);
    let error = ask(&account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.sent(), Sent::No);
}

#[tokio::test]
async fn an_expired_token_is_not_sent() {
    let (issuer, http) = (Issuer::new(), provider());
    let account = issuer.account(&http);
    ask(&account).await.unwrap();
    issuer.advance(4000);
    ask(&account).await.unwrap();
    assert_eq!(sent(&http), ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_fetch_that_nobody_waits_for_is_dropped_and_the_next_begins_anew() {
    let (issuer, http) = (Issuer::closed(), provider());
    let account = issuer.account(&http);
    {
        let mut given_up = Box::pin(ask(&account));
        assert!(given_up.as_mut().now_or_never().is_none());
    }
    issuer.open();
    ask(&account).await.unwrap();
    assert_eq!(sent(&http), ["token-2"]);
}

#[tokio::test]
async fn when_the_first_of_two_who_wait_goes_away_the_other_gets_the_token() {
    let (issuer, http) = (Issuer::closed(), provider());
    let account = issuer.account(&http);
    let mut first = Box::pin(ask(&account));
    let mut second = Box::pin(ask(&account));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    drop(first);
    issuer.open();
    second.await.unwrap();
    assert_eq!(sent(&http), ["token-1"]);
}

#[tokio::test]
async fn a_token_that_the_provider_refuses_is_fetched_anew_unless_it_is_fresh() {
    let issuer = Issuer::new();
    let http = Scripted::new(Answer::json(
        401,
        r#"{"error":{"message":"token-1 is no good"}}"#,
    ));
    let account = issuer.account(&http);
    for _ in 0..2 {
        let error = ask(&account).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        let text = format!("{error} {error:?} {:?}", error.body());
        assert!(!text.contains("token-1"), "{text}");
    }
    issuer.advance(60);
    ask(&account).await.unwrap_err();
    ask(&account).await.unwrap_err();
    assert_eq!(sent(&http), ["token-1", "token-1", "token-1", "token-2"]);
}

#[tokio::test]
async fn nothing_of_a_token_shows() {
    let (issuer, http) = (Issuer::new(), provider());
    let account = issuer.account(&http);
    ask(&account).await.unwrap();
    let token = Token::new("token-1").unwrap();
    let shown = format!("{account:?} {:?} {token:?}", account.model("m1"));
    assert!(!shown.contains("token-1"), "{shown}");
}
