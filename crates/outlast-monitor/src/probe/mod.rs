//! Signs of life.
//!
//! A target whose breaker is open can be asked for a sign of life that costs nothing, such as the list of its models:
//! every 30 seconds, and never while it is closed.
//!
//! - A failure keeps the breaker open for as long again, so that no caller's request is spent on a provider that is not
//!   even there; for 10 minutes after it opened at most, for the list may be broken alone.
//! - A success closes nothing: a provider's lists stay green while its models are down. What closes a breaker is a
//!   caller's call that it lets through.
//! - What says nothing about the target's health (a list that is not there, a key that may not read it) counts as
//!   neither.
//!
//! A probe that costs money ([`PaidProbe`]) is off unless it is given a service, a price and a cap for the day. It goes
//! through the target's own stack, so that its outcome counts as a caller's call: an idle target comes back without one.
//! It is made where a target has been half open for as long as it takes for a probe to be due, and no caller came.

mod schedule;

use std::fmt;

use outlast_types::{Error, Money};
use tower::util::BoxCloneSyncService;

pub use self::schedule::DailyCap;
pub(crate) use self::schedule::Schedule;

/// Asks a target for a sign of life.
pub type Probe = BoxCloneSyncService<(), (), Error>;

/// A probe that costs money.
#[derive(Clone)]
pub struct PaidProbe {
    pub(crate) probe: Probe,
    pub(crate) cost: Money,
}

impl PaidProbe {
    /// Makes a probe that costs `cost` at the most.
    ///
    /// It should ask for at least 16 tokens, and switch reasoning off: some models answer with nothing else.
    pub fn new(probe: Probe, cost: Money) -> Self {
        Self { probe, cost }
    }
}

impl fmt::Debug for PaidProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaidProbe")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}
