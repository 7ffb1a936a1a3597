//! Receivers of alerts on loopback sockets, which check what they are sent.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use outlast_monitor::{Transport, transport};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as a receiver saw it.
pub(crate) type Seen = http::Request<Bytes>;

/// An HTTP server that answers by a script and keeps what it was sent.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Receiver {
    /// Starts a server that answers each request with a status and a text.
    pub(crate) async fn start<F>(answer: F) -> Self
    where
        F: Fn(&Seen) -> (u16, String) + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (seen.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, answer) = (kept.clone(), answer.clone());
                let service = service_fn(move |request| {
                    let (kept, answer) = (kept.clone(), answer.clone());
                    async move {
                        let seen = whole(request).await?;
                        let (status, text) = answer(&seen);
                        kept.lock().unwrap().push(seen);
                        let answer = http::Response::builder().status(status);
                        Ok::<_, hyper::Error>(answer.body(Full::new(Bytes::from(text))).unwrap())
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn whole(request: http::Request<Incoming>) -> Result<Seen, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(http::Request::from_parts(head, body))
}

/// An HTTP client that connects anew for each request.
pub(crate) fn client() -> Transport {
    transport(tower::service_fn(|request: http::Request<Bytes>| async {
        let authority = request.uri().authority().unwrap().to_string();
        let stream = TcpStream::connect(&authority).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        let (mut head, body) = request.into_parts();
        head.headers.insert("host", authority.parse().unwrap());
        head.uri = head.uri.path_and_query().unwrap().as_str().parse().unwrap();
        let request = http::Request::from_parts(head, Full::new(body));
        let answer = sender.send_request(request).await;
        answer.map_err(std::io::Error::other)
    }))
}

/// A mail server that goes by a script, and keeps the commands and the letters it got.
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    /// Starts a server that answers the command beginning with `refused` with the line given.
    pub(crate) async fn start(refused: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = session(stream, &kept, refused).await;
            }
        });
        Self { address, lines }
    }

    /// Returns all lines that clients have sent.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

async fn session(
    stream: TcpStream,
    kept: &Mutex<Vec<String>>,
    refused: Option<(&'static str, &'static str)>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.test ESMTP\r\n").await?;
    let mut in_letter = false;
    while let Some(line) = lines.next_line().await? {
        kept.lock().unwrap().push(line.clone());
        if in_letter {
            if line == "." {
                in_letter = false;
                write.write_all(b"250 2.0.0 queued\r\n").await?;
            }
            continue;
        }
        let word = line
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer = match (refused, word.as_str()) {
            (Some((command, answer)), word) if word == command => answer,
            (_, "EHLO") => "250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            (_, "AUTH") => "235 2.7.0 accepted",
            (_, "MAIL" | "RCPT" | "RSET" | "NOOP") => "250 2.1.0 ok",
            (_, "DATA") => {
                in_letter = true;
                "354 go on"
            }
            (_, "QUIT") => "221 2.0.0 bye",
            _ => "502 5.5.2 unknown command",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
        if word == "QUIT" {
            break;
        }
    }
    Ok(())
}

/// Waits until `done` holds, for five seconds at most.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut done: impl FnMut() -> F) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    unreachable!("it has not come about within five seconds");
}
