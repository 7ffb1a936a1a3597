use std::sync::Arc;
use std::task::{Context, Poll};

use outlast_types::{Call, Error, ErrorKind};
use tower_service::Service;

use super::detour::Detours;
use super::{Candidate, FallbackFuture, Hedge};
use crate::classify::{Classify, StandardTable};
use crate::{Jitter, Observers, Sticky, Strategy};

/// Asks targets in order until one serves the request; see [the module](super).
///
/// Cloning it copies a pointer.
#[derive(Clone)]
pub struct Fallback<S> {
    settings: Arc<Settings<S>>,
}

pub(super) struct Settings<S> {
    /// Those of the list, and after them those that are asked on a detour only.
    pub(super) candidates: Vec<Candidate<S>>,
    /// How many of the candidates are on the list.
    pub(super) listed: usize,
    /// How many of these stand before the others, whatever the strategy says.
    pub(super) leading: usize,
    pub(super) strategy: Strategy,
    pub(super) sticky: Sticky,
    pub(super) jitter: Jitter,
    pub(super) detours: Detours,
    pub(super) max_calls: usize,
    pub(super) hedge: Option<Hedge>,
    pub(super) classify: Arc<dyn Classify>,
    pub(super) observers: Observers,
}

impl<S> Fallback<S> {
    /// Makes a service that asks `candidates`, in their order unless a strategy says otherwise.
    pub fn new(candidates: impl IntoIterator<Item = Candidate<S>>) -> Self
    where
        S: Clone,
    {
        let candidates: Vec<_> = candidates.into_iter().collect();
        Self {
            settings: Arc::new(Settings {
                listed: candidates.len(),
                candidates,
                leading: 0,
                strategy: Strategy::default(),
                sticky: Sticky::default(),
                jitter: Jitter::default(),
                detours: Detours::default(),
                max_calls: 4,
                hedge: None,
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

    /// Asks a second candidate beside one that is slow; by default none is.
    pub fn with_hedge(self, hedge: Hedge) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.hedge = Some(hedge))
    }

    /// Puts the candidates of each call in order by `strategy`.
    pub fn with_strategy(self, strategy: Strategy) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.strategy = strategy)
    }

    /// Lets calls that have something in common go to the same candidate first, where the strategy spreads calls.
    pub fn with_sticky(self, sticky: Sticky) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.sticky = sticky)
    }

    /// Keeps the first `count` candidates before the others: the strategy orders the two groups apart.
    pub fn with_leading(self, count: usize) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.leading = count)
    }

    /// Draws chance from `jitter`.
    pub fn with_jitter(self, jitter: Jitter) -> Self
    where
        S: Clone,
    {
        self.set(|settings| settings.jitter = jitter)
    }

    /// Asks `candidates` next after a failure of this kind, even where no other target would be asked after it. After a
    /// failure for which the verdict allows no other target, it is only these that are asked. A candidate that is on the
    /// list already is known by its target, and takes part as it stands there.
    pub fn with_detour(
        self,
        kind: ErrorKind,
        candidates: impl IntoIterator<Item = Candidate<S>>,
    ) -> Self
    where
        S: Clone,
    {
        self.set(|settings| {
            let numbers = candidates.into_iter().map(|it| settings.number_of(it));
            let numbers = numbers.collect();
            settings.detours.add(kind, numbers);
        })
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

    /// Returns the candidates in the order in which they were listed.
    pub fn candidates(&self) -> &[Candidate<S>] {
        let settings = &self.settings;
        settings.candidates.get(..settings.listed).unwrap_or(&[])
    }

    fn set(mut self, change: impl FnOnce(&mut Settings<S>)) -> Self
    where
        S: Clone,
    {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Settings<S> {
    /// Returns the number of a candidate, which is added if its target is not there yet.
    fn number_of(&mut self, candidate: Candidate<S>) -> usize {
        let known = self
            .candidates
            .iter()
            .position(|other| other.target == candidate.target);
        known.unwrap_or_else(|| {
            self.candidates.push(candidate);
            self.candidates.len() - 1
        })
    }
}

impl<S: Clone> Clone for Settings<S> {
    fn clone(&self) -> Self {
        Self {
            candidates: self.candidates.clone(),
            listed: self.listed,
            leading: self.leading,
            strategy: self.strategy,
            sticky: self.sticky,
            jitter: self.jitter.clone(),
            detours: self.detours.clone(),
            max_calls: self.max_calls,
            hedge: self.hedge.clone(),
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
        if let Some(hedge) = &self.settings.hedge {
            hedge.earn();
        }
        FallbackFuture::new(self.settings.clone(), request)
    }
}
