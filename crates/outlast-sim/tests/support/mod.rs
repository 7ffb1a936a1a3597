//! Asks a simulated provider through the real client codecs.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and each test binary uses its own part of this module"
)]

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::BodyExt;
use outlast_sim::{Api, Script, Sim, SimBody};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Error, ErrorKind, Message, Mode, ReplyMeta, StreamEvent,
    TargetId,
};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, Decoder, EncodeOptions, ErrorReply, Events};
use tower_service::Service;

pub(crate) const APIS: [Api; 2] = [Api::OpenAi, Api::Anthropic];

/// What the tests ask.
pub(crate) const QUESTION: &str = "Why keep a second provider?";

/// One call as its caller saw it.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) head: Option<http::response::Parts>,
    pub(crate) events: Vec<StreamEvent>,
    pub(crate) end: Result<(), Error>,
    /// How long it took, on tokio's clock.
    pub(crate) took: Duration,
}

impl Exchange {
    pub(crate) fn text(&self) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            StreamEvent::Text(delta) if delta.choice == 0 => Some(delta.text.as_str()),
            StreamEvent::Part { choice: 0, part } => part.as_text(),
            _ => None,
        });
        texts.collect()
    }

    /// Returns how many events carried text.
    pub(crate) fn tokens(&self) -> usize {
        let has_text = |event: &&StreamEvent| matches!(event, StreamEvent::Text(delta) if !delta.text.is_empty());
        self.events.iter().filter(has_text).count()
    }

    /// Returns the whole reply.
    #[track_caller]
    pub(crate) fn whole(self) -> ChatResponse {
        self.end.expect("the reply is whole");
        let mut collector = Collector::default();
        self.events
            .into_iter()
            .for_each(|event| collector.push(event));
        collector.finish(ReplyMeta::new(TargetId::new("sim", "m")))
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &Error {
        self.end.as_ref().expect_err("the call fails")
    }

    #[track_caller]
    pub(crate) fn kind(&self) -> ErrorKind {
        self.error().kind()
    }

    #[track_caller]
    pub(crate) fn status(&self) -> u16 {
        self.head.as_ref().expect("there is a head").status.as_u16()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = self.head.as_ref().expect("there is a head");
        head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn sim(api: Api, script: &str) -> Sim {
    Sim::new(api).with_script(Script::parse(script).unwrap())
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::user(QUESTION)
        .with_model("sim-1")
        .with_max_output_tokens(10_000)
}

/// Asks to go on after `partial` by a last message of the assistant.
pub(crate) fn prefilled(partial: &str) -> ChatRequest {
    question().with_message(Message::assistant(partial))
}

/// Asks to go on after `partial` in words.
pub(crate) fn instructed(partial: &str) -> ChatRequest {
    prefilled(partial).with_message(Message::user(
        "Your answer was cut off. Continue exactly where it stopped.",
    ))
}

pub(crate) async fn unary(sim: &Sim, request: &ChatRequest) -> Exchange {
    ask(sim, request, Mode::Unary).await
}

pub(crate) async fn stream(sim: &Sim, request: &ChatRequest) -> Exchange {
    ask(sim, request, Mode::Stream).await
}

pub(crate) async fn ask(sim: &Sim, request: &ChatRequest, mode: Mode) -> Exchange {
    match sim.api() {
        Api::OpenAi => exchange(&OpenAiChat::default(), sim, request, mode).await,
        _ => exchange(&AnthropicMessages::default(), sim, request, mode).await,
    }
}

/// Writes the HTTP request for `request`.
pub(crate) fn encode(api: Api, request: &ChatRequest, mode: Mode) -> http::Request<Bytes> {
    let options = EncodeOptions {
        model: &request.model,
        mode,
        provider: "sim",
    };
    let encoded = match api {
        Api::OpenAi => OpenAiChat::default().encode(request, &options),
        _ => AnthropicMessages::default().encode(request, &options),
    };
    let mut request = encoded.expect("the request has a form in the API").request;
    let path = format!("/v1{}", request.uri().path());
    *request.uri_mut() = path.parse().unwrap();
    request
}

async fn exchange<C: ClientCodec>(
    codec: &C,
    sim: &Sim,
    request: &ChatRequest,
    mode: Mode,
) -> Exchange {
    let start = tokio::time::Instant::now();
    let mut events = Events::new();
    let reply = sim.service().call(encode(sim.api(), request, mode)).await;
    let (head, end) = match reply {
        Err(error) => (None, Err(Error::from(error))),
        Ok(reply) => {
            let (head, body) = reply.into_parts();
            let end = read(codec, &head, body, mode, &mut events).await;
            (Some(head), end)
        }
    };
    Exchange {
        head,
        events: events.into(),
        end,
        took: start.elapsed(),
    }
}

async fn read<C: ClientCodec>(
    codec: &C,
    head: &http::response::Parts,
    mut body: SimBody,
    mode: Mode,
    events: &mut Events,
) -> Result<(), Error> {
    if !head.status.is_success() {
        let body = body.collect().await?.to_bytes();
        return Err(codec.read_error(&ErrorReply {
            status: head.status,
            headers: &head.headers,
            body: &body,
            received: SystemTime::UNIX_EPOCH,
        }));
    }
    let mut decoder = codec.decoder(mode);
    while let Some(frame) = body.frame().await {
        let bytes = frame?.into_data().unwrap_or_default();
        decoder.push(bytes, events)?;
    }
    decoder.end(events)
}
