//! The published rules of LiteLLM's router: a group of one deployment for each provider, the later ones as fallbacks.
//!
//! Sources: the router's reliability page and the constants it names (2 retries, a cooldown of 5 s, 1,000 requests in a
//! minute before a deployment alone in its group cools down). An error that is not worth a retry goes to the next group
//! at once; after the last retry there is one more wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::BoxFuture;
use outlast::providers::Target;
use outlast::{ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, StreamRequest};
use tokio::time::{Instant, sleep};
use tower::Service;

use super::Contestant;
use super::backoff::{Backoff, RETRIES, is_retried};
use super::sdk::once;

const COOLDOWN: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);
/// How many calls of a minute must have failed, and none succeeded.
const FAILED_CALLS: u32 = 1000;

/// Asks the groups in order.
pub(super) struct Router {
    groups: Vec<Group>,
    backoff: Backoff,
}

/// A group of one deployment.
#[derive(Clone)]
struct Group {
    target: Target,
    health: Arc<Mutex<Health>>,
}

struct Health {
    minute: Instant,
    ok: u32,
    failed: u32,
    cooled_until: Option<Instant>,
}

impl Router {
    pub(super) fn new(targets: Vec<Target>, chance: Rng) -> Self {
        let group = |target| Group {
            target,
            health: Arc::new(Mutex::new(Health {
                minute: Instant::now(),
                ok: 0,
                failed: 0,
                cooled_until: None,
            })),
        };
        Self {
            groups: targets.into_iter().map(group).collect(),
            backoff: Backoff::new(chance),
        }
    }
}

impl Contestant for Router {
    fn chat(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatResponse, Error>> {
        let (groups, backoff) = (self.groups.clone(), self.backoff.clone());
        Box::pin(ask(groups, Target::chat_service, request, backoff))
    }

    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, Error>> {
        let (groups, backoff) = (self.groups.clone(), self.backoff.clone());
        let request = StreamRequest(request);
        Box::pin(ask(groups, Target::stream_service, request, backoff))
    }
}

async fn ask<R, S>(
    groups: Vec<Group>,
    service: fn(&Target) -> S,
    request: R,
    backoff: Backoff,
) -> Result<S::Response, Error>
where
    R: Clone,
    S: Service<R, Error = Error> + Clone,
{
    let mut last = Error::new(ErrorKind::Internal);
    for group in &groups {
        match group.ask(service(&group.target), &request, &backoff).await {
            Ok(reply) => return Ok(reply),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Group {
    async fn ask<R, S>(
        &self,
        service: S,
        request: &R,
        backoff: &Backoff,
    ) -> Result<S::Response, Error>
    where
        R: Clone,
        S: Service<R, Error = Error> + Clone,
    {
        for retry in 0.. {
            if self.health().is_cooling() {
                break;
            }
            let result = once(service.clone(), request.clone()).await;
            self.health().note(result.is_ok());
            match result {
                Ok(reply) => return Ok(reply),
                Err(error) if !is_retried(&error) => return Err(error),
                Err(error) => sleep(backoff.wait(retry, &error)).await,
            }
            if retry == RETRIES {
                break;
            }
        }
        Err(Error::new(ErrorKind::Overloaded))
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        // A panic elsewhere leaves whole counts behind.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn is_cooling(&self) -> bool {
        self.cooled_until
            .is_some_and(|until| Instant::now() < until)
    }

    fn note(&mut self, ok: bool) {
        let now = Instant::now();
        if now >= self.minute + MINUTE {
            (self.minute, self.ok, self.failed) = (now, 0, 0);
        }
        if ok {
            self.ok += 1;
            return;
        }
        self.failed += 1;
        if self.ok == 0 && self.failed >= FAILED_CALLS {
            self.cooled_until = Some(now + COOLDOWN);
        }
    }
}
