//! Puts tokens into requests: one token for all, one fetch for all who wait.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use outlast_types::Error;

use super::lifetime::Lifetime;
use super::{Token, TokenSource};
use crate::clock::Clock;
use crate::{Authorize, HttpService};

/// Authorises requests with tokens that expire. Clones share the token.
///
/// - The first request fetches the token; requests that come meanwhile wait for the same fetch. A fetch that nobody
///   waits for any more is dropped, and the next request begins a new one.
/// - Five minutes before the token expires (in the last quarter of its life if that is shorter) it is renewed while
///   requests are under way. None of them waits for that. A renewal that fails is tried again after 30 seconds.
/// - In its last 15 seconds a token is not used any more: requests wait for the next one, and fail if there is none.
/// - A token that the provider refuses with 401 is dropped if it is older than 30 seconds.
#[derive(Clone)]
pub struct Tokens {
    source: Arc<dyn TokenSource>,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    lifetime: Lifetime,
    /// The fetch that is under way, as long as somebody waits for it.
    fetch: Option<WeakShared<Fetch>>,
}

type Fetch = BoxFuture<'static, Result<Token, Error>>;

impl Tokens {
    /// Keeps the tokens of `source`.
    pub fn new(source: impl TokenSource) -> Self {
        Self {
            source: Arc::new(source),
            clock: Clock::default(),
            state: Arc::default(),
        }
    }

    /// Reads the time from `clock`; by default it is the system's.
    pub fn with_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(clock);
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the token if it can be used now.
    fn held(&self) -> Option<Token> {
        self.lock().lifetime.token(self.clock.now()).cloned()
    }

    /// Joins the fetch that is under way, or begins one.
    fn fetch(&self, http: &HttpService) -> Shared<Fetch> {
        let mut state = self.lock();
        if let Some(fetch) = state.fetch.as_ref().and_then(WeakShared::upgrade) {
            return fetch;
        }
        let fetch = self.clone().fetch_and_keep(http.clone()).boxed().shared();
        state.fetch = fetch.downgrade();
        fetch
    }

    async fn fetch_and_keep(self, http: HttpService) -> Result<Token, Error> {
        let fetched = self.source.fetch(http, self.clock.now()).await;
        let now = self.clock.now();
        let mut state = self.lock();
        // Whoever comes from now on does not get this fetch's result, but the token.
        state.fetch = None;
        match &fetched {
            Ok(token) => state.lifetime.fetched(token.clone(), now),
            Err(_) => state.lifetime.failed(now),
        }
        fetched
    }
}

impl Authorize for Tokens {
    fn authorize<'a>(
        &'a self,
        mut request: http::Request<Bytes>,
        http: &'a HttpService,
    ) -> BoxFuture<'a, Result<http::Request<Bytes>, Error>> {
        Box::pin(async move {
            let token = match self.held() {
                Some(token) => token,
                None => self.fetch(http).await?,
            };
            token.apply(request.headers_mut());
            Ok(request)
        })
    }

    fn upkeep(&self, http: &HttpService) -> Option<BoxFuture<'static, ()>> {
        if !self.lock().lifetime.is_due(self.clock.now()) {
            return None;
        }
        // What becomes of it is in the state by then.
        Some(self.fetch(http).map(drop).boxed())
    }

    fn refused(&self) {
        self.lock().lifetime.refused(self.clock.now());
    }

    fn blot_out(&self, error: Error) -> Error {
        let error = self.source.blot_out(error);
        match self.held() {
            Some(token) => token.blot_out(error),
            None => error,
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}
