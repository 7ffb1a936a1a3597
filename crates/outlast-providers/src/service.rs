//! The leaf of the stack: one call, one attempt.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::TryFutureExt;
use futures_util::future::{BoxFuture, Either, select};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body::Body;
use outlast_types::{
    BoxError, CallContext, ChatRequest, ChatResponse, ChatStream, Collector, Error, ErrorKind,
    Mode, ReplyMeta, StreamRequest,
};
use outlast_wire::body::MAX_BODY;
use outlast_wire::error::malformed;
use outlast_wire::{ClientCodec, Decoder, Events};
use tower_service::Service;

use crate::Endpoint;
use crate::body::{Bounded, End, EventReader, read_bounded};
use crate::facts::{ReplyFacts, cut};

/// The most bytes of an error's body that are read.
const MAX_ERROR_BODY: usize = 1024 * 1024;

/// Asks one model at one account over any HTTP service: encodes, sends, decodes.
///
/// It answers [`ChatRequest`]s with a [`ChatResponse`] and [`StreamRequest`]s with a [`ChatStream`]. One call is one
/// attempt: no retry, no timeout, no redirect. What goes wrong comes back as facts: the target, how far the call had
/// come, whether the request was sent, and what the provider said.
///
/// # Cancellation
///
/// Dropping the future or the stream drops the HTTP exchange, which closes it.
pub struct Provider<C, T> {
    endpoint: Arc<Endpoint<C>>,
    http: T,
}

impl<C: ClientCodec, T> Provider<C, T> {
    /// Asks `endpoint` over `http`.
    pub fn new(endpoint: Endpoint<C>, http: T) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            http,
        }
    }

    pub(crate) fn shared_endpoint(&self) -> Arc<Endpoint<C>> {
        Arc::clone(&self.endpoint)
    }

    /// Waits until the transport takes a request.
    pub(crate) fn poll_http(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>
    where
        T: Service<http::Request<Bytes>>,
        T::Error: Into<BoxError>,
    {
        self.http
            .poll_ready(cx)
            .map_err(|error| self.endpoint.transport_error(error.into()))
    }

    /// Returns what is asked.
    pub fn endpoint(&self) -> &Endpoint<C> {
        &self.endpoint
    }

    /// Sends a call and returns its reply's head, decoder and body.
    fn send<B>(
        &mut self,
        chat: &ChatRequest,
        mode: Mode,
    ) -> impl Future<Output = Result<Received<C::Decoder, B>, Error>> + Send + use<C, T, B>
    where
        T: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + 'static,
        T::Future: Send + 'static,
        T::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let request = self.endpoint.request(chat, mode);
        let reply = self.exchange(request);
        let endpoint = Arc::clone(&self.endpoint);
        let context = chat.context.clone();
        async move { receive(&endpoint, mode, &context, reply.await?) }
    }

    /// Sends a request and returns its reply, unless its status says that it is an error.
    pub(crate) fn exchange<B>(
        &mut self,
        request: Result<http::Request<Bytes>, Error>,
    ) -> impl Future<Output = Result<http::Response<B>, Error>> + Send + use<C, T, B>
    where
        T: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + 'static,
        T::Future: Send + 'static,
        T::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let exchange = request.map(|request| self.begin(request));
        let endpoint = Arc::clone(&self.endpoint);
        async move {
            let failed = |error: T::Error| endpoint.transport_error(error.into());
            let reply = match exchange? {
                Exchange::Sent(reply) => reply.await.map_err(failed)?,
                Exchange::Unauthorized(request, mut http) => {
                    let (request, upkeep) = authorize(&endpoint, request).await?;
                    let reply = http.call(request).map_err(failed);
                    with_upkeep(reply, upkeep).await?
                }
            };
            if reply.status().is_success() {
                return Ok(reply);
            }
            // An error whose body is long or broken is still that error.
            let (head, body) = reply.into_parts();
            let body = read_bounded(body, MAX_ERROR_BODY).await.bytes;
            Err(endpoint.read_error(&head, &body))
        }
    }

    /// Sends a request that is ready to be sent.
    fn begin(&mut self, request: http::Request<Bytes>) -> Exchange<T, T::Future>
    where
        T: Service<http::Request<Bytes>> + Clone,
    {
        if self.endpoint.authorizer().is_none() {
            return Exchange::Sent(self.http.call(request));
        }
        // The service that was polled ready is the one that is called; its clone may not be ready.
        let clone = self.http.clone();
        Exchange::Unauthorized(request, std::mem::replace(&mut self.http, clone))
    }
}

/// An exchange that is under way, or waits for its request to be authorised.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives in a future that is boxed once, and only until it is matched on"
)]
enum Exchange<T, F> {
    Sent(F),
    Unauthorized(http::Request<Bytes>, T),
}

/// Makes a request one that the provider accepts, and finds out what is to be done while it is under way.
async fn authorize<C: ClientCodec>(
    endpoint: &Endpoint<C>,
    request: http::Request<Bytes>,
) -> Result<(http::Request<Bytes>, Option<BoxFuture<'static, ()>>), Error> {
    let Some(authorizer) = endpoint.authorizer() else {
        return Ok((request, None));
    };
    let request = authorizer.authorize(request).await;
    let request = request.map_err(|error| endpoint.unauthorized(error))?;
    Ok((request, authorizer.upkeep()))
}

/// Waits for `reply` and does `upkeep` meanwhile.
async fn with_upkeep<F: Future>(reply: F, upkeep: Option<BoxFuture<'static, ()>>) -> F::Output {
    let Some(upkeep) = upkeep else {
        return reply.await;
    };
    // The upkeep is polled first, so that replies which come at once cannot keep it from ever beginning.
    match select(upkeep, pin!(reply)).await {
        Either::Left(((), reply)) => reply.await,
        Either::Right((reply, _)) => reply,
    }
}

/// A reply with a status of 2xx whose body is still to be read.
struct Received<D, B> {
    meta: ReplyMeta,
    facts: ReplyFacts,
    mode: Mode,
    decoder: D,
    body: B,
}

fn receive<C, B>(
    endpoint: &Endpoint<C>,
    asked: Mode,
    context: &CallContext,
    reply: http::Response<B>,
) -> Result<Received<C::Decoder, B>, Error>
where
    C: ClientCodec,
{
    let (head, body) = reply.into_parts();
    let meta = endpoint.meta(context, &head.headers);
    let facts = endpoint.facts(&meta);
    refuse_compressed(&head.headers).map_err(|error| facts.add_to(error))?;
    let mode = mode_of(&head.headers, asked);
    Ok(Received {
        meta,
        facts,
        mode,
        decoder: endpoint.codec().decoder(mode),
        body,
    })
}

/// Tells in which form a reply comes. An account may answer a unary call with a stream; the other way round the decoder
/// sees for itself.
fn mode_of(headers: &HeaderMap, asked: Mode) -> Mode {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    match media_type {
        Some(media_type) if media_type.starts_with("text/event-stream") => Mode::Stream,
        _ => asked,
    }
}

/// Refuses a compressed body: none is asked for, because its length says nothing of the memory it will take.
pub(crate) fn refuse_compressed(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get(CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding == "identity" => Ok(()),
        Some(_) => Err(malformed(
            "the reply is compressed although that was not asked for",
        )),
    }
}

impl<D: Decoder, B> Received<D, B>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    /// Reads the whole reply.
    async fn collect(self) -> Result<ChatResponse, Error> {
        if self.mode == Mode::Stream {
            return self.stream().collect().await;
        }
        let body = read_bounded(self.body, MAX_BODY).await;
        let bytes = body.bytes.clone();
        let collector = decode_whole(self.decoder, body)
            .map_err(|error| self.facts.add_to(error.with_body(bytes)))?;
        Ok(collector.finish(self.meta))
    }

    /// Hands the reply out as it comes.
    fn stream(self) -> ChatStream {
        let events = EventReader::new(self.body, self.decoder, self.facts);
        ChatStream::new(Box::pin(events), self.meta)
    }
}

/// Refuses a body that did not come whole.
pub(crate) fn refuse_partial(end: End) -> Result<(), Error> {
    match end {
        End::Whole => Ok(()),
        End::TooLong => {
            Err(Error::new(ErrorKind::Malformed).with_message("the reply is longer than 64 MiB"))
        }
        End::Cut(error) => Err(cut(error).with_kind(ErrorKind::Malformed)),
    }
}

/// Decodes a whole body as one frame.
fn decode_whole<D: Decoder>(mut decoder: D, body: Bounded) -> Result<Collector, Error> {
    refuse_partial(body.end)?;
    let mut events = Events::new();
    decoder.push(body.bytes.clone(), &mut events)?;
    decoder.end(&mut events)?;
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    Ok(collector.with_raw(body.bytes))
}

impl<C, T, B> Service<ChatRequest> for Provider<C, T>
where
    C: ClientCodec,
    T: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + 'static,
    T::Future: Send + 'static,
    T::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = ChatResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result<ChatResponse, Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_http(cx)
    }

    fn call(&mut self, request: ChatRequest) -> Self::Future {
        let reply = self.send(&request, Mode::Unary);
        Box::pin(async move { reply.await?.collect().await })
    }
}

impl<C, T, B> Service<StreamRequest> for Provider<C, T>
where
    C: ClientCodec,
    T: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + 'static,
    T::Future: Send + 'static,
    T::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = ChatStream;
    type Error = Error;
    type Future = BoxFuture<'static, Result<ChatStream, Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_http(cx)
    }

    fn call(&mut self, request: StreamRequest) -> Self::Future {
        let reply = self.send(&request.0, Mode::Stream);
        Box::pin(async move { Ok(reply.await?.stream()) })
    }
}

impl<C, T: Clone> Clone for Provider<C, T> {
    fn clone(&self) -> Self {
        Self {
            endpoint: Arc::clone(&self.endpoint),
            http: self.http.clone(),
        }
    }
}

impl<C: fmt::Debug, T> fmt::Debug for Provider<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
