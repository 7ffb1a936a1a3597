//! The reqwest transport against real sockets on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![cfg(feature = "reqwest")]

use bytes::Bytes;
use http_body_util::BodyExt;
use outlast_providers::{HttpService, ReqwestClient, http_service};
use outlast_types::{BoxError, Error, ErrorKind, Phase, Sent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower::ServiceExt;

fn http() -> HttpService {
    http_service(ReqwestClient::builder().build().unwrap())
}

fn post(address: &str) -> http::Request<Bytes> {
    http::Request::post(address)
        .header("authorization", "Bearer sk-canary")
        .body(Bytes::from_static(b"{}"))
        .unwrap()
}

async fn failure(request: http::Request<Bytes>) -> Error {
    let error: BoxError = http().oneshot(request).await.err().unwrap();
    let error = *error.downcast::<Error>().unwrap();
    assert!(!format!("{error} {error:?}").contains("canary"));
    error
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}/v1"))
}

/// Accepts a connection and reads a request's head from it.
async fn accept(listener: &TcpListener) -> TcpStream {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 1024];
        let read = socket.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "the client closed before it had sent a request");
        head.extend_from_slice(&buffer[..read]);
    }
    socket
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() {
    let (listener, address) = listen().await;
    drop(listener);
    let error = failure(post(&address)).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
}

#[tokio::test]
async fn a_connection_closed_before_the_head_may_have_been_sent() {
    let (listener, address) = listen().await;
    let server = async { drop(accept(&listener).await) };
    let (error, ()) = tokio::join!(failure(post(&address)), server);
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert_eq!((error.phase(), error.sent()), (Phase::Head, Sent::Maybe));
}

#[tokio::test]
async fn a_body_that_breaks_off_fails_as_a_lost_connection() {
    let (listener, address) = listen().await;
    let server = async {
        let mut socket = accept(&listener).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        socket.write_all(head).await.unwrap();
    };
    let (reply, ()) = tokio::join!(http().oneshot(post(&address)), server);
    let mut body = reply.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "half");
    let error = Error::from(body.frame().await.unwrap().unwrap_err());
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert_eq!(error.sent(), Sent::Yes);
}

#[tokio::test]
async fn a_redirect_is_handed_up_and_the_key_goes_nowhere_else() {
    let (elsewhere, target) = listen().await;
    let (listener, address) = listen().await;
    let server = async {
        let mut socket = accept(&listener).await;
        let head = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
    };
    let (reply, ()) = tokio::join!(http().oneshot(post(&address)), server);
    assert_eq!(reply.unwrap().status(), 307);
    tokio::select! {
        biased;
        _ = elsewhere.accept() => panic!("the redirect was followed"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn an_error_status_is_not_retried() {
    let (listener, address) = listen().await;
    let server = async {
        let mut socket = accept(&listener).await;
        let head = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        socket.write_all(head).await.unwrap();
        // Nothing more is asked on this connection until the client lets go of it.
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await.unwrap();
        rest
    };
    let ask = async {
        let status = http().oneshot(post(&address)).await.unwrap().status();
        assert_eq!(status, 503);
    };
    let ((), rest) = tokio::join!(ask, server);
    assert!(!rest.starts_with(b"POST"));
}

#[tokio::test]
async fn a_server_without_tls_behind_an_https_address_is_never_spoken_to_in_plain() {
    let (listener, address) = listen().await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut hello = [0; 5];
        socket.read_exact(&mut hello).await.unwrap();
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        hello
    };
    let request = post(&address.replace("http:", "https:"));
    let (error, hello) = tokio::join!(failure(request), server);
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
    assert_eq!(hello[0], 0x16, "a TLS handshake, not a request");
}

/// Makes a server's side of TLS whose certificate nobody has signed.
fn unknown_authority() -> TlsAcceptor {
    let certificate = include_bytes!("fixtures/unknown_authority.cert.pem");
    let key = include_bytes!("fixtures/unknown_authority.key.pem");
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(std::sync::Arc::new(config))
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_never_sees_the_request() {
    let (listener, address) = listen().await;
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        unknown_authority().accept(socket).await.map(drop)
    };
    let address = address.replace("http://127.0.0.1", "https://localhost");
    let (error, handshake) = tokio::join!(failure(post(&address)), server);
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
    assert!(handshake.is_err(), "the client breaks the handshake off");
}

/// The clock stands still until everybody waits, and then jumps to the end of the time limit.
#[tokio::test(start_paused = true)]
async fn a_server_that_accepts_and_says_nothing_is_given_up_within_the_time_to_connect() {
    let (listener, address) = listen().await;
    let request = post(&address.replace("http:", "https:"));
    let start = tokio::time::Instant::now();
    let error = failure(request).await;
    assert_eq!(error.kind(), ErrorKind::ConnectTimeout);
    assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
    assert_eq!(start.elapsed().as_secs(), 5);
    drop(listener);
}
