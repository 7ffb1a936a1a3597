use std::sync::Arc;
use std::task::{Context, Poll};

use outlast_types::{Call, Error};
use tower_service::Service;

use super::{Candidate, FallbackFuture};
use crate::Observers;
use crate::classify::{Classify, StandardTable};

/// Asks targets in order until one serves the request; see [the module](super).
///
/// Cloning it copies a pointer.
#[derive(Clone)]
pub struct Fallback<S> {
    settings: Arc<Settings<S>>,
}

pub(super) struct Settings<S> {
    pub(super) candidates: Vec<Candidate<S>>,
    pub(super) max_calls: usize,
    pub(super) classify: Arc<dyn Classify>,
    pub(super) observers: Observers,
}

impl<S> Fallback<S> {
    /// Makes a service that asks `candidates`, best first.
    pub fn new(candidates: impl IntoIterator<Item = Candidate<S>>) -> Self
    where
        S: Clone,
    {
        Self {
            settings: Arc::new(Settings {
                candidates: candidates.into_iter().collect(),
                max_calls: 4,
                classify: Arc::new(StandardTable),
                observers: Observers::default(),
            }),
        }
    }

    /// Limits the upstream calls of one request, to whatever target; 4 by default.
    pub fn with_max_calls(self, calls: usize) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.max_calls = calls)
    }

    /// Judges failures by `classify` instead of the [`StandardTable`].
    pub fn with_classify(self, classify: Arc<dyn Classify>) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.classify = classify)
    }

    /// Tells `observers` of each change of target.
    pub fn with_observers(self, observers: Observers) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.observers = observers)
    }

    /// Returns the candidates, best first.
    pub fn candidates(&self) -> &[Candidate<S>] {
        &self.settings.candidates
    }

    fn set(mut self, change: impl FnOnce(&mut Settings<S>)) -> Self
    where
        S: Clone,
    {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S: Clone> Clone for Settings<S> {
    fn clone(&self) -> Self {
        Self {
            candidates: self.candidates.clone(),
            max_calls: self.max_calls,
            classify: self.classify.clone(),
            observers: self.observers.clone(),
        }
    }
}

impl<S, R> Service<R> for Fallback<S>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
{
    type Response = S::Response;
    type Error = Error;
    type Future = FallbackFuture<S, R>;

    /// Is always ready: a target's own readiness is only waited for when it is its turn.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        FallbackFuture::new(self.settings.clone(), request)
    }
}
