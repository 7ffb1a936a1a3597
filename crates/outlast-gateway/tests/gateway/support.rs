//! A gateway in front of two simulated providers in memory, and callers for it.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use outlast::Client;
use outlast::providers::{AnthropicCompatible, OpenAiCompatible, http_service};
use outlast_gateway::{Gateway, GatewayConfig, GatewayKey, ReplyBody};
use outlast_sim::{Api, CallEnd, Script, Sim};
use serde_json::{Value, json};

pub(crate) const PRIMARY: &str = "primary/sim-gpt";
pub(crate) const FALLBACK: &str = "fallback/sim-claude";
pub(crate) const CHAT: &str = "/v1/chat/completions";

/// Two simulated providers and the gateway in front of them.
pub(crate) struct Stage {
    pub(crate) primary: Sim,
    pub(crate) fallback: Sim,
    pub(crate) gateway: Gateway,
}

impl Stage {
    /// Sets up healthy providers and a gateway with its defaults.
    pub(crate) fn new() -> Self {
        Self::with_config(GatewayConfig::default())
    }

    /// Sets up healthy providers and a gateway.
    pub(crate) fn with_config(config: GatewayConfig) -> Self {
        let (primary, fallback) = (Sim::new(Api::OpenAi), Sim::new(Api::Anthropic));
        let gateway = Gateway::new(client(&primary, &fallback), config);
        Self {
            primary,
            fallback,
            gateway,
        }
    }

    /// Sets the primary's script.
    pub(crate) fn primary_does(self, script: &str) -> Self {
        self.primary.set_script(Script::parse(script).unwrap());
        self
    }

    /// Sets the fallback's script.
    pub(crate) fn fallback_does(self, script: &str) -> Self {
        self.fallback.set_script(Script::parse(script).unwrap());
        self
    }

    /// Asks the gateway without a socket.
    pub(crate) async fn handle(&self, request: Request<Full<Bytes>>) -> Answer {
        Answer::read(self.gateway.handle(request).await).await
    }

    /// Waits until the primary has a call that ended like this.
    pub(crate) async fn primary_has(&self, end: CallEnd) {
        until(|| self.primary.log().iter().any(|call| call.end == end)).await;
    }
}

/// Makes a client of the two.
pub(crate) fn client(primary: &Sim, fallback: &Sim) -> Client {
    let primary = OpenAiCompatible::at("primary", "http://primary.invalid/v1")
        .unwrap()
        .with_http(http_service(primary.service()));
    let fallback = AnthropicCompatible::at("fallback", "http://fallback.invalid/v1")
        .unwrap()
        .with_http(http_service(fallback.service()));
    Client::builder()
        .target(primary.model("sim-gpt"))
        .target(fallback.model("sim-claude"))
        .build()
        .unwrap()
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: http::response::Parts,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn read(response: Response<ReplyBody>) -> Self {
        let (head, body) = response.into_parts();
        Self {
            head,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns the error in it after checking that it has all of OpenAI's fields, and an id.
    #[track_caller]
    pub(crate) fn openai_error(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert!(self.header("x-outlast-request-id").is_some());
        let error = self.json()["error"].clone();
        assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
        assert!(!error["type"].as_str().unwrap().is_empty(), "{error}");
        for field in ["param", "code"] {
            assert!(error.get(field).is_some(), "no {field} in {error}");
        }
        error
    }

    /// Returns the text that a stream of chunks adds up to.
    pub(crate) fn streamed_text(&self) -> String {
        self.chunks()
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
            .collect()
    }

    /// Returns the chunks of a stream, without its last line.
    pub(crate) fn chunks(&self) -> Vec<Value> {
        self.text()
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.text().ends_with("data: [DONE]\n\n")
    }
}

/// Makes a request with a JSON body.
pub(crate) fn post(path: &str, body: &Value) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "gateway")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap()
}

/// Adds a header to a request.
pub(crate) fn with(
    mut request: Request<Full<Bytes>>,
    name: &'static str,
    value: &str,
) -> Request<Full<Bytes>> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// Makes a configuration with two keys.
pub(crate) fn with_keys() -> GatewayConfig {
    let mut config = GatewayConfig::default();
    config.keys = vec![
        GatewayKey::new("app", "key-of-app"),
        GatewayKey::new("batch", "key-of-batch"),
    ];
    config
}

/// Makes a request without a body.
pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path)
        .header("host", "gateway")
        .body(Full::default())
        .unwrap()
}

/// Asks `question` by way of the route `default`.
pub(crate) fn ask(question: &str, stream: bool) -> Request<Full<Bytes>> {
    post(
        CHAT,
        &json!({
            "model": "default",
            "messages": [{"role": "user", "content": question}],
            "stream": stream,
        }),
    )
}

/// Waits for something that another task or the peer of a socket brings about.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Fails the test in place of hanging it.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("the test hangs")
}

/// An HTTP/1.1 caller on its own connection.
pub(crate) struct Http1(hyper::client::conn::http1::SendRequest<Full<Bytes>>);

impl Http1 {
    pub(crate) async fn on<I>(io: I) -> Self
    where
        I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let io = hyper_util::rt::TokioIo::new(io);
        let (sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Response<hyper::body::Incoming> {
        within(self.0.send_request(request)).await.unwrap()
    }

    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> Answer {
        let (head, body) = self.send(request).await.into_parts();
        Answer {
            head,
            body: within(body.collect()).await.unwrap().to_bytes(),
        }
    }
}

/// Never happens.
pub(crate) fn never() -> impl Future<Output = ()> {
    std::future::pending()
}
