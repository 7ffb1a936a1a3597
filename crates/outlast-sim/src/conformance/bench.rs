//! An adapter on a wire, and what it made of a call.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use outlast_types::{
    ChatRequest, ChatResponse, ChatStream, Error, FinishReason, Mode, StreamEvent, StreamRequest,
};

use super::failure::{Failure, Verdict, ensure, equal};
use super::subject::Services;
use super::{Subject, Wire};
use crate::vendor::{Endpoint, Format};
use crate::{Script, Sim};

pub(super) const MODES: [Mode; 2] = [Mode::Unary, Mode::Stream];

/// What the battery asks.
pub(super) const QUESTION: &str = "Why keep a second provider?";

/// An adapter on a wire of its own.
pub(super) struct Bench {
    pub(super) wire: Wire,
    pub(super) sim: Sim,
    services: Services,
}

/// A stream as its reader saw it.
pub(super) struct Seen {
    pub(super) events: Vec<StreamEvent>,
    pub(super) end: Result<(), Error>,
}

impl Bench {
    /// Puts the adapter on a simulated provider with this script.
    pub(super) fn on_sim(subject: &Subject, script: &str) -> Result<Self, Failure> {
        let script = Script::parse(script).map_err(|error| Failure::new(error.to_string()))?;
        let mut sim = Sim::new(subject.api()).with_script(script);
        if let Some(key) = subject.key() {
            sim = sim.with_key(key);
        }
        Ok(Self::on(subject, Wire::to_sim(sim.clone()), sim))
    }

    /// Puts the adapter on a provider that gives every call this reply.
    pub(super) fn on_bytes(subject: &Subject, reply: http::Response<Vec<Bytes>>) -> Self {
        Self::on(subject, Wire::to_bytes(reply), Sim::new(subject.api()))
    }

    fn on(subject: &Subject, wire: Wire, sim: Sim) -> Self {
        Self {
            services: subject.build(wire.clone()),
            wire,
            sim,
        }
    }

    pub(super) fn chat(
        &self,
        request: ChatRequest,
    ) -> Pin<Box<dyn Future<Output = Result<ChatResponse, Error>> + Send>> {
        (self.services.chat)(request)
    }

    pub(super) fn stream(
        &self,
        request: ChatRequest,
    ) -> Pin<Box<dyn Future<Output = Result<ChatStream, Error>> + Send>> {
        (self.services.stream)(StreamRequest(request))
    }

    /// Asks in either mode, and gathers a stream.
    pub(super) async fn ask(
        &self,
        mode: Mode,
        request: ChatRequest,
    ) -> Result<ChatResponse, Error> {
        match mode {
            Mode::Unary => self.chat(request).await,
            Mode::Stream => self.stream(request).await?.collect().await,
        }
    }

    /// Asks for what must succeed.
    pub(super) async fn answer(
        &self,
        mode: Mode,
        request: ChatRequest,
    ) -> Result<ChatResponse, Failure> {
        let reply = self.ask(mode, request).await;
        reply.map_err(|error| {
            let said = error.message().unwrap_or_default();
            Failure::new(format!("a {mode:?} call failed: {error} {said}"))
        })
    }

    /// Asks for what must fail.
    pub(super) async fn failure(&self, mode: Mode, request: ChatRequest) -> Result<Error, Failure> {
        match self.ask(mode, request).await {
            Err(error) => Ok(error),
            Ok(reply) => Err(Failure::new(format!(
                "a {mode:?} call that should fail was answered with {:?}",
                reply.text()
            ))),
        }
    }

    /// Reads a stream to its end, whatever that is.
    pub(super) async fn read(&self, request: ChatRequest) -> Seen {
        let mut events = Vec::new();
        let mut stream = match self.stream(request).await {
            Ok(stream) => stream,
            Err(error) => {
                return Seen {
                    events,
                    end: Err(error),
                };
            }
        };
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => events.push(event),
                Err(error) => {
                    return Seen {
                        events,
                        end: Err(error),
                    };
                }
            }
        }
        Seen {
            events,
            end: Ok(()),
        }
    }

    /// Returns what a whole answer says.
    pub(super) fn text(&self) -> String {
        self.sim.reference_text(QUESTION)
    }

    /// Returns the last request as the provider reads it.
    pub(super) fn arrived(&self) -> Result<ChatRequest, Failure> {
        let (format, body) = self.last()?;
        let incoming = format.codec.decode_request(&body);
        incoming.map(|incoming| incoming.request).map_err(|error| {
            let said = error.message().unwrap_or_default();
            Failure::new(format!("the provider cannot read the request: {said}"))
        })
    }

    /// Returns the id that the provider gives to the first tool call of its first reply.
    pub(super) fn given_call_id(&self) -> Result<String, Failure> {
        let (format, _) = self.last()?;
        Ok(format.frames.tool_call_id(0, 0))
    }

    /// Returns the last request's format and its body.
    fn last(&self) -> Result<(Format, Bytes), Failure> {
        let requests = self.wire.requests();
        let Some(request) = requests.last() else {
            return Err(Failure::new("no request was sent"));
        };
        match self.sim.api().vendor().endpoint(request) {
            Endpoint::Chat(format) => Ok((format, request.body().clone())),
            _ => Err(Failure::new(format!(
                "{} {} is no address of a chat",
                request.method(),
                request.uri()
            ))),
        }
    }
}

impl Seen {
    pub(super) fn text(&self) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            StreamEvent::Text(delta) => Some(delta.text.as_str()),
            StreamEvent::Part { part, .. } => part.as_text(),
            _ => None,
        });
        texts.collect()
    }

    pub(super) fn finish(&self) -> Option<&FinishReason> {
        self.events.iter().find_map(|event| match event {
            StreamEvent::Finish(finish) => Some(&finish.reason),
            _ => None,
        })
    }

    /// Fails unless the stream ended as it should and said all of `text`.
    pub(super) fn is_whole(&self, text: &str) -> Verdict {
        if let Err(error) = &self.end {
            return Err(Failure::new(format!("the stream failed: {error}")));
        }
        equal("the text", self.text(), text)
    }

    /// Returns the error in which the stream ended after a part of `text`.
    pub(super) fn broke_in(&self, text: &str) -> Result<&Error, Failure> {
        let said = self.text();
        ensure(text.starts_with(&said), || {
            format!("the beginning {said:?} is none of {text:?}")
        })?;
        ensure(self.finish().is_none(), || {
            format!("a broken stream finished with {:?}", self.finish())
        })?;
        match &self.end {
            Err(error) => Ok(error),
            Ok(()) => Err(Failure::new("a broken stream ended as if it were whole")),
        }
    }
}

/// Asks the usual question.
pub(super) fn question() -> ChatRequest {
    ChatRequest::user(QUESTION).with_max_output_tokens(4000)
}

/// Polls a future once, and returns it if it is still going on.
pub(super) fn begun<F: Future + Unpin>(mut future: F) -> Option<F> {
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(&mut future).poll(&mut cx) {
        Poll::Pending => Some(future),
        Poll::Ready(_) => None,
    }
}
