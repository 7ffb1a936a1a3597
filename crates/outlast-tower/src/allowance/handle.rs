use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outlast_types::{ChatRequest, RateLimits};
use tokio::time::Instant;

use super::AllowanceConfig;
use super::estimate::{ByBytes, Estimate};
use super::state::{Machine, Ticket};
use crate::order::Vitals;

/// What one target may still be asked; see [the module](super).
///
/// # Clone
///
/// Clones share it: give one to all stacks of the target.
#[derive(Clone)]
pub struct Allowance {
    config: AllowanceConfig,
    estimate: Arc<dyn Estimate>,
    shared: Arc<Shared>,
}

struct Shared {
    machine: Mutex<Machine>,
    /// Whether anybody wants to know how many tokens a call takes. A hint only: it may be late.
    counts_tokens: AtomicBool,
}

impl Allowance {
    /// Keeps to `config`, and to what the provider says.
    pub fn new(config: AllowanceConfig) -> Self {
        Self {
            config,
            estimate: Arc::new(ByBytes),
            shared: Arc::new(Shared {
                machine: Mutex::new(Machine::new(Instant::now().into_std())),
                counts_tokens: AtomicBool::new(config.tokens_per_minute.is_some()),
            }),
        }
    }

    /// Guesses a call's tokens by `estimate`; by [`ByBytes`] without it.
    pub fn with_estimate(mut self, estimate: impl Estimate) -> Self {
        self.estimate = Arc::new(estimate);
        self
    }

    /// Returns the limits it was given.
    pub fn config(&self) -> &AllowanceConfig {
        &self.config
    }

    /// Returns which share of the scarcest limit is left, 0 to 1, be it one that was configured or one that the provider
    /// told; `None` if no limit is known.
    pub fn headroom(&self) -> Option<f64> {
        self.with(|machine, now| machine.headroom(&self.config, now))
    }

    /// Returns the rate to which the target is slowed down, in calls a second; `None` if it is not.
    pub fn slowed_to(&self) -> Option<f64> {
        self.with(Machine::slowed_to)
    }

    /// Reserves what a call takes, or says how long it would have to wait.
    pub(super) fn admit(&self, chat: Option<&ChatRequest>) -> Result<Ticket, Duration> {
        let counts = self.shared.counts_tokens.load(Ordering::Relaxed);
        let tokens = chat.filter(|_| counts);
        let tokens = tokens.map_or(0, |chat| self.estimate.tokens(chat));
        self.with(|machine, now| machine.admit(&self.config, now, tokens))
    }

    pub(super) fn release(&self, ticket: Ticket) {
        self.with(|machine, now| machine.release(ticket, now));
    }

    pub(super) fn settle(&self, ticket: Ticket, tokens: u64) {
        self.with(|machine, now| machine.settle(ticket, tokens, now));
    }

    pub(super) fn slow_down(&self, ticket: Ticket, hint: Option<Duration>) {
        self.with(|machine, now| machine.slow_down(ticket, hint, now));
    }

    pub(super) fn told(&self, limits: &RateLimits) {
        if *limits == RateLimits::default() {
            return;
        }
        if limits.tokens.is_some() {
            self.shared.counts_tokens.store(true, Ordering::Relaxed);
        }
        self.with(|machine, now| machine.told(limits, now));
    }

    fn with<T>(&self, run: impl FnOnce(&mut Machine, std::time::Instant) -> T) -> T {
        let now = Instant::now().into_std();
        // A panic elsewhere cannot leave a half-made change behind: nothing in here panics between two of its steps.
        let machine = self.shared.machine.lock();
        run(&mut machine.unwrap_or_else(PoisonError::into_inner), now)
    }
}

impl Vitals for Allowance {
    fn headroom(&self, _now: std::time::Instant) -> Option<f64> {
        self.headroom()
    }
}

impl Default for Allowance {
    /// Keeps to what the provider says.
    fn default() -> Self {
        Self::new(AllowanceConfig::default())
    }
}

impl fmt::Debug for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowance")
            .field("config", &self.config)
            .field("headroom", &self.headroom())
            .finish_non_exhaustive()
    }
}
