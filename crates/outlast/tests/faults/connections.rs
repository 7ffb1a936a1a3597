//! Rows 1 to 18: name lookup, connections, and what becomes of them.

use std::time::Duration;

use outlast::ErrorKind;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::seen::{chat, stream};
use crate::support::{World, always};
use crate::wire::{Server, client_at, read_request};

#[tokio::test]
async fn row_01_a_name_that_is_not_found_costs_the_caller_nothing() {
    let world = World::new("", "");
    let client = client_at("https://no-such-host.invalid/v1", &world);
    let seen = chat(&client).await.print(1);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a connect, b served");
}

#[tokio::test]
async fn row_04_a_refused_connection_fails_over_and_five_open_the_breaker() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let world = World::new("", "");
    let client = client_at(&address, &world);
    for call in 0..5 {
        let seen = chat(&client).await;
        seen.is_whole_from("b", &world.text());
        assert_eq!(seen.ledger(), "a connect, b served", "call {call}");
    }
    let seen = chat(&client).await.print(4);
    seen.has_ledger("a skipped: breaker_open, b served");
}

/// The clock stands still until everybody waits, and then jumps to the end of the time limit.
#[tokio::test(start_paused = true)]
async fn row_05_a_host_that_swallows_connections_is_given_up_within_the_time_to_connect() {
    // A queue of one that nobody takes from: the kernel drops what comes after.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while queue.len() < 8 {
        let connect = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100));
        match connect {
            Ok(socket) => queue.push(socket),
            Err(_) => break,
        }
    }
    let world = World::new("", "");
    let seen = chat(&client_at(&format!("http://{address}/v1"), &world)).await;
    let seen = seen.print(5);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a connect_timeout, b served");
    seen.took_at_most(Duration::from_millis(5_100));
}

#[tokio::test]
async fn row_06_where_only_one_of_two_addresses_answers_it_is_used_and_nothing_counts_as_a_fault() {
    let world = World::new("", "");
    let server = world.a.bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}/v1", server.addr.port());
    let seen = chat(&client_at(&address, &world)).await.print(6);
    seen.is_whole_from("a", &world.text());
    seen.has_ledger("a served");
}

#[tokio::test]
async fn row_07_a_connection_that_is_reset_as_soon_as_it_stands_fails_over() {
    let server = Server::new(|socket| async move { reset(socket) }).await;
    let world = World::new("", "");
    let seen = chat(&client_at(&server.address(), &world)).await.print(7);
    seen.is_whole_from("b", &world.text());
}

#[tokio::test]
async fn row_08_a_kept_connection_that_the_server_closed_costs_nothing() {
    let world = World::new("", "");
    let sim = world.a.bind("127.0.0.1:0").await.unwrap();
    let upstream = sim.addr;
    // Each connection serves one call and is closed, although it promised to stay.
    let server = Server::new(move |mut socket| async move {
        if let Ok(mut onward) = TcpStream::connect(upstream).await {
            let half_a_second = Duration::from_millis(500);
            let both = tokio::io::copy_bidirectional(&mut socket, &mut onward);
            let _ = tokio::time::timeout(half_a_second, both).await;
        }
    })
    .await;
    let client = client_at(&server.address(), &world);
    chat(&client).await.is_whole_from("a", &world.text());
    tokio::time::sleep(Duration::from_millis(700)).await;
    let seen = chat(&client).await.print(8);
    seen.is_whole_from("a", &world.text());
    seen.has_ledger("a served");
}

#[tokio::test(start_paused = true)]
async fn row_09_a_connection_lost_after_the_request_is_tried_once_more_and_may_have_been_billed() {
    let world = World::new(&always("connection = \"lose\""), "");
    for seen in [chat(&world.client()).await, stream(&world.client()).await] {
        seen.is_whole_from("b", &world.text());
        seen.has_ledger("a connection_lost, a connection_lost, b served");
        seen.print(9);
    }
}

#[tokio::test]
async fn row_09_a_reset_after_the_request_is_seen_as_such_on_a_real_socket() {
    let server = Server::new(|mut socket| async move {
        read_request(&mut socket).await;
        reset(socket);
    })
    .await;
    let world = World::new("", "");
    let seen = chat(&client_at(&server.address(), &world)).await;
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a connection_lost, a connection_lost, b served");
}

#[tokio::test(start_paused = true)]
async fn row_15_a_host_that_vanishes_in_the_middle_of_a_stream_is_given_up_and_its_answer_goes_on()
{
    let world = World::new(&always("stall = { after = 5 }"), "");
    let seen = stream(&world.client()).await.print(15);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a broken: idle_timeout, b served");
    seen.took_at_most(Duration::from_secs(45));
}

#[tokio::test(start_paused = true)]
async fn row_17_a_stream_that_is_slow_and_gets_on_runs_into_no_limit() {
    let world = World::new("[answer]\ngap = \"2s\"", "");
    let seen = stream(&world.client()).await.print(17);
    seen.is_whole_from("a", &world.text());
    assert!(seen.took > Duration::from_secs(20), "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn row_21_a_handshake_that_hangs_is_given_up_within_the_time_to_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/v1", listener.local_addr().unwrap());
    let world = World::new("", "");
    let seen = chat(&client_at(&address, &world)).await.print(21);
    seen.is_whole_from("b", &world.text());
    seen.has_ledger("a connect_timeout, b served");
    seen.took_at_most(Duration::from_millis(5_100));
}

#[tokio::test]
async fn row_23_a_server_that_speaks_no_acceptable_tls_is_a_wrong_identity() {
    // The record of an alert: protocol version not supported.
    let server = Server::new(|mut socket| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut hello = [0; 5];
        let _ = socket.read_exact(&mut hello).await;
        assert_eq!(hello[0], 0x16, "a handshake, and no request in plain");
        let _ = socket.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await;
        let _ = socket.shutdown().await;
    })
    .await;
    let world = World::new("", "");
    let address = server.address().replace("http:", "https:");
    let seen = chat(&client_at(&address, &world)).await.print(23);
    seen.is_whole_from("b", &world.text());
    assert_eq!(
        seen.attempts[0].outcome,
        outlast::AttemptOutcome::Failed(ErrorKind::Tls)
    );
}

/// Ends a connection by a reset.
fn reset(socket: TcpStream) {
    socket.set_zero_linger().unwrap();
    drop(socket);
}
