//! The rules of the official SDKs of OpenAI and Anthropic: retries at the same provider.

use fastrand::Rng;
use futures_util::future::BoxFuture;
use outlast::providers::Target;
use outlast::{ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, StreamRequest};
use tokio::time::{sleep, timeout};
use tower::{Service, ServiceExt};

use super::Contestant;
use super::backoff::{Backoff, RETRIES, TIMEOUT, is_retried};

/// Asks one target up to three times.
pub(super) struct Sdk {
    target: Target,
    backoff: Backoff,
}

impl Sdk {
    pub(super) fn new(target: Target, chance: Rng) -> Self {
        Self {
            target,
            backoff: Backoff::new(chance),
        }
    }
}

impl Contestant for Sdk {
    fn chat(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatResponse, Error>> {
        Box::pin(ask(
            self.target.chat_service(),
            request,
            self.backoff.clone(),
        ))
    }

    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, Error>> {
        let request = StreamRequest(request);
        Box::pin(ask(
            self.target.stream_service(),
            request,
            self.backoff.clone(),
        ))
    }
}

async fn ask<R, S>(service: S, request: R, backoff: Backoff) -> Result<S::Response, Error>
where
    R: Clone,
    S: Service<R, Error = Error> + Clone,
{
    let mut retry = 0;
    loop {
        let error = match once(service.clone(), request.clone()).await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        if retry == RETRIES || !is_retried(&error) {
            return Err(error);
        }
        sleep(backoff.wait(retry, &error)).await;
        retry += 1;
    }
}

/// Makes one call; for a stream it is over when the head of the reply is there.
pub(super) async fn once<R, S>(service: S, request: R) -> Result<S::Response, Error>
where
    S: Service<R, Error = Error>,
{
    timeout(TIMEOUT, service.oneshot(request))
        .await
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::IdleTimeout)))
}
