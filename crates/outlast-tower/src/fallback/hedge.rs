//! When a second target is asked beside one that is slow.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use outlast_types::CallContext;
use tokio::time::{Instant, Sleep, sleep_until};

use super::service::Settings;
use crate::first_content::{CallKind, FirstContents};
use crate::retry::{BudgetConfig, RetryBudget, RetryCost};
use crate::timer::after;

/// No call is hedged sooner, however fast the target usually is.
const LEAST_DELAY: Duration = Duration::from_secs(1);

/// How many calls of its kind must be known for a call to be hedged.
const LEAST_SAMPLES: u32 = 100;

/// Asks a second target when the first takes longer than 95 of 100 calls of the kind do, and at least 1 s.
///
/// Each call of the route earns a twentieth of a hedge, and at most 10 are saved up, so that at most one call in twenty is
/// asked twice. Clones share what was saved.
///
/// What the targets usually take is known from [`Candidate::with_first_contents`](super::Candidate::with_first_contents);
/// before 100 calls of a kind are known none is hedged.
#[derive(Clone, Debug)]
pub struct Hedge {
    budget: RetryBudget,
}

impl Hedge {
    /// Makes hedging that has saved nothing yet.
    pub fn new() -> Self {
        let config = BudgetConfig {
            start: 0.0,
            max: 10.0,
            per_success: 0.05,
            per_second: 0.0,
        };
        Self {
            budget: RetryBudget::new(config),
        }
    }

    /// Takes hedges from `budget`, which earns with each call of the route.
    pub fn with_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Notes a call of the route.
    pub(super) fn earn(&self) {
        self.budget.earn();
    }

    /// Takes what a hedge costs, if there is enough.
    pub(super) fn spend(&self) -> bool {
        self.budget.spend(RetryCost::Plain)
    }
}

impl Default for Hedge {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells whether a call may be asked twice. A continuation may not: what it is to go on from is spoken for.
pub(super) fn is_allowed<S>(settings: &Settings<S>, context: &CallContext) -> bool {
    settings.hedge.is_some() && !context.side_effects && context.continuation.is_none()
}

/// Returns how long the target is left alone with a call of this kind.
pub(super) fn delay(times: &FirstContents, kind: CallKind) -> Option<Duration> {
    if times.samples(kind) < LEAST_SAMPLES {
        return None;
    }
    Some(times.quantile(kind, 95)?.max(LEAST_DELAY))
}

/// The second call of a request, if there is one.
#[derive(Default)]
pub(super) enum Second<F> {
    /// There is none, and none is planned.
    #[default]
    None,
    /// It is to be made when the time has come.
    Planned(Pin<Box<Sleep>>),
    Asking {
        index: usize,
        call: Pin<Box<F>>,
    },
}

/// What has become of the second call.
pub(super) enum News<T> {
    /// It is time to make it.
    Due,
    /// It is over.
    Answered(usize, T),
}

impl<F: Future> Second<F> {
    pub(super) fn planned(delay: Duration) -> Self {
        Self::Planned(Box::pin(sleep_until(after(Instant::now(), delay))))
    }

    pub(super) fn asking(index: usize, call: F) -> Self {
        let call = Box::pin(call);
        Self::Asking { index, call }
    }

    /// Waits until there is something to do about it.
    pub(super) fn poll_news(&mut self, cx: &mut Context<'_>) -> Poll<News<F::Output>> {
        match self {
            Self::None => Poll::Pending,
            Self::Planned(sleep) => sleep.as_mut().poll(cx).map(|()| News::Due),
            Self::Asking { index, call } => {
                let index = *index;
                let answer = call.as_mut().poll(cx);
                answer.map(|answer| News::Answered(index, answer))
            }
        }
    }

    /// Returns who is being asked.
    pub(super) fn asked(&self) -> Option<usize> {
        match self {
            Self::Asking { index, .. } => Some(*index),
            Self::None | Self::Planned(_) => None,
        }
    }
}
