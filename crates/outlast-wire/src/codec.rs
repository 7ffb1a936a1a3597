//! The two sides of a protocol.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use outlast_types::{
    Adaptation, ChatRequest, ChatResponse, Error, ErrorKind, Extra, Mode, OnUnsupported, Protocol,
    RawJson, StreamEvent,
};

/// Where a [`Decoder`] puts what it has read, in order.
pub type Events = VecDeque<StreamEvent>;

/// Hands on a piece of the field `name` of `protocol`, as it came.
pub(crate) fn push_extra_delta(
    choice: u32,
    protocol: Protocol,
    name: &str,
    piece: RawJson,
    out: &mut Events,
) {
    let extra = Box::new(Extra {
        origin: protocol,
        fields: BTreeMap::from([(name.to_owned(), piece)]),
    });
    out.push_back(StreamEvent::ExtraDelta { choice, extra });
}

/// Speaks a protocol to a provider.
pub trait ClientCodec: Send + Sync + 'static {
    /// Reads the bodies of replies.
    type Decoder: Decoder;

    /// Names the protocol.
    fn protocol(&self) -> Protocol;

    /// Writes `request` for the model and mode in `options`.
    ///
    /// The URI of the result is a path below the account's base URL, such as `/chat/completions`; there are no
    /// credentials in its headers. It fails with `ErrorKind::InvalidRequest` or `ErrorKind::Unsupported` when the
    /// protocol has no form for the request.
    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error>;

    /// Makes a decoder for the body of one reply with a status of 2xx.
    fn decoder(&self, mode: Mode) -> Self::Decoder;

    /// Reads a reply with any other status into facts. Never fails: a body it cannot read is a fact too.
    fn read_error(&self, reply: &ErrorReply<'_>) -> Error;
}

/// What [`ClientCodec::encode`] must know beside the request.
#[derive(Clone, Copy, Debug)]
pub struct EncodeOptions<'a> {
    /// The model as the account knows it; stands in for the request's own.
    pub model: &'a str,
    /// Whether the reply is to come as a stream.
    pub mode: Mode,
    /// The provider's name: which section of the request's `provider_options` is sent, beside `"*"`.
    pub provider: &'a str,
}

/// A request's `provider_options`: fields by name, in sections by provider.
pub(crate) type ProviderOptions = BTreeMap<String, BTreeMap<String, RawJson>>;

impl EncodeOptions<'_> {
    /// Returns the sections that this provider is sent: its own, then the one for all. No other is ever seen by it.
    pub(crate) fn sections<'r>(
        &self,
        options: &'r ProviderOptions,
    ) -> Vec<&'r BTreeMap<String, RawJson>> {
        [self.provider, "*"]
            .iter()
            .filter_map(|name| options.get(*name))
            .collect()
    }
}

/// A request on its way to a provider.
#[derive(Debug)]
pub struct Encoded {
    /// The request, still without base URL and credentials.
    pub request: http::Request<Bytes>,
    /// What the protocol could not carry and what was done about it.
    pub adaptations: Vec<Adaptation>,
}

impl Encoded {
    /// Decides what becomes of what the protocol could not carry.
    ///
    /// With [`OnUnsupported::Error`] a request of which something is left out fails with `ErrorKind::Unsupported`, with
    /// [`OnUnsupported::Ignore`] its losses are struck from the adaptations.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlast_types::{ChatRequest, ErrorKind, Mode, OnUnsupported};
    /// use outlast_wire::anthropic::AnthropicMessages;
    /// use outlast_wire::{ClientCodec, EncodeOptions};
    ///
    /// let mut request = ChatRequest::user("Hi").with_max_output_tokens(9);
    /// request.body_mut().seed = Some(7);
    /// let options = EncodeOptions { model: "claude-haiku-4-5", mode: Mode::Unary, provider: "anthropic" };
    /// let encode = || AnthropicMessages::new().encode(&request, &options);
    ///
    /// assert_eq!(encode()?.settle(OnUnsupported::Adapt)?.adaptations.len(), 1);
    /// assert!(encode()?.settle(OnUnsupported::Ignore)?.adaptations.is_empty());
    /// let error = encode()?.settle(OnUnsupported::Error).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unsupported);
    /// # Ok::<(), outlast_types::Error>(())
    /// ```
    pub fn settle(mut self, way: OnUnsupported) -> Result<Self, Error> {
        match way {
            OnUnsupported::Error => match self.losses() {
                None => Ok(self),
                Some(losses) => Err(Error::new(ErrorKind::Unsupported).with_message(losses)),
            },
            OnUnsupported::Ignore => {
                self.adaptations.retain(|adaptation| !adaptation.is_loss());
                Ok(self)
            }
            _ => Ok(self),
        }
    }

    /// Puts the first few losses into words.
    fn losses(&self) -> Option<String> {
        const NAMED: usize = 3;

        let losses: Vec<&str> = self
            .adaptations
            .iter()
            .filter(|adaptation| adaptation.is_loss())
            .map(|adaptation| &*adaptation.what)
            .collect();
        let named = losses.get(..NAMED).unwrap_or(&losses).join("; ");
        match losses.len().saturating_sub(NAMED) {
            0 if losses.is_empty() => None,
            0 => Some(named),
            more => Some(format!("{named}; and {more} more")),
        }
    }
}

/// A reply whose status says that it is an error.
#[derive(Clone, Copy, Debug)]
pub struct ErrorReply<'a> {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The body, or its beginning.
    pub body: &'a Bytes,
    /// When it was received: dates in retry hints become durations from here.
    pub received: SystemTime,
}

/// Reads the body of one reply as its bytes come: a stream's frames, or a unary body's one.
pub trait Decoder: Send + 'static {
    /// Takes the next bytes and appends the events they complete to `out`.
    ///
    /// An error ends the reply: it is a provider's error inside a reply (by its own kind), a body that is not what the
    /// protocol says (`Malformed`), or a limit that was passed (`StreamBroken`). Events before it are in `out`.
    fn push(&mut self, bytes: Bytes, out: &mut Events) -> Result<(), Error>;

    /// Takes the end of the body. A stream that ends before its protocol's last event fails with `StreamBroken`.
    fn end(&mut self, out: &mut Events) -> Result<(), Error>;

    /// Tells whether the protocol's last event was read: nothing that may still come belongs to the reply.
    fn is_done(&self) -> bool;
}

/// Answers a caller in a protocol.
pub trait ServerCodec: Send + Sync + 'static {
    /// Writes the frames of a streamed reply.
    type Encoder: StreamEncoder;

    /// Names the protocol.
    fn protocol(&self) -> Protocol;

    /// Returns the media type of a streamed reply.
    fn stream_media_type(&self) -> &'static str {
        "text/event-stream"
    }

    /// Reads a caller's request. A protocol whose path says the model or the mode (Gemini, Bedrock) has a codec that
    /// was made for that path. It fails with `ErrorKind::InvalidRequest` and a message that names the field.
    fn decode_request(&self, body: &Bytes) -> Result<Incoming, Error>;

    /// Writes a whole reply's body.
    fn encode_response(&self, response: &ChatResponse) -> Bytes;

    /// Makes an encoder for the streamed reply to `request`.
    fn encoder(&self, request: &ChatRequest) -> Self::Encoder;

    /// Writes an error as the protocol's own clients expect it, with its status and headers.
    fn encode_error(&self, error: &Error) -> http::Response<Bytes>;
}

/// A caller's request.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// What is asked.
    pub request: ChatRequest,
    /// Whether the caller wants a stream.
    pub mode: Mode,
}

/// Writes the frames of one streamed reply.
pub trait StreamEncoder: Send + 'static {
    /// Appends the frames for `event` to `out`; some events have none.
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut);

    /// Appends the frames of a stream that ends in `error`, so that the protocol's own clients raise it.
    fn error(&mut self, error: &Error, out: &mut BytesMut);

    /// Appends the frames that end a whole reply.
    fn end(&mut self, out: &mut BytesMut);
}
