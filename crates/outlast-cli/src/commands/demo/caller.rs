//! A caller: an HTTP client that knows OpenAI's protocol and nothing of outlast.
//!
//! It reads the protocol on its own, without the codecs under test.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

/// How long a caller waits before it gives up; giving up counts as an error.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a caller wants its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unary,
    Stream,
}

/// Watches an answer as it comes.
pub(super) trait Watch {
    /// The head is there; it names who serves.
    fn head(&self, served_by: Option<&str>);
    /// The first words are there.
    fn first_words(&self);
}

/// Asks the gateway. Cloning it shares its connections.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    http: Client<HttpConnector, Full<Bytes>>,
    url: http::Uri,
    model: String,
}

impl Caller {
    /// Makes a caller of the gateway at `url` that asks for `model`.
    pub(super) fn new(url: http::Uri, model: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self {
            http,
            url,
            model: model.to_owned(),
        }
    }

    /// Asks `question` and returns the whole text of the answer, or what went wrong in the caller's eyes.
    pub(super) async fn ask(
        &self,
        question: &str,
        kind: Kind,
        watch: &impl Watch,
    ) -> Result<String, String> {
        timeout(PATIENCE, self.try_ask(question, kind, watch))
            .await
            .unwrap_or_else(|_| Err(format!("no whole answer in {} s", PATIENCE.as_secs())))
    }

    async fn try_ask(
        &self,
        question: &str,
        kind: Kind,
        watch: &impl Watch,
    ) -> Result<String, String> {
        let request = self.request(question, kind)?;
        let response = self
            .http
            .request(request)
            .await
            .map_err(|error| format!("the connection failed: {error}"))?;
        watch.head(served_by(response.headers()));
        if response.status() != StatusCode::OK {
            return Err(refusal(response).await);
        }
        match kind {
            Kind::Unary => whole_text(response.into_body(), watch).await,
            Kind::Stream => streamed_text(response.into_body(), watch).await,
        }
    }

    fn request(&self, question: &str, kind: Kind) -> Result<Request<Full<Bytes>>, String> {
        let body = json!({
            "model": self.model,
            "messages": [{"role": "user", "content": question}],
            "stream": kind == Kind::Stream,
        });
        Request::post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| error.to_string())
    }
}

/// A whole reply, as far as the caller needs it.
#[derive(Deserialize)]
struct Reply {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

/// A chunk of a stream, as far as the caller needs it.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<ChunkChoice>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct ChunkChoice {
    delta: Message,
    finish_reason: Option<String>,
}

fn served_by(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-outlast-served-by")?.to_str().ok()
}

async fn refusal(response: Response<Incoming>) -> String {
    let status = response.status();
    match response.into_body().collect().await {
        Ok(body) => format!("{status}: {}", String::from_utf8_lossy(&body.to_bytes())),
        Err(error) => format!("{status}, and its body broke off: {error}"),
    }
}

async fn whole_text(body: Incoming, watch: &impl Watch) -> Result<String, String> {
    let body = body
        .collect()
        .await
        .map_err(|error| broken(&error))?
        .to_bytes();
    watch.first_words();
    let reply: Reply =
        serde_json::from_slice(&body).map_err(|error| format!("no proper reply: {error}"))?;
    let choice = reply
        .choices
        .into_iter()
        .next()
        .ok_or("a reply without a choice")?;
    check_finish(choice.finish_reason.as_deref())?;
    choice
        .message
        .content
        .ok_or_else(|| "a reply without text".to_owned())
}

async fn streamed_text(mut body: Incoming, watch: &impl Watch) -> Result<String, String> {
    let mut stream = StreamText::default();
    let mut unread = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else {
            continue;
        };
        unread.extend_from_slice(&data);
        while let Some(event) = split_event(&mut unread) {
            let was_empty = stream.text.is_empty();
            stream.read(&event)?;
            if was_empty && !stream.text.is_empty() {
                watch.first_words();
            }
        }
    }
    stream.finish()
}

/// Takes the next event off the front, without the empty line that ends it.
fn split_event(unread: &mut BytesMut) -> Option<BytesMut> {
    let end = unread.windows(2).position(|pair| pair == b"\n\n")?;
    let event = unread.split_to(end);
    let _ = unread.split_to(2);
    Some(event)
}

/// What a stream has said so far.
#[derive(Default)]
struct StreamText {
    text: String,
    finish: Option<String>,
    done: bool,
}

impl StreamText {
    fn read(&mut self, event: &[u8]) -> Result<(), String> {
        for line in event.split(|byte| *byte == b'\n') {
            match line.strip_prefix(b"data: ") {
                Some(b"[DONE]") => self.done = true,
                Some(data) => self.read_chunk(data)?,
                None => {}
            }
        }
        Ok(())
    }

    fn read_chunk(&mut self, data: &[u8]) -> Result<(), String> {
        let chunk: Chunk =
            serde_json::from_slice(data).map_err(|error| format!("no proper chunk: {error}"))?;
        if let Some(error) = chunk.error {
            return Err(format!("an error in the stream: {error}"));
        }
        for choice in chunk.choices {
            self.text
                .push_str(choice.delta.content.as_deref().unwrap_or_default());
            self.finish = self.finish.take().or(choice.finish_reason);
        }
        Ok(())
    }

    fn finish(self) -> Result<String, String> {
        if !self.done {
            return Err("the stream ended without [DONE]".to_owned());
        }
        check_finish(self.finish.as_deref())?;
        Ok(self.text)
    }
}

fn check_finish(reason: Option<&str>) -> Result<(), String> {
    match reason {
        Some("stop") => Ok(()),
        other => Err(format!("the finish reason is {other:?} and not \"stop\"")),
    }
}

fn broken(error: &hyper::Error) -> String {
    format!("the body broke off: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &str) -> Result<String, String> {
        let mut unread = BytesMut::from(stream);
        let mut text = StreamText::default();
        while let Some(event) = split_event(&mut unread) {
            text.read(&event)?;
        }
        text.finish()
    }

    const HELLO: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n";

    #[test]
    fn a_stream_is_whole_with_a_finish_reason_and_its_last_line() {
        assert_eq!(
            read(&format!("{HELLO}data: [DONE]\n\n")),
            Ok("Hello".to_owned())
        );
        assert!(read(HELLO).is_err());
        assert!(read("data: [DONE]\n\n").is_err());
    }

    #[test]
    fn an_error_in_a_stream_is_seen() {
        let stream = format!("{HELLO}data: {{\"error\":{{\"message\":\"no\"}}}}\n\n");
        assert!(read(&stream).unwrap_err().contains("no"));
    }
}
