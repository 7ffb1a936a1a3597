//! A transport that answers from a script and remembers what it was asked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::{Body, Frame};
use outlast_providers::{HttpService, http_service};
use outlast_types::{BoxError, Error, ErrorKind, Sent};
use tower_service::Service;

/// What a scripted body does next.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Data(Bytes),
    Fail,
    Hang,
}

/// A body that follows a script.
pub(crate) struct ScriptedBody {
    steps: VecDeque<Step>,
    _mark: UnderWay,
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Step::Fail) => Poll::Ready(Some(Err(Box::new(
                Error::new(ErrorKind::ConnectionLost).with_sent(Sent::Yes),
            )))),
            Some(Step::Hang) => {
                self.steps.push_front(Step::Hang);
                Poll::Pending
            }
        }
    }
}

/// Counts an exchange as long as somebody holds it or its body.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One scripted reply.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    steps: VecDeque<Step>,
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            steps: VecDeque::new(),
        }
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status)
            .header("content-type", "application/json")
            .data(body)
    }

    pub(crate) fn sse() -> Self {
        Self::new(200).header("content-type", "text/event-stream")
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    pub(crate) fn data(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Data(bytes.into()))
    }

    pub(crate) fn step(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }
}

type Respond = dyn Fn(&http::Request<Bytes>) -> Option<Answer> + Send + Sync;

/// A transport that answers each request as it is told to.
#[derive(Clone)]
pub(crate) struct Scripted {
    answer: Arc<Respond>,
    requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
    under_way: Arc<AtomicUsize>,
}

impl Scripted {
    /// Gives every request the same answer.
    pub(crate) fn new(answer: Answer) -> Self {
        Self::with(move |_| Some(answer.clone()))
    }

    /// Never answers.
    pub(crate) fn silent() -> Self {
        Self::with(|_| None)
    }

    /// Answers by the request; `None` is no answer for ever.
    pub(crate) fn with(
        answer: impl Fn(&http::Request<Bytes>) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        Self {
            answer: Arc::new(answer),
            requests: Arc::default(),
            under_way: Arc::default(),
        }
    }

    pub(crate) fn http(&self) -> HttpService {
        http_service(Exchange(self.clone()))
    }

    pub(crate) fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.requests.lock().unwrap().clone()
    }

    /// Tells whether somebody still holds an exchange or its body.
    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }
}

#[derive(Clone)]
struct Exchange(Scripted);

impl Service<http::Request<Bytes>> for Exchange {
    type Response = http::Response<ScriptedBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let answer = (self.0.answer)(&request);
        self.0.requests.lock().unwrap().push(request);
        let mark = UnderWay::new(&self.0.under_way);
        Box::pin(async move {
            let Some(answer) = answer else {
                let _mark = mark;
                return std::future::pending().await;
            };
            let mut reply = http::Response::new(ScriptedBody {
                steps: answer.steps,
                _mark: mark,
            });
            *reply.status_mut() = answer.status;
            *reply.headers_mut() = answer.headers;
            Ok(reply)
        })
    }
}

/// A whole reply in OpenAI's format.
pub(crate) const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#;

/// One event of a stream in OpenAI's format.
pub(crate) fn chunk(text: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

/// The end of a stream in OpenAI's format.
pub(crate) const LAST: &str = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
