//! What an account offers beside chat: its models, token counts, embeddings.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future::{BoxFuture, ready};
use http::header::DATE;
use http_body::Body;
use outlast_types::{
    BoxError, CallContext, ChatRequest, CountRequest, EmbeddingRequest, EmbeddingResponse,
    Embeddings, Error, ErrorKind, ModelInfo, ModelPage, ModelRequest, ModelsRequest, ReplyMeta,
    TargetId, TokenCount,
};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::body::MAX_BODY;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::{ClientCodec, UnaryCodec};
use tower::service_fn;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::body::read_bounded;
use crate::clock::received_now;
use crate::service::{refuse_compressed, refuse_partial};
use crate::{Account, Api, HttpService, Provider};

/// Turns texts into vectors.
pub type EmbeddingService = BoxCloneSyncService<EmbeddingRequest, EmbeddingResponse, Error>;

/// The most pages of a list of models that are asked for.
const MAX_PAGES: usize = 100;

/// The most models of one account that are kept.
const MAX_MODELS: usize = 100_000;

/// What a provider answered to a question that is no chat.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<R> {
    /// What it says.
    pub reply: R,
    /// Who said it.
    pub meta: ReplyMeta,
    /// The provider's clock, from the header `date`; whole seconds.
    pub date: Option<SystemTime>,
    /// When it came, by the clock of this machine.
    pub received: SystemTime,
}

impl<C: ClientCodec, T> Provider<C, T> {
    /// Asks for something beside chat. Like a call it is one attempt.
    pub(crate) fn ask<Q, B>(
        &mut self,
        request: Q,
        context: CallContext,
    ) -> impl Future<Output = Result<Answer<C::Reply>, Error>> + Send + use<C, T, Q, B>
    where
        C: UnaryCodec<Q>,
        C::Reply: Send,
        Q: Send + Sync + 'static,
        T: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + 'static,
        T::Future: Send + 'static,
        T::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let encoded = self.endpoint().unary_request(&request, &context);
        let reply = self.exchange(encoded);
        let endpoint = self.shared_endpoint();
        async move {
            let (head, body) = reply.await?.into_parts();
            let received = received_now();
            let meta = endpoint.meta(&context, &head.headers);
            let facts = endpoint.facts(&meta);
            refuse_compressed(&head.headers).map_err(|error| facts.add_to(error))?;
            let body = read_bounded(body, MAX_BODY).await;
            let reply = refuse_partial(body.end)
                .and_then(|()| endpoint.codec().decode_unary(&request, &body.bytes))
                .map_err(|error| facts.add_to(error.with_body(body.bytes)))?;
            let date = head.headers.get(DATE).and_then(|date| date.to_str().ok());
            Ok(Answer {
                reply,
                meta,
                date: date.and_then(|date| httpdate::parse_http_date(date).ok()),
                received,
            })
        }
    }
}

impl<C, T, B> Service<EmbeddingRequest> for Provider<C, T>
where
    C: UnaryCodec<EmbeddingRequest, Reply = Embeddings>,
    T: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + 'static,
    T::Future: Send + 'static,
    T::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = EmbeddingResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result<EmbeddingResponse, Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_http(cx)
    }

    fn call(&mut self, request: EmbeddingRequest) -> Self::Future {
        let context = request.context.clone();
        let answer = self.ask(request, context);
        Box::pin(async move {
            let answer = answer.await?;
            Ok(EmbeddingResponse::new(answer.reply, answer.meta))
        })
    }
}

/// Bedrock's list is at another address, that of its control plane, and its keys are not taken there.
const LISTS_NO_MODELS: &str = "the address of Bedrock's models has no list of them";

impl Account {
    /// Lists the models of the account, page by page; 100 000 at most. It costs nothing.
    ///
    /// The names are kept: an error about a wrong name then says which one is nearest.
    pub async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let mut models = Vec::new();
        let mut request = ModelsRequest::first();
        for _ in 0..MAX_PAGES {
            let page = self.models_page(request.clone()).await?.reply;
            models.extend(page.models);
            match page.next {
                Some(next)
                    if request.after.as_ref() != Some(&next) && models.len() < MAX_MODELS =>
                {
                    request = ModelsRequest::after(next);
                }
                _ => break,
            }
        }
        models.truncate(MAX_MODELS);
        self.known_models().learn(&models);
        Ok(models)
    }

    /// Asks for one page of the models of the account.
    pub async fn models_page(&self, request: ModelsRequest) -> Result<Answer<ModelPage>, Error> {
        match self.preset().api {
            Api::OpenAiChat(dialect) => self.ask("", OpenAiChat::new(dialect), request).await,
            Api::AnthropicMessages => self.ask("", AnthropicMessages::new(), request).await,
            Api::BedrockConverse => Err(self.unsupported("", LISTS_NO_MODELS)),
        }
    }

    /// Asks what the account knows about the model `name`, which may be an alias. It costs nothing; not every provider
    /// knows the question.
    pub async fn find_model(&self, name: &str) -> Result<Answer<ModelInfo>, Error> {
        let request = ModelRequest::new(name);
        match self.preset().api {
            Api::OpenAiChat(dialect) => self.ask(name, OpenAiChat::new(dialect), request).await,
            Api::AnthropicMessages => self.ask(name, AnthropicMessages::new(), request).await,
            Api::BedrockConverse => Err(self.unsupported(name, LISTS_NO_MODELS)),
        }
    }

    /// Asks how many input tokens `request` has for `model`. It costs nothing.
    ///
    /// It fails with `ErrorKind::Unsupported` where the format has no such question.
    pub async fn count_tokens(
        &self,
        model: &str,
        request: ChatRequest,
    ) -> Result<Answer<TokenCount>, Error> {
        let request = CountRequest(request);
        match self.preset().api {
            Api::AnthropicMessages => self.ask(model, AnthropicMessages::new(), request).await,
            Api::BedrockConverse => self.ask(model, BedrockConverse::new(), request).await,
            Api::OpenAiChat(_) => Err(self.unsupported(model, "the account counts no tokens")),
        }
    }

    /// Gives out the service that makes vectors with `model`. Like a target's services it is bare.
    ///
    /// Its calls fail with `ErrorKind::Unsupported` where the format has no embeddings.
    pub fn embedder(&self, model: impl Into<Arc<str>>) -> EmbeddingService {
        let model = model.into();
        match self.preset().api {
            Api::OpenAiChat(dialect) => {
                EmbeddingService::new(self.provider(&model, OpenAiChat::new(dialect)))
            }
            Api::AnthropicMessages | Api::BedrockConverse => {
                let error = self.unsupported(&model, "the account makes no embeddings");
                EmbeddingService::new(service_fn(move |_| ready(Err(error.clone()))))
            }
        }
    }

    async fn ask<C, Q>(&self, model: &str, codec: C, request: Q) -> Result<Answer<C::Reply>, Error>
    where
        C: UnaryCodec<Q>,
        C::Reply: Send,
        Q: Send + Sync + 'static,
    {
        let mut provider = self.provider(model, codec);
        poll_fn(|cx| provider.poll_http(cx)).await?;
        provider.ask(request, CallContext::default()).await
    }

    fn provider<C: ClientCodec>(&self, model: &str, codec: C) -> Provider<C, HttpService> {
        let id = TargetId::new(self.name(), model);
        let base_url = if model.is_empty() {
            self.base_url().clone()
        } else {
            let preset = self.preset();
            preset.layout.locate(self.base_url(), preset.api, model).0
        };
        Provider::new(self.endpoint(id, base_url, codec), self.http())
    }

    fn unsupported(&self, model: &str, message: &str) -> Error {
        Error::new(ErrorKind::Unsupported)
            .with_target(TargetId::new(self.name(), model))
            .with_message(message)
    }
}
