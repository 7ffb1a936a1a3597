//! Servers on real sockets of this machine that do what no HTTP library would.

use std::future::Future;

use outlast::Client;
use outlast::providers::{OpenAiCompatible, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::World;

/// A server that treats each connection in one way, until it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens, and hands each connection to `treat`.
    pub(crate) async fn new<F>(treat: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(treat(socket));
            }
        });
        Self { port, task }
    }

    /// Listens, and answers every request with these bytes before it closes.
    pub(crate) async fn saying(reply: impl Into<Vec<u8>>) -> Self {
        let reply = reply.into();
        Self::new(move |mut socket| {
            let reply = reply.clone();
            async move {
                read_request(&mut socket).await;
                // The client may be gone by then: that is its right.
                let _ = socket.write_all(&reply).await;
                let _ = socket.shutdown().await;
            }
        })
        .await
    }

    /// Returns the address of its API.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request with its body; returns whether there was one.
pub(crate) async fn read_request(socket: &mut TcpStream) -> bool {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return true;
            }
        }
    }
}

/// Names a model of an account at a real address, with the transport that accounts have by default.
pub(crate) fn target_at(address: &str) -> Target {
    let account = OpenAiCompatible::at("a", address).unwrap();
    account
        .with_key(crate::support::KEYS[0])
        .unwrap()
        .model("small")
}

/// Makes a client that asks `address` first and then the second provider of `world`.
pub(crate) fn client_at(address: &str, world: &World) -> Client {
    Client::builder()
        .target(target_at(address))
        .target(world.target_b())
        .build()
        .unwrap()
}

/// An answer in OpenAI's format that says `text`.
pub(crate) fn answer(text: &str) -> String {
    format!(
        r#"{{"id": "1", "object": "chat.completion", "model": "small", "choices": [{{"index": 0, "finish_reason": "stop", "message": {{"role": "assistant", "content": "{text}"}}}}], "usage": {{"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}}}"#
    )
}
