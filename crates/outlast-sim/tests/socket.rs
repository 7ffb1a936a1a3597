//! The same provider on a real socket: what a client sees of its faults on the wire.
//!
//! The client is a plain TCP stream, so that resets, closes and missing chunks are seen as they are. Nothing here waits
//! for a timer.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![cfg(feature = "server")]

mod support;

use std::io::{self, ErrorKind};

use outlast_sim::{CallEnd, SimServer};
use outlast_types::Mode;
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The formats whose replies are lines of text.
const EVENTS: [Format; 2] = [Format::Chat, Format::Messages];

async fn serve(format: Format, script: &str) -> (Provider, SimServer) {
    let sim = sim(format, script);
    let server = sim.bind("127.0.0.1:0").await.unwrap();
    (sim, server)
}

/// Connects and sends a request.
async fn send(server: &SimServer, request: &http::Request<bytes::Bytes>, close: bool) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let head = format!(
        "{} {} HTTP/1.1\r\nhost: sim\r\ncontent-length: {}\r\nconnection: {}\r\n\r\n",
        request.method(),
        request.uri().path(),
        request.body().len(),
        if close { "close" } else { "keep-alive" },
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(request.body()).await.unwrap();
    stream
}

/// Reads to the end, or to the error that stands in its place.
async fn read(mut stream: TcpStream) -> (String, io::Result<()>) {
    let mut bytes = Vec::new();
    let end = loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) => break Ok(()),
            Ok(len) => bytes.extend_from_slice(&buffer[..len]),
            Err(error) => break Err(error),
        }
    };
    (String::from_utf8(bytes).unwrap(), end)
}

async fn ask(server: &SimServer, format: Format, mode: Mode) -> (String, io::Result<()>) {
    read(send(server, &encode(format, &question(), mode), true).await).await
}

fn control(method: &str, path: &str, body: &'static str) -> http::Request<bytes::Bytes> {
    let request = http::Request::builder().method(method).uri(path);
    request
        .body(bytes::Bytes::from_static(body.as_bytes()))
        .unwrap()
}

/// Waits until a call has ended, and returns how; the socket tells it without a timer.
async fn end_of(sim: &Provider, number: usize) -> CallEnd {
    loop {
        match sim.log().get(number).map(|call| call.end) {
            None | Some(CallEnd::UnderWay) => tokio::task::yield_now().await,
            Some(end) => return end,
        }
    }
}

#[tokio::test]
async fn a_whole_stream_ends_with_its_last_chunk() {
    for format in EVENTS {
        let (sim, server) = serve(format, "").await;
        let (reply, end) = ask(&server, format, Mode::Stream).await;
        assert!(end.is_ok());
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(reply.contains("transfer-encoding: chunked\r\n"), "{reply}");
        assert!(reply.ends_with("\r\n0\r\n\r\n"), "{reply}");
        assert_eq!(end_of(&sim, 0).await, CallEnd::Complete);
    }
}

#[tokio::test]
async fn a_unary_reply_announces_its_length() {
    for format in EVENTS {
        let (_sim, server) = serve(format, "").await;
        let (reply, _) = ask(&server, format, Mode::Unary).await;
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_reset_is_a_reset_after_all_tokens_before_it() {
    for format in EVENTS {
        let (sim, server) = serve(format, "[[rule]]\ncut = { after = 5, by = \"reset\" }").await;
        let (reply, end) = ask(&server, format, Mode::Stream).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(tokens_in(&reply), 5, "{reply}");
        let call = &sim.log()[0];
        assert_eq!((call.end, call.tokens), (CallEnd::Cut, 5));
    }
}

#[tokio::test]
async fn a_close_is_an_end_without_the_last_chunk() {
    for format in EVENTS {
        let (_sim, server) = serve(format, "[[rule]]\ncut = { after = 5, by = \"close\" }").await;
        let (reply, end) = ask(&server, format, Mode::Stream).await;
        assert!(end.is_ok());
        assert_eq!(tokens_in(&reply), 5);
        assert!(!reply.ends_with("\r\n0\r\n\r\n"), "{reply}");
    }
}

#[tokio::test]
async fn an_end_is_a_body_that_http_calls_whole() {
    for format in EVENTS {
        let (_sim, server) = serve(format, "[[rule]]\ncut = { after = 5, by = \"end\" }").await;
        let (reply, end) = ask(&server, format, Mode::Stream).await;
        assert!(end.is_ok());
        assert_eq!(tokens_in(&reply), 5);
        assert!(reply.ends_with("\r\n0\r\n\r\n"), "{reply}");
    }
}

/// Counts the frames that carry a piece of text.
fn tokens_in(reply: &str) -> usize {
    let openai = reply.matches(r#""content":""#).count() - reply.matches(r#""content":"""#).count();
    openai + reply.matches("text_delta").count()
}

#[tokio::test]
async fn a_refused_connection_is_reset_before_it_is_answered() {
    for format in EVENTS {
        let (sim, server) = serve(format, "[[rule]]\nconnection = \"refuse\"").await;
        let (reply, end) = ask(&server, format, Mode::Unary).await;
        assert_eq!(reply, "");
        assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let call = &sim.log()[0];
        assert_eq!((call.path.as_str(), call.end), ("", CallEnd::Cut));
        assert_eq!(call.fault.as_deref(), Some("refuse connection"));
    }
}

#[tokio::test]
async fn the_control_endpoint_is_reached_while_connections_are_refused() {
    let (sim, server) = serve(Format::Chat, "[[rule]]\nconnection = \"refuse\"").await;
    let put = control("PUT", "/__sim/script", "");
    let (reply, _) = read(send(&server, &put, true).await).await;
    assert!(reply.starts_with("HTTP/1.1 204 "), "{reply}");
    let (reply, _) = ask(&server, Format::Chat, Mode::Unary).await;
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    let (reply, _) = read(send(&server, &control("GET", "/__sim/log", ""), true).await).await;
    assert!(reply.contains(r#""end":"complete""#), "{reply}");
    assert_eq!(sim.log().len(), 1);
}

#[tokio::test]
async fn a_connection_is_lost_once_the_request_was_read() {
    for format in EVENTS {
        for script in [
            "[[rule]]\nconnection = \"lose\"",
            "[[rule]]\nconnection = \"refuse\"\nmodel = \"*\"",
        ] {
            let (sim, server) = serve(format, script).await;
            let (reply, end) = ask(&server, format, Mode::Stream).await;
            assert_eq!(reply, "");
            assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
            assert_eq!(sim.log()[0].model.as_deref(), Some("sim-1"));
        }
    }
}

#[tokio::test]
async fn a_client_that_goes_away_before_the_head_is_noticed() {
    let (sim, server) = serve(Format::Chat, "[[rule]]\nhang = true").await;
    let request = encode(Format::Chat, &question(), Mode::Unary);
    let stream = send(&server, &request, false).await;
    while sim.log().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(stream);
    assert_eq!(end_of(&sim, 0).await, CallEnd::ClientGone);
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_is_noticed() {
    for format in EVENTS {
        let (sim, server) = serve(format, "[[rule]]\nstall = { after = 3 }").await;
        let request = encode(format, &question(), Mode::Stream);
        let mut stream = send(&server, &request, false).await;
        let mut reply = String::new();
        while tokens_in(&reply) < 3 {
            let mut buffer = [0; 4096];
            let len = stream.read(&mut buffer).await.unwrap();
            reply.push_str(std::str::from_utf8(&buffer[..len]).unwrap());
        }
        drop(stream);
        assert_eq!(end_of(&sim, 0).await, CallEnd::ClientGone);
        assert_eq!(sim.log()[0].tokens, 3);
    }
}

#[tokio::test]
async fn a_connection_serves_several_calls() {
    let (sim, server) = serve(Format::Chat, "").await;
    let request = encode(Format::Chat, &question(), Mode::Unary);
    let mut stream = send(&server, &request, false).await;
    let mut buffer = vec![0; 65_536];
    while sim.log().is_empty() || end_of(&sim, 0).await != CallEnd::Complete {
        tokio::task::yield_now().await;
    }
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    let second = "GET /v1/models HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\r\n";
    stream.write_all(second.as_bytes()).await.unwrap();
    let (reply, end) = read(stream).await;
    assert!(end.is_ok());
    assert!(reply.contains(r#""id":"sim-1""#), "{reply}");
}

#[tokio::test]
async fn a_shutdown_lets_the_calls_under_way_end() {
    let (sim, server) = serve(Format::Chat, "[answer]\nfirst_token = \"20ms\"").await;
    let addr = server.addr;
    let stream = send(
        &server,
        &encode(Format::Chat, &question(), Mode::Stream),
        false,
    )
    .await;
    while sim.log().is_empty() {
        tokio::task::yield_now().await;
    }
    let ((), (reply, end)) = tokio::join!(server.shutdown(), read(stream));
    assert!(end.is_ok());
    assert!(reply.ends_with("\r\n0\r\n\r\n"), "{reply}");
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_dropped_server_breaks_its_calls_and_frees_its_port() {
    let (sim, server) = serve(Format::Chat, "[[rule]]\nhang = true").await;
    let addr = server.addr;
    let stream = send(
        &server,
        &encode(Format::Chat, &question(), Mode::Unary),
        false,
    )
    .await;
    while sim.log().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(server);
    let (reply, _) = read(stream).await;
    assert_eq!(reply, "");
    assert_eq!(end_of(&sim, 0).await, CallEnd::ClientGone);
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_gets_a_413() {
    for format in EVENTS {
        let (_sim, server) = serve(format, "").await;
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        let head = "POST /v1/messages HTTP/1.1\r\nhost: sim\r\ncontent-length: 999999999\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let (reply, _) = read(stream).await;
        assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
        assert!(reply.contains(r#""message":"#), "{reply}");
    }
}
