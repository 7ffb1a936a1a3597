//! Rows 50 to 55: bodies and heads that are not what they should be, on real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;

use crate::seen::{Seen, chat};
use crate::support::World;
use crate::wire::{Server, answer, client_at, read_request};

/// The head of a reply, and its end.
fn reply(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut reply =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// Answers every call at the first provider with `reply` and fails unless the caller has the whole answer of the second.
async fn the_second_answers(row: u8, reply: Vec<u8>) -> Seen {
    let world = World::new("", "");
    let server = Server::saying(reply).await;
    let seen = chat(&client_at(&server.address(), &world)).await.print(row);
    seen.is_whole_from("b", &world.text());
    seen
}

#[tokio::test]
async fn row_50_a_reply_that_is_cut_short_fails_over() {
    let whole = answer("Hello.");
    let half = &whole.as_bytes()[..whole.len() / 2];
    let lengths = [
        format!("content-length: {}\r\n", half.len()),
        format!("content-length: {}\r\n", whole.len()),
        "content-length: 10\r\n".to_owned(),
        "connection: close\r\n".to_owned(),
    ];
    for length in lengths {
        the_second_answers(50, reply(&length, half)).await;
    }
    the_second_answers(
        50,
        reply("transfer-encoding: chunked\r\n", b"zz\r\nnot a size\r\n"),
    )
    .await;
    the_second_answers(
        50,
        reply("transfer-encoding: chunked\r\n", b"400\r\nhalf a chunk"),
    )
    .await;
}

#[tokio::test]
async fn row_51_a_body_that_grows_without_bound_is_read_up_to_a_bound() {
    // What was not asked for is not inflated.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3][..], &[0; 1_000][..]].concat();
    let headers = format!(
        "content-encoding: gzip\r\ncontent-length: {}\r\n",
        bomb.len()
    );
    the_second_answers(51, reply(&headers, &bomb)).await;

    // A body that never ends is left at the bound.
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let server = Server::new(move |mut socket| {
        let count = Arc::clone(&count);
        async move {
            read_request(&mut socket).await;
            let head = reply("transfer-encoding: chunked\r\n", b"");
            let chunk = [
                b"100000\r\n".to_vec(),
                vec![b' '; 1 << 20],
                b"\r\n".to_vec(),
            ]
            .concat();
            let mut next = head.as_slice();
            while socket.write_all(next).await.is_ok() && count.load(Ordering::SeqCst) < 1_024 {
                count.fetch_add(1, Ordering::SeqCst);
                next = &chunk;
            }
        }
    })
    .await;
    let world = World::new("", "");
    let seen = chat(&client_at(&server.address(), &world)).await;
    seen.is_whole_from("b", &world.text());
    let mebibytes = written.load(Ordering::SeqCst);
    assert!(mebibytes < 128, "{mebibytes} MiB were taken in");
}

#[tokio::test]
async fn row_52_a_wrong_encoding_fails_over() {
    let whole = answer("Hello.");
    for encoding in ["gzip", "br", "zstd", "nonsense"] {
        let headers = format!("content-encoding: {encoding}\r\ncontent-length: 20\r\n");
        the_second_answers(52, reply(&headers, &whole.as_bytes()[30..50])).await;
    }
}

#[tokio::test]
async fn row_53_bytes_that_are_no_text_are_never_guessed_at() {
    let mut bytes = answer("Hel_o.").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'_').unwrap();
    bytes[at] = 0xff;
    let headers = format!("content-length: {}\r\n", bytes.len());
    the_second_answers(53, reply(&headers, &bytes)).await;
}

#[tokio::test]
async fn row_54_strange_json_is_an_error_or_an_answer_and_no_crash() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let strange = [
        format!(r#"{{"choices": {deep}}}"#),
        r#"{"choices": [{"index": 1e400}]}"#.to_owned(),
        r#"{"choices": [], "choices": []}"#.to_owned(),
    ];
    for body in strange {
        let headers = format!("content-length: {}\r\n", body.len());
        the_second_answers(54, reply(&headers, body.as_bytes())).await;
    }
    // Unknown fields and values of lists are tolerated.
    let body = answer("Hello.").replace("\"stop\"", "\"brand_new\", \"extra\": [1, {\"a\": null}]");
    let headers = format!("content-length: {}\r\n", body.len());
    let world = World::new("", "");
    let server = Server::saying(reply(&headers, body.as_bytes())).await;
    let seen = chat(&client_at(&server.address(), &world)).await.print(54);
    seen.is_whole_from("a", "Hello.");
}

#[tokio::test]
async fn row_55_a_head_without_measure_is_refused() {
    let long = format!("x-long: {}\r\n", "x".repeat(1024 * 1024));
    the_second_answers(55, reply(&long, b"{}")).await;
    let many: String = (0..5_000).map(|n| format!("x-{n}: y\r\n")).collect();
    the_second_answers(55, reply(&many, b"{}")).await;
}
