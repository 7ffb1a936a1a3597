//! Asks a simulated provider through the real client codecs.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and each test binary uses its own part of this module"
)]

use std::ops::Deref;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::BodyExt;
use outlast_sim::{Api, Script, Sim, SimBody};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Error, ErrorKind, Message, Mode, ReplyMeta, StreamEvent,
    TargetId,
};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::gemini::Gemini;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::{ClientCodec, Decoder, EncodeOptions, ErrorReply, Events};
use tower_service::Service;

/// The formats, each of which one of the APIs has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Chat,
    Responses,
    Messages,
    Gemini,
    Converse,
}

pub(crate) const FORMATS: [Format; 5] = [
    Format::Chat,
    Format::Responses,
    Format::Messages,
    Format::Gemini,
    Format::Converse,
];

impl Format {
    pub(crate) fn api(self) -> Api {
        match self {
            Self::Chat | Self::Responses => Api::OpenAi,
            Self::Messages => Api::Anthropic,
            Self::Gemini => Api::Gemini,
            Self::Converse => Api::Bedrock,
        }
    }

    /// Tells whether an error says how long to wait: Bedrock's never do.
    pub(crate) fn tells_the_wait(self) -> bool {
        self != Self::Converse
    }

    /// Returns what a base URL has behind its host.
    fn base(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses | Self::Messages => "/v1",
            Self::Gemini => "/v1beta",
            Self::Converse => "",
        }
    }
}

/// A simulated provider that is asked in one of its formats.
pub(crate) struct Provider {
    sim: Sim,
    pub(crate) format: Format,
}

impl Provider {
    pub(crate) fn new(format: Format) -> Self {
        let sim = Sim::new(format.api());
        Self { sim, format }
    }

    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.sim = self.sim.with_key(key);
        self
    }
}

impl Deref for Provider {
    type Target = Sim;

    fn deref(&self) -> &Sim {
        &self.sim
    }
}

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

pub(crate) fn sim(format: Format, script: &str) -> Provider {
    let provider = Provider::new(format);
    provider.set_script(Script::parse(script).unwrap());
    provider
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

pub(crate) async fn unary(sim: &Provider, request: &ChatRequest) -> Exchange {
    ask(sim, request, Mode::Unary).await
}

pub(crate) async fn stream(sim: &Provider, request: &ChatRequest) -> Exchange {
    ask(sim, request, Mode::Stream).await
}

pub(crate) async fn ask(sim: &Provider, request: &ChatRequest, mode: Mode) -> Exchange {
    match sim.format {
        Format::Chat => exchange(&OpenAiChat::default(), sim, request, mode).await,
        Format::Responses => exchange(&OpenAiResponses::new(), sim, request, mode).await,
        Format::Messages => exchange(&AnthropicMessages::new(), sim, request, mode).await,
        Format::Gemini => exchange(&Gemini::new(), sim, request, mode).await,
        Format::Converse => exchange(&BedrockConverse::new(), sim, request, mode).await,
    }
}

/// Writes the HTTP request for `request`.
pub(crate) fn encode(format: Format, request: &ChatRequest, mode: Mode) -> http::Request<Bytes> {
    let options = EncodeOptions {
        model: &request.model,
        mode,
        provider: "sim",
    };
    let encoded = match format {
        Format::Chat => OpenAiChat::default().encode(request, &options),
        Format::Responses => OpenAiResponses::new().encode(request, &options),
        Format::Messages => AnthropicMessages::new().encode(request, &options),
        Format::Gemini => Gemini::new().encode(request, &options),
        Format::Converse => BedrockConverse::new().encode(request, &options),
    };
    let mut request = encoded.expect("the request has a form in the API").request;
    let path = format!("{}{}", format.base(), request.uri());
    *request.uri_mut() = path.parse().unwrap();
    request
}

async fn exchange<C: ClientCodec>(
    codec: &C,
    sim: &Provider,
    request: &ChatRequest,
    mode: Mode,
) -> Exchange {
    let start = tokio::time::Instant::now();
    let mut events = Events::new();
    let reply = sim.service().call(encode(sim.format, request, mode)).await;
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
