//! Rows 11 to 14, 19, 20 and 22: TLS and HTTP/2, on real sockets.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::Reason;
use h2::server::{Connection, SendResponse};
use outlast::providers::{HttpService, OpenAiCompatible, ReqwestClient, http_service};
use outlast::{AttemptOutcome, Client, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::seen::{Seen, chat, stream};
use crate::support::{KEYS, World};
use crate::wire;

const HALF_A_STREAM: &str = "data: {\"id\": \"1\", \"object\": \"chat.completion.chunk\", \"model\": \"small\", \"choices\": [{\"index\": 0, \"delta\": {\"role\": \"assistant\", \"content\": \"BEGINNING\"}}]}\n\n";

/// An authority that signs for this test alone.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Makes a server's side of TLS for the host `name`, with a certificate that ends in `year`.
    fn acceptor(&self, name: &str, year: i32, protocol: &str) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// Makes a transport that trusts it.
    fn trusted(&self) -> HttpService {
        let builder = ReqwestClient::builder().trust(self.pem.as_bytes()).unwrap();
        http_service(builder.build().unwrap())
    }
}

/// A server behind TLS, until it is dropped. It counts the handshakes that succeeded.
struct Secure {
    port: u16,
    greeted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Secure {
    async fn new<F>(
        acceptor: TlsAcceptor,
        treat: impl Fn(TlsStream<TcpStream>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let greeted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&greeted);
        let treat = Arc::new(treat);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, treat, count) =
                    (acceptor.clone(), Arc::clone(&treat), Arc::clone(&count));
                tokio::spawn(async move {
                    if let Ok(socket) = acceptor.accept(socket).await {
                        count.fetch_add(1, Ordering::SeqCst);
                        treat(socket).await;
                    }
                });
            }
        });
        Self {
            port,
            greeted,
            task,
        }
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes a client that asks the server first, over `http`, and then the second provider of `world`.
fn client(server: &Secure, http: HttpService, world: &World) -> Client {
    let address = format!("https://localhost:{}/v1", server.port);
    let account = OpenAiCompatible::at("a", &address).unwrap();
    let account = account.with_key(KEYS[0]).unwrap().with_http(http);
    Client::builder()
        .target(account.model("small"))
        .target(world.target_b())
        .build()
        .unwrap()
}

/// Listens with HTTP/2 and treats each stream, whose number from 0 is told, in one way.
async fn http2(
    authority: &Authority,
    treat: impl Fn(usize, SendResponse<Bytes>) + Clone + Send + Sync + 'static,
) -> Secure {
    let number = Arc::new(AtomicUsize::new(0));
    let acceptor = authority.acceptor("localhost", 2100, "h2");
    Secure::new(acceptor, move |socket| {
        let (number, treat) = (Arc::clone(&number), treat.clone());
        async move {
            let mut connection = h2::server::handshake(socket).await.unwrap();
            while let Some(Ok((_, respond))) = connection.accept().await {
                treat(number.fetch_add(1, Ordering::SeqCst), respond);
            }
        }
    })
    .await
}

/// Answers a stream of HTTP/2 with a whole answer.
fn answer(mut respond: SendResponse<Bytes>) {
    let head = http::Response::builder().header("content-type", "application/json");
    let mut body = respond
        .send_response(head.body(()).unwrap(), false)
        .unwrap();
    body.send_data(Bytes::from(wire::answer("Hello.")), true)
        .unwrap();
}

async fn asked(server: &Secure, authority: &Authority, world: &World) -> Seen {
    chat(&client(server, authority.trusted(), world)).await
}

#[tokio::test]
async fn row_11_a_connection_that_says_goodbye_before_our_request_costs_nothing() {
    let authority = Authority::new();
    let goodbyes = Arc::new(AtomicUsize::new(0));
    let said = Arc::clone(&goodbyes);
    let acceptor = authority.acceptor("localhost", 2100, "h2");
    let server = Secure::new(acceptor, move |socket| {
        let is_first = said.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            let mut connection: Connection<_, Bytes> = h2::server::handshake(socket).await.unwrap();
            if is_first {
                // It has seen no stream when it goes.
                connection.abrupt_shutdown(Reason::NO_ERROR);
            }
            while let Some(Ok((_, respond))) = connection.accept().await {
                answer(respond);
            }
        }
    })
    .await;
    let world = World::new("", "");
    let seen = asked(&server, &authority, &world).await.print(11);
    seen.is_whole_from("a", "Hello.");
    seen.has_ledger("a served");
    assert_eq!(goodbyes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn row_12_a_stream_that_is_refused_is_offered_again_and_not_for_ever() {
    let authority = Authority::new();
    let world = World::new("", "");
    let once = http2(&authority, |number, mut respond| match number {
        0 => respond.send_reset(Reason::REFUSED_STREAM),
        _ => answer(respond),
    })
    .await;
    let seen = asked(&once, &authority, &world).await.print(12);
    seen.is_whole_from("a", "Hello.");
    seen.has_ledger("a served");

    let offered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&offered);
    let always = http2(&authority, move |_, mut respond| {
        count.fetch_add(1, Ordering::SeqCst);
        respond.send_reset(Reason::REFUSED_STREAM);
    })
    .await;
    let seen = asked(&always, &authority, &world).await.print(12);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a connection_lost, b served");
    assert!(offered.load(Ordering::SeqCst) <= 3);
}

#[tokio::test]
async fn row_13_a_stream_that_is_reset_before_its_first_content_fails_over() {
    let authority = Authority::new();
    let world = World::new("", "");
    let server = http2(&authority, |_, mut respond| {
        respond.send_reset(Reason::INTERNAL_ERROR)
    })
    .await;
    let seen = asked(&server, &authority, &world).await.print(13);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a connection_lost, a connection_lost, b served");
}

#[tokio::test]
async fn row_14_where_one_stream_at_a_time_is_let_through_all_calls_get_their_turn() {
    let authority = Authority::new();
    let world = World::new("", "");
    let acceptor = authority.acceptor("localhost", 2100, "h2");
    let server = Secure::new(acceptor, |socket| async move {
        let one = h2::server::Builder::new()
            .max_concurrent_streams(1)
            .handshake(socket)
            .await;
        let mut connection: Connection<_, Bytes> = one.unwrap();
        while let Some(Ok((_, respond))) = connection.accept().await {
            answer(respond);
        }
    })
    .await;
    let client = client(&server, authority.trusted(), &world);
    let all = futures_util::future::join_all((0..100).map(|_| chat(&client))).await;
    for seen in &all {
        seen.is_whole_from("a", "Hello.");
        seen.has_ledger("a served");
    }
    all.into_iter().next().unwrap().print(14);
}

#[tokio::test]
async fn row_19_an_expired_certificate_fails_over_and_opens_the_breaker_at_once() {
    let authority = Authority::new();
    let world = World::new("", "");
    let expired = authority.acceptor("localhost", 2001, "http/1.1");
    let server = Secure::new(expired, |_| async {}).await;
    let client = client(&server, authority.trusted(), &world);
    let seen = chat(&client).await.print(19);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a tls, b served");
    let seen = chat(&client).await.print(19);
    seen.has_ledger("a skipped: breaker_open, b served");
    assert_eq!(server.greeted.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn row_20_a_certificate_of_another_host_or_of_an_unknown_authority_never_gets_the_request() {
    let authority = Authority::new();
    let world = World::new("", "");
    let stranger = Authority::new();
    for acceptor in [
        authority.acceptor("elsewhere.example", 2100, "http/1.1"),
        stranger.acceptor("localhost", 2100, "http/1.1"),
    ] {
        let server = Secure::new(acceptor, |_| async {}).await;
        let seen = asked(&server, &authority, &world).await.print(20);
        seen.is_whole_from("b", &world.text());
        assert_eq!(
            seen.attempts[0].outcome,
            AttemptOutcome::Failed(ErrorKind::Tls)
        );
        assert_eq!(server.greeted.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn row_22_a_stream_that_tls_ends_early_is_cut_and_goes_on_elsewhere() {
    let authority = Authority::new();
    let world = World::new("", "");
    let beginning: String = world.text().chars().take(30).collect();
    let event = HALF_A_STREAM.replace("BEGINNING", &beginning);
    let acceptor = authority.acceptor("localhost", 2100, "http/1.1");
    let server = Secure::new(acceptor, move |mut socket| {
        let event = event.clone();
        async move {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            let chunk = format!("{head}{:x}\r\n{event}\r\n", event.len());
            let _ = socket.write_all(chunk.as_bytes()).await;
            let _ = socket.flush().await;
            // TLS says goodbye; HTTP had not.
            let _ = socket.shutdown().await;
        }
    })
    .await;
    let seen = stream(&client(&server, authority.trusted(), &world))
        .await
        .print(22);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a broken: stream_broken, b served");
}
