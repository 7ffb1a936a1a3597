//! The way of one request through codec and client, the same for all protocols.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use outlast_types::{
    ChatRequest, CountRequest, EmbeddingRequest, EmbeddingResponse, Error, ErrorKind, Mode,
    ReplyMeta, TokenCount,
};
use outlast_wire::{Incoming, ServerCodec};

use crate::body::ReplyBody;
use crate::events::EventBody;
use crate::gateway::{Shared, json_response};
use crate::headers::{self, Wishes};
use crate::request_body;

/// A request that is being answered.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) id: &'a Arc<str>,
}

impl Call<'_> {
    /// Answers a request for a reply or a stream.
    pub(super) async fn chat<B>(
        self,
        codec: &impl ServerCodec,
        request: Request<B>,
    ) -> Result<Response<ReplyBody>, Error>
    where
        B: Body,
        B::Error: std::fmt::Display,
    {
        let work = async {
            let (wishes, body) = self.read(request).await?;
            let Incoming { mut request, mode } = codec.decode_request(&body)?;
            wishes.put_into(&mut request.context, self.id);
            // Not the shared body: whoever changes the request would have to copy it while it is held here.
            let model = request.model.clone();
            let answer = match mode {
                Mode::Unary => self.unary(codec, request).await,
                Mode::Stream => self.stream(codec, request).await,
            };
            answer.map_err(|error| name_model(error, &model))
        };
        self.shared.unless_cut_off(work).await
    }

    /// Answers a request for vectors.
    pub(super) async fn embed<B>(
        self,
        request: Request<B>,
        decode: impl FnOnce(&Bytes) -> Result<EmbeddingRequest, Error>,
        encode: impl FnOnce(&EmbeddingRequest, &EmbeddingResponse) -> Bytes,
    ) -> Result<Response<ReplyBody>, Error>
    where
        B: Body,
        B::Error: std::fmt::Display,
    {
        let work = async {
            let (wishes, body) = self.read(request).await?;
            let mut request = decode(&body)?;
            wishes.put_into(&mut request.context, self.id);
            let reply = self.shared.client.embed(request.clone()).await;
            let reply = reply.map_err(|error| name_model(error, &request.model))?;
            Ok(whole(encode(&request, &reply), reply.meta()))
        };
        self.shared.unless_cut_off(work).await
    }

    /// Answers a question for the tokens of a request.
    pub(super) async fn count<B>(
        self,
        request: Request<B>,
        decode: impl FnOnce(&Bytes) -> Result<CountRequest, Error>,
        encode: impl FnOnce(&TokenCount) -> Bytes,
    ) -> Result<Response<ReplyBody>, Error>
    where
        B: Body,
        B::Error: std::fmt::Display,
    {
        let work = async {
            let (wishes, body) = self.read(request).await?;
            let CountRequest(mut request) = decode(&body)?;
            wishes.put_into(&mut request.context, self.id);
            let model = request.model.clone();
            let reply = self.shared.client.count_tokens(request).await;
            let reply = reply.map_err(|error| name_model(error, &model))?;
            Ok(whole(encode(&reply.count), reply.meta()))
        };
        self.shared.unless_cut_off(work).await
    }

    /// Reads what a caller says in its headers, and its body.
    async fn read<B>(self, request: Request<B>) -> Result<(Wishes, Bytes), Error>
    where
        B: Body,
        B::Error: std::fmt::Display,
    {
        let Shared {
            body_limit, limits, ..
        } = self.shared;
        let wishes = Wishes::read(request.headers())?;
        let body = request_body::read(request.into_body(), *body_limit, limits).await?;
        Ok((wishes, body))
    }

    async fn unary(
        self,
        codec: &impl ServerCodec,
        request: ChatRequest,
    ) -> Result<Response<ReplyBody>, Error> {
        let reply = self.shared.client.chat(request).await?;
        Ok(whole(codec.encode_response(&reply), reply.meta()))
    }

    /// Returns once the first content is there, so that a call that fails before it has a status of its own.
    async fn stream(
        self,
        codec: &impl ServerCodec,
        request: ChatRequest,
    ) -> Result<Response<ReplyBody>, Error> {
        let encoder = codec.encoder(&request);
        let stream = self.shared.client.stream(request).await?;
        let meta = stream.meta().clone();
        let cut_off = self.shared.life.cut_off.clone().cancelled_owned();
        let body = ReplyBody::stream(EventBody::new(stream, encoder, cut_off));
        let mut response = Response::new(body);
        put_stream_headers(response.headers_mut(), codec.stream_media_type());
        put_meta(response.headers_mut(), &meta);
        Ok(response)
    }
}

/// Makes an answer of a whole body that a provider served.
fn whole(body: Bytes, meta: &ReplyMeta) -> Response<ReplyBody> {
    let mut response = json_response(StatusCode::OK, body);
    put_meta(response.headers_mut(), meta);
    response
}

fn put_meta(headers: &mut HeaderMap, meta: &ReplyMeta) {
    headers::put_ledger(headers, Some(meta.target()), Some(&meta.ledger));
}

/// Tells everybody on the way not to keep, change or collect the stream.
fn put_stream_headers(headers: &mut HeaderMap, media_type: &'static str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
}

/// Says which model is unknown; the client says which there are.
fn name_model(error: Error, model: &str) -> Error {
    if error.kind() != ErrorKind::UnknownModel {
        return error;
    }
    let known = error
        .message()
        .unwrap_or("GET /v1/models lists those there are");
    let message = format!("there is no route or target `{model:.100}`; {known}");
    error.with_message(message)
}
