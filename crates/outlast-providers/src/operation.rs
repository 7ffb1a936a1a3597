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
use outlast_wire::gemini::Gemini;
use outlast_wire::openai::OpenAiChat;
use outlast_wire::responses::OpenAiResponses;
use outlast_wire::{ClientCodec, UnaryCodec};
use tower::service_fn;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::body::read_bounded;
use crate::clock::received_now;
use crate::service::{refuse_compressed, refuse_partial};
use crate::{Account, Api, HttpService, Provider, UpstreamUrl};

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
        for base_url in self.preset().layout.catalogs(self.base_url()) {
            self.gather(&base_url, &mut models).await?;
        }
        models.truncate(MAX_MODELS);
        self.known_models().learn(&models);
        Ok(models)
    }

    /// Adds the models of one list.
    async fn gather(
        &self,
        base_url: &UpstreamUrl,
        models: &mut Vec<ModelInfo>,
    ) -> Result<(), Error> {
        let mut request = ModelsRequest::first();
        for _ in 0..MAX_PAGES {
            let catalog = self.catalog("", base_url.clone());
            let page = catalog.page(request.clone()).await?.reply;
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
        Ok(())
    }

    /// Asks for one page of the models of the account; of the first list, if there is one for each publisher.
    pub async fn models_page(&self, request: ModelsRequest) -> Result<Answer<ModelPage>, Error> {
        let base_url = self.preset().layout.catalog_of(self.base_url(), "");
        self.catalog("", base_url).page(request).await
    }

    /// Asks what the account knows about the model `name`, which may be an alias. It costs nothing; not every provider
    /// knows the question.
    pub async fn find_model(&self, name: &str) -> Result<Answer<ModelInfo>, Error> {
        let request = ModelRequest::new(name);
        let base_url = self.preset().layout.catalog_of(self.base_url(), name);
        let catalog = self.catalog(name, base_url);
        match self.preset().api {
            Api::OpenAiChat(dialect) => catalog.ask(OpenAiChat::new(dialect), request).await,
            Api::OpenAiResponses(_) => catalog.ask(OpenAiResponses::new(), request).await,
            Api::AnthropicMessages(platform) => {
                catalog.ask(AnthropicMessages::at(platform), request).await
            }
            Api::Gemini(platform) => catalog.ask(Gemini::at(platform), request).await,
            Api::BedrockConverse => Err(catalog.unsupported(LISTS_NO_MODELS)),
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
        let (place, api) = self.place(self.preset().api, model);
        match api {
            Api::OpenAiResponses(_) => place.ask(OpenAiResponses::new(), request).await,
            Api::AnthropicMessages(platform) => {
                place.ask(AnthropicMessages::at(platform), request).await
            }
            Api::Gemini(platform) => place.ask(Gemini::at(platform), request).await,
            Api::BedrockConverse => place.ask(BedrockConverse::new(), request).await,
            Api::OpenAiChat(_) => Err(place.unsupported("the account counts no tokens")),
        }
    }

    /// Gives out the service that makes vectors with `model`. Like a target's services it is bare.
    ///
    /// Its calls fail with `ErrorKind::Unsupported` where the format has no embeddings.
    pub fn embedder(&self, model: impl Into<Arc<str>>) -> EmbeddingService {
        let model = model.into();
        let api = match self.preset().api {
            // Responses have no embeddings; who speaks them has those of Chat Completions.
            Api::OpenAiResponses(dialect) => Api::OpenAiChat(dialect),
            api => api,
        };
        let (place, api) = self.place(api, &model);
        match api {
            Api::OpenAiChat(dialect) => {
                EmbeddingService::new(place.provider(OpenAiChat::new(dialect)))
            }
            Api::Gemini(platform) => EmbeddingService::new(place.provider(Gemini::at(platform))),
            Api::OpenAiResponses(_) | Api::AnthropicMessages(_) | Api::BedrockConverse => {
                let error = place.unsupported("the account makes no embeddings");
                EmbeddingService::new(service_fn(move |_| ready(Err(error.clone()))))
            }
        }
    }

    /// The list of models at `base_url`, asked for `model` or for all of them.
    fn catalog<'a>(&'a self, model: &'a str, base_url: UpstreamUrl) -> Place<'a> {
        Place {
            account: self,
            model,
            base_url,
        }
    }

    /// Where `model` is asked by an account that speaks `api`, and what it speaks.
    fn place<'a>(&'a self, api: Api, model: &'a str) -> (Place<'a>, Api) {
        let (base_url, api) = self.locate(api, model);
        let place = Place {
            account: self,
            model,
            base_url,
        };
        (place, api)
    }
}

/// Where an account is asked, and about which model; about none if its name is empty.
struct Place<'a> {
    account: &'a Account,
    model: &'a str,
    base_url: UpstreamUrl,
}

impl Place<'_> {
    /// Asks for one page of a list of models.
    async fn page(self, request: ModelsRequest) -> Result<Answer<ModelPage>, Error> {
        match self.account.preset().api {
            Api::OpenAiChat(dialect) => self.ask(OpenAiChat::new(dialect), request).await,
            Api::OpenAiResponses(_) => self.ask(OpenAiResponses::new(), request).await,
            Api::AnthropicMessages(platform) => {
                self.ask(AnthropicMessages::at(platform), request).await
            }
            Api::Gemini(platform) => self.ask(Gemini::at(platform), request).await,
            Api::BedrockConverse => Err(self.unsupported(LISTS_NO_MODELS)),
        }
    }

    async fn ask<C, Q>(self, codec: C, request: Q) -> Result<Answer<C::Reply>, Error>
    where
        C: UnaryCodec<Q>,
        C::Reply: Send,
        Q: Send + Sync + 'static,
    {
        let mut provider = self.provider(codec);
        poll_fn(|cx| provider.poll_http(cx)).await?;
        provider.ask(request, CallContext::default()).await
    }

    fn provider<C: ClientCodec>(self, codec: C) -> Provider<C, HttpService> {
        let endpoint = self.account.endpoint(self.id(), self.base_url, codec);
        Provider::new(endpoint, self.account.http())
    }

    fn id(&self) -> TargetId {
        TargetId::new(self.account.name(), self.model)
    }

    fn unsupported(&self, message: &str) -> Error {
        Error::new(ErrorKind::Unsupported)
            .with_target(self.id())
            .with_message(message)
    }
}
