//! What a connection sees: sockets without timers, and connections in memory where time matters.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use outlast_gateway::{Gateway, GatewayConfig, Limits, ServeError, bind};
use outlast_sim::{Api, CallEnd, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Http1, Stage, ask, get, never, post, until, within};

/// A gateway on a socket.
struct Served {
    stage: Stage,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    async fn new(stage: Stage) -> Self {
        let listener = bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let gateway = stage.gateway.clone();
        let served = tokio::spawn(gateway.serve(listener, async { drop(stopped.await) }));
        Self {
            stage,
            address,
            stop,
            served,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn caller(&self) -> Http1 {
        Http1::on(self.connect().await).await
    }
}

fn with_grace(grace: Duration) -> GatewayConfig {
    let mut config = GatewayConfig::default();
    config.shutdown_grace = grace;
    config
}

/// Connects to a gateway in memory, where time may be paused.
fn connect_in_memory(gateway: &Gateway) -> (DuplexStream, JoinHandle<()>) {
    let (ours, theirs) = duplex(64 * 1024);
    (ours, tokio::spawn(gateway.clone().serve_connection(theirs)))
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_streams() {
    let served = Served::new(Stage::new()).await;
    let mut caller = served.caller().await;
    for number in 0..5 {
        let question = format!("Question {number}?");
        let answer = caller.ask(ask(&question, number % 2 == 0)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        if number % 2 == 0 {
            assert_eq!(
                answer.streamed_text(),
                served.stage.primary.reference_text(&question)
            );
        }
    }
}

/// An HTTP/2 caller, and the task that drives its connection.
async fn http_2(served: &Served) -> hyper::client::conn::http2::SendRequest<Full<Bytes>> {
    let io = TokioIo::new(served.connect().await);
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

fn absolute(served: &Served, mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let uri = format!("http://{}{}", served.address, request.uri());
    *request.uri_mut() = uri.parse().unwrap();
    request
}

#[tokio::test]
async fn http_2_without_tls_is_served_to_those_who_speak_it() {
    let served = Served::new(Stage::new()).await;
    let mut caller = http_2(&served).await;
    let request = absolute(&served, ask("Hello?", true));
    let response = within(caller.send_request(request)).await.unwrap();
    assert_eq!(
        (response.status(), response.version()),
        (StatusCode::OK, http::Version::HTTP_2)
    );
    let body = within(response.into_body().collect()).await.unwrap();
    assert!(body.to_bytes().ends_with(b"data: [DONE]\n\n"));
}

#[tokio::test]
async fn a_caller_that_resets_its_http_2_stream_keeps_its_connection_and_ends_the_upstream_call() {
    let served = Served::new(Stage::new().primary_does("[[rule]]\nhang = true\ntimes = 1")).await;
    let mut caller = http_2(&served).await;
    let call = caller.send_request(absolute(&served, ask("Hello?", false)));
    tokio::select! {
        biased;
        _ = call => panic!("a hanging provider does not answer"),
        () = until(|| !served.stage.primary.log().is_empty()) => {}
    }
    served.stage.primary_has(CallEnd::ClientGone).await;
    let again = caller.send_request(absolute(&served, ask("Hello?", false)));
    assert_eq!(within(again).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_closed_connection_ends_the_upstream_call_of_a_unary_request() {
    let served = Served::new(Stage::new().primary_does("[[rule]]\nhang = true")).await;
    let mut connection = served.connect().await;
    connection
        .write_all(&raw(&ask("Hello?", false)).await)
        .await
        .unwrap();
    until(|| !served.stage.primary.log().is_empty()).await;
    drop(connection);
    served.stage.primary_has(CallEnd::ClientGone).await;
}

#[tokio::test]
async fn a_closed_connection_ends_the_upstream_call_of_a_stream() {
    let served = Served::new(Stage::new().primary_does("[[rule]]\nstall = { after = 5 }")).await;
    let mut connection = served.connect().await;
    connection
        .write_all(&raw(&ask("Hello?", true)).await)
        .await
        .unwrap();
    let mut seen = [0; 16];
    within(connection.read_exact(&mut seen)).await.unwrap();
    assert!(seen.starts_with(b"HTTP/1.1 200"));
    drop(connection);
    served.stage.primary_has(CallEnd::ClientGone).await;
}

#[tokio::test]
async fn a_caller_that_sends_too_much_still_sees_the_answer() {
    let mut config = GatewayConfig::default();
    config.body_limit = 1000;
    let served = Served::new(Stage::with_config(config)).await;
    let mut caller = served.caller().await;
    let answer = caller.ask(ask(&"x".repeat(8 * 1024 * 1024), false)).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    answer.openai_error();
}

#[tokio::test]
async fn a_request_under_way_is_finished_before_the_gateway_stops() {
    let slow = "[answer]\nwords = 30\ngap = \"5ms\"";
    let served = Served::new(Stage::new().primary_does(slow)).await;
    let mut caller = served.caller().await;
    let response = caller.send(ask("Hello?", true)).await;
    served.stop.send(()).unwrap();
    let body = within(response.into_body().collect())
        .await
        .unwrap()
        .to_bytes();
    assert!(body.ends_with(b"data: [DONE]\n\n"));
    within(served.served).await.unwrap().unwrap();
    assert_eq!(served.stage.primary.log()[0].end, CallEnd::Complete);
}

#[tokio::test]
async fn a_stream_that_outlives_the_grace_period_ends_in_an_error() {
    let stalls = "[[rule]]\nstall = { after = 5 }";
    let stage = Stage::with_config(with_grace(Duration::ZERO)).primary_does(stalls);
    let served = Served::new(stage).await;
    let mut caller = served.caller().await;
    let response = caller.send(ask("Hello?", true)).await;
    served.stop.send(()).unwrap();
    let body = within(response.into_body().collect())
        .await
        .unwrap()
        .to_bytes();
    let body = std::str::from_utf8(&body).unwrap();
    assert!(body.contains("\"error\""), "{body}");
    assert!(body.contains("shutting down"), "{body}");
    within(served.served).await.unwrap().unwrap();
    assert_eq!(served.stage.primary.log()[0].end, CallEnd::ClientGone);
}

#[tokio::test]
async fn a_unary_request_that_outlives_the_grace_period_is_told_to_come_back() {
    let hangs = "[[rule]]\nhang = true";
    let stage = Stage::with_config(with_grace(Duration::ZERO)).primary_does(hangs);
    let served = Served::new(stage).await;
    let mut caller = served.caller().await;
    let call = tokio::spawn(async move { caller.ask(ask("Hello?", false)).await });
    until(|| !served.stage.primary.log().is_empty()).await;
    served.stop.send(()).unwrap();
    let answer = within(call).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    answer.openai_error();
    within(served.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_shutdown() {
    let served = Served::new(Stage::new()).await;
    let silent = served.connect().await;
    let mut caller = served.caller().await;
    caller.ask(get("/healthz")).await;
    served.stop.send(()).unwrap();
    within(served.served).await.unwrap().unwrap();
    drop(silent);
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn the_end_of_the_serving_future_is_the_end_of_its_calls() {
    let served = Served::new(Stage::new().primary_does("[[rule]]\nhang = true")).await;
    let mut connection = served.connect().await;
    connection
        .write_all(&raw(&ask("Hello?", false)).await)
        .await
        .unwrap();
    until(|| !served.stage.primary.log().is_empty()).await;
    served.served.abort();
    served.stage.primary_has(CallEnd::ClientGone).await;
}

#[tokio::test]
async fn without_keys_only_this_machine_may_be_served() {
    let listener = bind(format!("{}:0", Ipv4Addr::UNSPECIFIED)).await.unwrap();
    let error = Stage::new()
        .gateway
        .serve(listener, never())
        .await
        .unwrap_err();
    assert!(matches!(error, ServeError::OpenToTheNetwork { .. }));
    assert!(error.to_string().contains("keys"), "{error}");
}

#[tokio::test]
async fn with_keys_every_address_may_be_served() {
    let mut config = GatewayConfig::default();
    config.keys = vec![outlast_gateway::GatewayKey::new("app", "k")];
    let listener = bind(format!("{}:0", Ipv4Addr::UNSPECIFIED)).await.unwrap();
    let gateway = Stage::with_config(config).gateway;
    gateway
        .serve(listener, std::future::ready(()))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let first = bind("127.0.0.1:0").await.unwrap();
    let address = first.local_addr().unwrap().to_string();
    let error = bind(&address).await.unwrap_err();
    assert!(error.to_string().contains(&address), "{error}");
    assert!(
        bind("nowhere")
            .await
            .unwrap_err()
            .to_string()
            .contains("nowhere")
    );
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let (primary, fallback) = (Sim::new(Api::OpenAi), Sim::new(Api::Anthropic));
    let mut limits = Limits::default();
    limits.connections = 1;
    let client = crate::support::client(&primary, &fallback);
    let gateway = Gateway::with_limits(client, GatewayConfig::default(), limits);
    let listener = bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(gateway.serve(listener, never()));

    let mut first = Http1::on(TcpStream::connect(address).await.unwrap()).await;
    first.ask(get("/healthz")).await;
    let second = tokio::spawn(async move {
        let mut second = Http1::on(TcpStream::connect(address).await.unwrap()).await;
        second.ask(get("/healthz")).await.status()
    });
    drop(first);
    assert_eq!(within(second).await.unwrap(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_no_request_is_closed() {
    let stage = Stage::new();
    for begun in [
        "",
        "P",
        "PRI * HT",
        "POST /v1/chat/completions HTTP/1.1\r\nhost:",
    ] {
        let (mut connection, served) = connect_in_memory(&stage.gateway);
        connection.write_all(begun.as_bytes()).await.unwrap();
        let began = tokio::time::Instant::now();
        served.await.unwrap();
        assert_eq!(began.elapsed(), Limits::default().first_head, "{begun}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_no_further_request_is_closed_later() {
    let stage = Stage::new();
    let (connection, served) = connect_in_memory(&stage.gateway);
    let mut caller = Http1::on(connection).await;
    caller.ask(get("/healthz")).await;
    let began = tokio::time::Instant::now();
    served.await.unwrap();
    assert_eq!(began.elapsed(), Limits::default().idle);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_ends_the_upstream_call() {
    let stage = Stage::new().primary_does("[answer]\nwords = 20000");
    let (mut connection, served) = connect_in_memory(&stage.gateway);
    connection
        .write_all(&raw(&ask("Hello?", true)).await)
        .await
        .unwrap();
    served.await.unwrap();
    assert_eq!(stage.primary.log()[0].end, CallEnd::ClientGone);
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_refused_and_never_hangs() {
    let stage = Stage::new();
    let long_head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(1000));
    let nonsense = [
        "\r\n\r\n\r\n",
        "\u{0}\u{0}\u{0}\u{0}\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\nab",
        "POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        &long_head,
        &many_headers,
    ];
    for bytes in nonsense {
        let (mut connection, served) = connect_in_memory(&stage.gateway);
        let (mut read, mut write) = tokio::io::split(&mut connection);
        let mut answer = Vec::new();
        let sent = async {
            // The gateway may have closed before it has read everything.
            let _ = write.write_all(bytes.as_bytes()).await;
            let _ = write.shutdown().await;
        };
        let (_, read) = tokio::join!(sent, read.read_to_end(&mut answer));
        // A reset in place of an answer is an answer too.
        drop(read);
        served.await.unwrap();
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{:.40}", bytes);
    }
    assert!(stage.primary.log().is_empty());
}

/// Writes a request as HTTP/1.1.
async fn raw(request: &Request<Full<Bytes>>) -> Vec<u8> {
    let body = request.body().clone().collect().await.unwrap().to_bytes();
    let mut raw = format!(
        "{} {} HTTP/1.1\r\nhost: gateway\r\ncontent-length: {}\r\n\r\n",
        request.method(),
        request.uri(),
        body.len()
    )
    .into_bytes();
    raw.extend_from_slice(&body);
    raw
}

#[tokio::test(start_paused = true)]
async fn the_health_says_when_the_gateway_stops() {
    let stage = Stage::with_config(with_grace(Duration::from_secs(5)));
    assert_eq!(stage.handle(get("/healthz")).await.status(), StatusCode::OK);
    let listener = bind("127.0.0.1:0").await.unwrap();
    stage
        .gateway
        .clone()
        .serve(listener, std::future::ready(()))
        .await
        .unwrap();
    let answer = stage.handle(get("/healthz")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        stage
            .handle(post("/healthz", &serde_json::Value::Null))
            .await
            .status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}
