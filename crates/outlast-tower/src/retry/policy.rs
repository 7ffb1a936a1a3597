use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use outlast_types::{Call, CallContext, Error, ErrorKind, TargetId};
use tokio::time::{Instant, Sleep, sleep};
use tower::retry::Policy;
use tower::retry::budget::Budget;

use super::backoff::{Backoff, Patience, Wait};
use super::budget::{RetryBudget, RetryCost};
use crate::breaker::{AskAnyway, was_passed_over};
use crate::classify::{Billed, Classify, Health, Retry, StandardTable, Verdict};
use crate::timer::deadline_of;
use crate::{Jitter, Observers, StackEvent};

/// The longest a call waits that has no other target to go to.
const PATIENCE_ALONE: Duration = Duration::from_secs(10);

/// Decides whether and when the same target is asked again; see [the module](super).
///
/// # Clone
///
/// tower clones the policy for each call, and each clone counts its own retries. What is shared by all calls, such as
/// the budget, stays shared.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    settings: Arc<Settings>,
    /// How often this call has been retried.
    retries: u32,
    /// What the attempt before failed with.
    failed: Option<Error>,
}

#[derive(Clone)]
struct Settings {
    target: TargetId,
    max_attempts: u32,
    max_calls: usize,
    patience: Duration,
    alone: bool,
    backoff: Backoff,
    budget: RetryBudget,
    classify: Arc<dyn Classify>,
    jitter: Jitter,
    observers: Observers,
}

impl RetryPolicy {
    /// Makes the default policy for calls to `target`, with a budget of its own.
    pub fn new(target: TargetId) -> Self {
        Self {
            settings: Arc::new(Settings {
                target,
                max_attempts: 2,
                max_calls: 4,
                patience: Duration::from_secs(3),
                alone: false,
                backoff: Backoff::default(),
                budget: RetryBudget::default(),
                classify: Arc::new(StandardTable),
                jitter: Jitter::default(),
                observers: Observers::default(),
            }),
            retries: 0,
            failed: None,
        }
    }

    /// Says that there is no other target to go to: waits up to 10 s, and retries where it would else move on.
    pub fn alone(self) -> Self {
        self.set(|settings| settings.alone = true)
    }

    /// Limits the attempts at this target, the first included. By default 2; 1 is no retry.
    pub fn with_max_attempts(self, attempts: u32) -> Self {
        self.set(|settings| settings.max_attempts = attempts)
    }

    /// Limits the upstream calls of the whole call, to whatever target. By default 4.
    pub fn with_max_calls(self, calls: usize) -> Self {
        self.set(|settings| settings.max_calls = calls)
    }

    /// Sets how long a call waits for this target before it moves on. By default 3 s; zero is no retry.
    pub fn with_patience(self, patience: Duration) -> Self {
        self.set(|settings| settings.patience = patience)
    }

    /// Sets the lengths of waits of which the provider said nothing.
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        self.set(|settings| settings.backoff = backoff)
    }

    /// Takes retries from `budget`: share it between all stacks of the target.
    pub fn with_budget(self, budget: RetryBudget) -> Self {
        self.set(|settings| settings.budget = budget)
    }

    /// Judges failures by `classify` instead of the [`StandardTable`].
    pub fn with_classify(self, classify: Arc<dyn Classify>) -> Self {
        self.set(|settings| settings.classify = classify)
    }

    /// Draws chance from `jitter`.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        self.set(|settings| settings.jitter = jitter)
    }

    /// Tells `observers` of each retry.
    pub fn with_observers(self, observers: Observers) -> Self {
        self.set(|settings| settings.observers = observers)
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Decides whether to ask again after `error`, and how long to wait first.
    fn decide(&self, context: &CallContext, error: &Error) -> Option<Duration> {
        let settings = &*self.settings;
        let verdict = settings.classify.verdict(error);
        if context.side_effects && verdict.billed != Billed::No {
            return None;
        }
        let wait = settings.wait(error, verdict, self.retries)?;
        let affordable = self.has_attempts_left(context)
            && settings.patience(context).allows(wait)
            && settings.budget.spend(cost(error, verdict));
        affordable.then(|| wait.at(settings.jitter.fraction()))
    }

    fn has_attempts_left(&self, context: &CallContext) -> bool {
        let settings = &*self.settings;
        if context.extensions.get::<AskAnyway>().is_some() {
            return false;
        }
        // The ledger knows of attempts by other layers; without an attempt layer it is empty, and this counts alone.
        let made = context.ledger.calls_to(&settings.target);
        let made = made.max(self.retries as usize + 1);
        made < settings.max_attempts as usize && context.ledger.calls() < settings.max_calls
    }
}

impl Settings {
    /// Plans the wait that the failure asks for, if it may be retried at all.
    fn wait(&self, error: &Error, verdict: Verdict, retries: u32) -> Option<Wait> {
        let hint = match verdict.retry {
            // It was passed over until its own reset, and nobody else can be asked meanwhile.
            Retry::Never if self.alone && is_saturated(error) => error.retry_after(),
            Retry::Never => return None,
            Retry::BackoffIfAlone if !self.alone => return None,
            Retry::After(hint) => Some(hint),
            Retry::Backoff | Retry::BackoffIfAlone => error.retry_after(),
        };
        Some(match hint {
            Some(hint) => Wait::hinted(hint),
            None => self.backoff.blind(error.kind(), retries),
        })
    }

    fn patience(&self, context: &CallContext) -> Patience {
        Patience {
            longest: if self.alone {
                self.patience.max(PATIENCE_ALONE)
            } else {
                self.patience
            },
            alone: self.alone,
            remaining: deadline_of(context)
                .map(|deadline| deadline.saturating_duration_since(Instant::now())),
        }
    }
}

fn is_saturated(error: &Error) -> bool {
    error.kind() == ErrorKind::RateLimited && was_passed_over(error)
}

/// Prices the retry of a failure.
fn cost(error: &Error, verdict: Verdict) -> RetryCost {
    match error.kind() {
        ErrorKind::ConnectTimeout
        | ErrorKind::FirstTokenTimeout
        | ErrorKind::IdleTimeout
        | ErrorKind::Stalled => RetryCost::Timeout,
        _ if verdict.health == Health::Throttle => RetryCost::Throttle,
        _ => RetryCost::Plain,
    }
}

impl<R, T> Policy<R, T, Error> for RetryPolicy
where
    R: Call,
{
    type Future = Sleep;

    fn retry(&mut self, request: &mut R, result: &mut Result<T, Error>) -> Option<Sleep> {
        let error = match result {
            Ok(_) => {
                self.settings.budget.deposit();
                return None;
            }
            Err(error) => error,
        };
        let was_passed_over = was_passed_over(error);
        if was_passed_over && let Some(failed) = self.failed.take() {
            // The target was not called again after all. What it failed with says more than that.
            *result = Err(failed);
            return None;
        }
        let wait = self.decide(request.context(), error)?;
        self.retries += 1;
        self.failed = (!was_passed_over).then(|| error.clone());
        self.settings.observers.notify(|| StackEvent::Retrying {
            target: self.settings.target.clone(),
            kind: error.kind(),
            wait,
        });
        Some(sleep(wait))
    }

    fn clone_request(&mut self, request: &R) -> Option<R> {
        Some(request.clone())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("target", &self.target)
            .field("max_attempts", &self.max_attempts)
            .field("max_calls", &self.max_calls)
            .field("patience", &self.patience)
            .field("alone", &self.alone)
            .field("backoff", &self.backoff)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
