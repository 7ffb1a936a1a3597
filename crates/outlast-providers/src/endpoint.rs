//! One model at one account: everything a call needs but the transport.

use std::sync::Arc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};
use outlast_types::{
    Adaptation, BoxError, CallContext, ChatRequest, Error, ErrorKind, Mode, Phase, ReplyMeta, Sent,
    TargetId,
};
use outlast_wire::error::{malformed, request_id};
use outlast_wire::rate_limit::rate_limits;
use outlast_wire::{ClientCodec, EncodeOptions, ErrorReply, UnaryCodec};

use crate::advice::Advice;
use crate::authorize::{Access, Authorizer};
use crate::clock::received_now;
use crate::facts::{ReplyFacts, transport};
use crate::upstream_url::Query;
use crate::{Authorize, Credential, HttpService, UpstreamUrl};

/// One model at one account: who it is, where it is, the credential and the codec.
#[derive(Clone, Debug)]
pub struct Endpoint<C> {
    target: TargetId,
    provider: Arc<str>,
    base_url: UpstreamUrl,
    query: Query,
    access: Access,
    advice: Option<Advice>,
    codec: C,
}

impl<C: ClientCodec> Endpoint<C> {
    /// Describes the model `target` below `base_url`, without a credential.
    pub fn new(target: TargetId, base_url: UpstreamUrl, codec: C) -> Self {
        Self {
            provider: target.account().into(),
            target,
            base_url,
            query: Query::default(),
            access: Access::Open,
            advice: None,
            codec,
        }
    }

    /// Adds the account's key.
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.access = Access::Key(credential);
        self
    }

    /// Lets `authorizer` work on each request; `http` is the transport for what it fetches.
    pub fn with_authorizer(mut self, authorizer: Arc<dyn Authorize>, http: HttpService) -> Self {
        self.access = Access::By(Arc::new(Authorizer::new(authorizer, http)));
        self
    }

    /// Adds a parameter to the query of each request.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.add(name, value);
        self
    }

    /// Adds to its failures what can be done about them.
    pub(crate) fn with_advice(mut self, advice: Advice) -> Self {
        self.advice = Some(advice);
        self
    }

    /// Names the provider, whose section of a request's `provider_options` is sent; by default the account's name.
    pub fn with_provider(mut self, provider: impl Into<Arc<str>>) -> Self {
        self.provider = provider.into();
        self
    }

    /// Returns the name of the target.
    pub fn target(&self) -> &TargetId {
        &self.target
    }

    /// Returns what must work on a request before it is sent, if anything must.
    pub(crate) fn authorizer(&self) -> Option<&Authorizer> {
        match &self.access {
            Access::By(authorizer) => Some(authorizer),
            Access::Open | Access::Key(_) => None,
        }
    }

    pub(crate) fn codec(&self) -> &C {
        &self.codec
    }

    /// Writes the HTTP request for `chat`, and what had to be changed into the ledger.
    pub(crate) fn request(
        &self,
        chat: &ChatRequest,
        mode: Mode,
    ) -> Result<http::Request<Bytes>, Error> {
        let options = EncodeOptions {
            model: self.target.model(),
            mode,
            provider: &self.provider,
        };
        let encoded = self
            .codec
            .encode(chat, &options)
            .and_then(|encoded| encoded.settle(chat.context.on_unsupported.unwrap_or_default()))
            .map_err(|error| self.unsent(error))?;
        note_adaptations(&chat.context, encoded.adaptations);
        self.address(encoded.request)
    }

    /// Writes the HTTP request for an operation beside chat.
    pub(crate) fn unary_request<Q>(
        &self,
        request: &Q,
        context: &CallContext,
    ) -> Result<http::Request<Bytes>, Error>
    where
        C: UnaryCodec<Q>,
    {
        let options = EncodeOptions {
            model: self.target.model(),
            mode: Mode::Unary,
            provider: &self.provider,
        };
        let encoded = self
            .codec
            .encode_unary(request, &options)
            .and_then(|encoded| encoded.settle(context.on_unsupported.unwrap_or_default()))
            .map_err(|error| self.unsent(error))?;
        note_adaptations(context, encoded.adaptations);
        self.address(encoded.request)
    }

    fn address(&self, mut request: http::Request<Bytes>) -> Result<http::Request<Bytes>, Error> {
        let root = PathAndQuery::from_static("/");
        let path = request.uri().path_and_query().unwrap_or(&root);
        *request.uri_mut() = self
            .base_url
            .join(path, &self.query)
            .map_err(|error| self.unsent(Error::new(ErrorKind::Internal).with_source(error)))?;
        if let Access::Key(credential) = &self.access {
            credential.apply(request.headers_mut());
        }
        Ok(request)
    }

    /// Returns the facts of a reply with these headers.
    pub(crate) fn meta(&self, context: &CallContext, headers: &HeaderMap) -> ReplyMeta {
        let mut meta = ReplyMeta::new(self.target.clone());
        meta.request_id = request_id(headers);
        meta.rate_limits = rate_limits(headers, received_now());
        meta.ledger = context.ledger.clone();
        meta
    }

    /// Returns what is to be said of a failure while the body of a reply is read.
    pub(crate) fn facts(&self, meta: &ReplyMeta) -> ReplyFacts {
        ReplyFacts::new(meta, self.access.clone())
    }

    /// Reads a reply whose status says that it is an error.
    pub(crate) fn read_error(&self, head: &http::response::Parts, body: &Bytes) -> Error {
        let error = if head.status.is_redirection() {
            redirect()
        } else {
            self.codec.read_error(&ErrorReply {
                status: head.status,
                headers: &head.headers,
                body,
                received: received_now(),
            })
        };
        if head.status == StatusCode::UNAUTHORIZED {
            self.access.refused();
        }
        let error = self
            .access
            .blot_out(error)
            .with_target(self.target.clone())
            .with_status(head.status)
            .with_phase(Phase::BeforeCommit)
            .with_sent(Sent::Yes);
        self.advise(error)
    }

    /// Reads a transport's failure to get a reply's head.
    pub(crate) fn transport_error(&self, error: BoxError) -> Error {
        self.advise(transport(error, &self.target))
    }

    fn advise(&self, error: Error) -> Error {
        match &self.advice {
            Some(advice) => advice.add_to(error, self.target.model()),
            None => error,
        }
    }

    /// Says of a failure to authorise a request who failed, and that nothing was sent.
    pub(crate) fn unauthorized(&self, error: Error) -> Error {
        error
            .with_target(self.target.clone())
            .with_phase(Phase::Connect)
            .with_sent(Sent::No)
    }

    fn unsent(&self, error: Error) -> Error {
        error
            .with_target(self.target.clone())
            .with_phase(Phase::Encode)
            .with_sent(Sent::No)
    }
}

/// Writes into the ledger's entry for this attempt what was changed in the request; without an entry nobody asks.
fn note_adaptations(context: &CallContext, adaptations: Vec<Adaptation>) {
    if let (Some(number), false) = (context.attempt, adaptations.is_empty()) {
        let ledger = &context.ledger;
        ledger.update(number, |attempt| attempt.adaptations.extend(adaptations));
    }
}

/// A redirect is not followed: the key and the prompt would go to an address nobody has configured.
fn redirect() -> Error {
    malformed(
        "the provider redirects to another address, which is not followed: correct the base URL",
    )
}
