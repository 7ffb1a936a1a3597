//! The key of a service account, a server that checks what is signed with it, and tokens over time.
//!
//! The server is real, on a socket of this machine: it verifies each assertion's RS256 signature with the public half of
//! a key that was made for the test, and what the assertion claims; then it hands out a token, and only with such a
//! token does it answer as Vertex AI.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::future::join_all;
use outlast_providers::{
    Account, GoogleCredentials, HttpService, ReqwestClient, Tokens, Vertex, http_service,
};
use outlast_types::{ErrorKind, Phase, Sent};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{ServiceExt, service_fn};
use url::form_urlencoded;

use crate::{CLAUDE, CLAUDE_REPLY, GEMINI, GEMINI_REPLY, ask};

const EMAIL: &str = "outlast@p-1.iam.gserviceaccount.com";
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// A time that the account's own clock starts at: it need not be the system's.
const START: Duration = Duration::from_secs(2_000_000_000);

#[derive(Clone)]
struct Google {
    public_key: Arc<Vec<u8>>,
    /// The seconds since the start, by the account's clock, which the tokens live by.
    clock: Arc<AtomicU64>,
    /// When each token was issued.
    issued: Arc<Mutex<Vec<u64>>>,
    /// The tokens that Vertex AI was sent.
    seen: Arc<Mutex<Vec<String>>>,
    /// What the issuer answers in place of a token.
    refusal: Arc<Mutex<Option<(u16, String)>>>,
}

/// What is wrong with an assertion, in Google's words.
fn refuse(why: &str) -> (u16, String) {
    let body = json!({"error": "invalid_grant", "error_description": why});
    (400, body.to_string())
}

impl Google {
    fn new(key: &KeyPair) -> Self {
        Self {
            public_key: Arc::new(key.public_key().as_ref().to_vec()),
            clock: Arc::default(),
            issued: Arc::default(),
            seen: Arc::default(),
            refusal: Arc::default(),
        }
    }

    fn advance(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn issued(&self) -> usize {
        self.issued.lock().unwrap().len()
    }

    fn refuse_with(&self, refusal: Option<(u16, String)>) {
        *self.refusal.lock().unwrap() = refusal;
    }

    fn answer(
        &self,
        host: &str,
        path: &str,
        headers: &[(String, String)],
        body: &str,
    ) -> (u16, String) {
        if format!("https://{host}{path}") == TOKEN_URI {
            return self.issue(body).unwrap_or_else(|refusal| refusal);
        }
        let bearer = headers.iter().find(|(name, _)| name == "authorization");
        let token = bearer
            .and_then(|(_, value)| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        self.seen.lock().unwrap().push(token.to_owned());
        if !self.accepts(token) {
            let body = json!({"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "Request had invalid authentication credentials."}});
            return (401, body.to_string());
        }
        let reply = if path.ends_with(":rawPredict") {
            CLAUDE_REPLY
        } else {
            GEMINI_REPLY
        };
        (200, reply.to_owned())
    }

    /// A token is accepted for an hour.
    fn accepts(&self, token: &str) -> bool {
        let issued = self.issued.lock().unwrap();
        let number = token
            .strip_prefix("ya29.")
            .and_then(|number| number.parse::<usize>().ok());
        let at = number.and_then(|number| issued.get(number));
        at.is_some_and(|at| self.now() < at + 3600)
    }

    fn issue(&self, body: &str) -> Result<(u16, String), (u16, String)> {
        let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        let field = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        if field("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return Err(refuse("another grant"));
        }
        self.verify(field("assertion"))?;
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Err(refusal);
        }
        let mut issued = self.issued.lock().unwrap();
        let token = format!("ya29.{}", issued.len());
        issued.push(self.now());
        let body = json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"});
        Ok((200, body.to_string()))
    }

    fn verify(&self, assertion: &str) -> Result<(), (u16, String)> {
        let parts: Vec<&str> = assertion.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(refuse("no JWT"));
        };
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| refuse("no signature"))?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.public_key.as_slice())
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| refuse("Invalid JWT Signature."))?;
        let document = |part: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let (header, claims) = (document(header), document(claims));
        assert_eq!(header["alg"], "RS256");
        assert_eq!(claims["iss"], EMAIL);
        assert_eq!(claims["aud"], TOKEN_URI);
        assert_eq!(
            claims["scope"],
            "https://www.googleapis.com/auth/cloud-platform"
        );
        let (iat, exp) = (
            claims["iat"].as_u64().unwrap(),
            claims["exp"].as_u64().unwrap(),
        );
        assert_eq!(exp - iat, 3600);
        assert!(iat.abs_diff(system_seconds()) < 60, "{iat}");
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "an assertion says when it was made by the system's clock"
)]
fn system_seconds() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap().as_secs()
}

/// Serves `google` on a socket, and returns a transport that reaches it under every name.
async fn serve(google: Google) -> HttpService {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(converse(socket, google.clone()));
        }
    });
    let client = http_service(ReqwestClient::builder().build().unwrap());
    http_service(service_fn(move |mut request: http::Request<Bytes>| {
        let host = request.uri().host().unwrap().parse().unwrap();
        request.headers_mut().insert("x-host", host);
        let path = request.uri().path_and_query().unwrap().clone();
        *request.uri_mut() = format!("http://{address}{path}").parse().unwrap();
        client.clone().oneshot(request)
    }))
}

/// Answers one request.
async fn converse(mut socket: TcpStream, google: Google) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut buffer = [0; 4096];
        let read = socket.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "the client closed before it had sent a request");
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() == length(head)
        {
            break (head.to_owned(), body.to_owned());
        }
    };
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let host = headers.iter().find(|(name, _)| name == "x-host").unwrap();
    let (status, body) = google.answer(&host.1, path, &headers, &body);
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    socket
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.to_ascii_lowercase(), value.to_owned()))
}

fn length(head: &str) -> usize {
    let length = head
        .lines()
        .filter_map(header)
        .find(|(name, _)| name == "content-length");
    length.map_or(0, |(_, value)| value.parse().unwrap())
}

fn new_key() -> KeyPair {
    KeyPair::generate(KeySize::Rsa2048).unwrap()
}

/// The document that Google hands out for a key.
fn document(key: &KeyPair) -> String {
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let lines: Vec<String> = STANDARD
        .encode(der.as_ref())
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    );
    json!({
        "type": "service_account",
        "project_id": "p-1",
        "private_key_id": "0123",
        "private_key": pem,
        "client_email": EMAIL,
        "token_uri": TOKEN_URI,
    })
    .to_string()
}

fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

async fn account(google: &Google, credentials: GoogleCredentials) -> Account {
    let clock = Arc::clone(&google.clock);
    let tokens = Tokens::new(credentials).with_clock(move || {
        SystemTime::UNIX_EPOCH + START + Duration::from_secs(clock.load(Ordering::Relaxed))
    });
    let account = Vertex::in_location("p-1", "global").unwrap();
    account
        .with_authorizer(tokens)
        .with_http(serve(google.clone()).await)
}

#[tokio::test]
async fn one_token_that_the_key_signed_for_reaches_gemini_and_claude() {
    let key = new_key();
    let google = Google::new(&key);
    let path = file("one_token.json", &document(&key));
    let account = account(&google, GoogleCredentials::from_file(path)).await;
    assert_eq!(ask(&account, GEMINI).await.unwrap(), "Hello");
    assert_eq!(ask(&account, CLAUDE).await.unwrap(), "Hello");
    assert_eq!(google.seen(), ["ya29.0", "ya29.0"]);
    assert_eq!(google.issued(), 1);
}

#[tokio::test]
async fn many_who_need_a_token_at_once_share_one() {
    let key = new_key();
    let google = Google::new(&key);
    let account = account(&google, GoogleCredentials::from_json(document(&key))).await;
    let answers = join_all((0..20).map(|_| ask(&account, GEMINI))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(google.issued(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_it_expires() {
    let key = new_key();
    let google = Google::new(&key);
    let account = account(&google, GoogleCredentials::from_json(document(&key))).await;
    ask(&account, GEMINI).await.unwrap();
    google.advance(3600 - 5 * 60 - 10);
    ask(&account, GEMINI).await.unwrap();
    assert_eq!(google.issued(), 1, "not yet due");

    // The renewal runs beside a request: it is waited for by asking until it is there.
    google.advance(20);
    for _ in 0..100 {
        ask(&account, GEMINI).await.unwrap();
        if google.seen().last().unwrap() == "ya29.1" {
            break;
        }
    }
    google.advance(10 * 60);
    ask(&account, GEMINI).await.unwrap();
    assert_eq!(
        google.seen().last().unwrap(),
        "ya29.1",
        "the first one is no longer accepted"
    );
    assert_eq!(google.issued(), 2);

    // Nobody asked for so long that the token is gone: the next one is waited for.
    google.advance(3 * 3600);
    ask(&account, GEMINI).await.unwrap();
    assert_eq!(google.seen().last().unwrap(), "ya29.2");
}

#[tokio::test]
async fn a_key_that_google_does_not_know_is_refused_by_the_name_of_its_file() {
    let (known, other) = (new_key(), new_key());
    let google = Google::new(&known);
    let path = file("another_key.json", &document(&other));
    let account = account(&google, GoogleCredentials::from_file(&path)).await;
    let error = ask(&account, CLAUDE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
    assert_eq!(error.code(), Some("invalid_grant"));
    let expect = format!(
        "the file `{}` gives no token: oauth2.googleapis.com: Invalid JWT Signature.",
        path.display()
    );
    assert_eq!(error.message(), Some(expect.as_str()));
    assert_eq!(google.seen(), [""; 0], "nothing was sent to Vertex AI");

    // The file is read again: a key that is put right works without a restart.
    std::fs::write(&path, document(&known)).unwrap();
    assert_eq!(ask(&account, CLAUDE).await.unwrap(), "Hello");
}

#[tokio::test]
async fn what_the_issuer_fails_with_is_what_the_call_fails_with() {
    let key = new_key();
    let google = Google::new(&key);
    let account = account(&google, GoogleCredentials::from_json(document(&key))).await;
    let check = async |refusal: (u16, &str), kind| {
        google.refuse_with(Some((refusal.0, refusal.1.to_owned())));
        let error = ask(&account, GEMINI).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (kind, Sent::No), "{error}");
    };
    check((503, "{}"), ErrorKind::Overloaded).await;
    check((500, "oops"), ErrorKind::Server).await;
    check((429, "{}"), ErrorKind::RateLimited).await;
    check(
        (401, r#"{"error":"invalid_client"}"#),
        ErrorKind::Unauthenticated,
    )
    .await;
    check(
        (403, r#"{"error":"access_denied"}"#),
        ErrorKind::PermissionDenied,
    )
    .await;
    google.refuse_with(None);
    assert_eq!(ask(&account, GEMINI).await.unwrap(), "Hello");
}

#[tokio::test]
async fn a_renewal_that_fails_is_not_noticed_as_long_as_the_token_lives() {
    let key = new_key();
    let google = Google::new(&key);
    let account = account(&google, GoogleCredentials::from_json(document(&key))).await;
    ask(&account, GEMINI).await.unwrap();
    google.refuse_with(Some((503, "{}".to_owned())));
    google.advance(3500);
    for _ in 0..3 {
        ask(&account, GEMINI).await.unwrap();
    }
    google.advance(100);
    let error = ask(&account, GEMINI).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
}
