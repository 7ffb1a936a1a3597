use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outlast_types::{Error, ErrorKind, Mode, TargetId};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;

use super::outcome;
use super::state::{Asked, Machine, Outcome, Refusal, Ticket, Trip};
use super::waiting::{Waiting, WaitingCall};
use super::{BreakerConfig, BreakerState, Forced, Kin};
use crate::classify::{Classify, StandardTable};
use crate::{Cause, Jitter, Observers, StackEvent};

/// The breaker of one target; see [the module](super).
///
/// # Clone
///
/// Clones share the state: give one to all stacks of the target. The `with_` methods make a new breaker, closed, that
/// shares nothing with clones taken before.
///
/// # Implementation notes
///
/// The state is behind a plain mutex. It is held for some tens of nanoseconds at a time, twice in the life of a unary call
/// and three times in that of a stream, and never while anything is awaited or anybody is told.
#[derive(Clone)]
pub struct Breaker {
    pub(super) settings: Arc<Settings>,
    pub(super) shared: Arc<Shared>,
}

#[derive(Clone)]
pub(super) struct Settings {
    target: TargetId,
    config: BreakerConfig,
    classify: Arc<dyn Classify>,
    jitter: Jitter,
    observers: Observers,
    kin: Vec<Kin>,
}

pub(super) struct Shared {
    core: Mutex<Core>,
    /// Calls the waiting calls back from a target that hangs.
    rescue: Arc<Notify>,
}

struct Core {
    machine: Machine,
    waiting: Waiting,
}

/// A call that is watched while it waits for its first content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watched {
    pub(super) call: WaitingCall,
    /// When this call is to look for a stall, if it is one of many that wait.
    pub(super) look_at: Option<Instant>,
    /// How long it may wait if it is a probe; `None` if that is not known.
    pub(super) probe_limit: Option<Duration>,
}

/// What a look for a stall has found.
pub(super) enum Stall {
    /// There is none, or it has been dealt with.
    None,
    /// There may be one then.
    Maybe(Instant),
    /// The breaker has been opened, and all who wait are called back.
    Found,
}

impl Core {
    fn watch(&mut self, config: &BreakerConfig, now: std::time::Instant, mode: Mode) -> Watched {
        let (call, look_at) = self.waiting.begin(config, now, mode);
        Watched {
            call,
            look_at: look_at.map(Instant::from_std),
            probe_limit: self.waiting.too_long(config, mode),
        }
    }
}

impl Breaker {
    /// Makes a closed breaker for calls to `target`, with the default numbers.
    pub fn new(target: TargetId) -> Self {
        Self::of(Settings {
            target,
            config: BreakerConfig::default(),
            classify: Arc::new(StandardTable),
            jitter: Jitter::default(),
            observers: Observers::default(),
            kin: Vec::new(),
        })
    }

    /// Goes by the numbers in `config`.
    pub fn with_config(self, config: BreakerConfig) -> Self {
        self.set(|settings| settings.config = config)
    }

    /// Judges failures by `classify` instead of the [`StandardTable`].
    pub fn with_classify(self, classify: Arc<dyn Classify>) -> Self {
        self.set(|settings| settings.classify = classify)
    }

    /// Draws chance from `jitter`: how far the open time is varied, and who is in the share of a ramp.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        self.set(|settings| settings.jitter = jitter)
    }

    /// Tells `observers` of each change of state.
    pub fn with_observers(self, observers: Observers) -> Self {
        self.set(|settings| settings.observers = observers)
    }

    /// Fails together with the others of `kin`: those of its host, and those of its account.
    pub fn with_kin(self, kin: impl IntoIterator<Item = Kin>) -> Self {
        self.set(|settings| settings.kin = kin.into_iter().collect())
    }

    /// Returns whose breaker it is.
    pub fn target(&self) -> &TargetId {
        &self.settings.target
    }

    /// Returns the state at this moment.
    pub fn state(&self) -> BreakerState {
        let config = &self.settings.config;
        self.locked(|core, now| {
            core.machine.advance(config, now);
            let machine = &core.machine;
            BreakerState {
                name: machine.name(),
                since: now.saturating_duration_since(machine.since()),
                share: machine.share(config, now),
                next_probe: machine.next_probe(now),
                saturated: machine.saturated(now),
                changes: machine.epoch(),
            }
        })
    }

    /// Takes an operator's order; it holds until the next.
    pub fn force(&self, forced: Forced) {
        self.changed(|core, _| {
            core.machine.force(forced);
            ((), Some(Cause::Ordered))
        });
    }

    /// Keeps an open breaker open for at least `least` from now on: a sign of life was asked for beside the calls, and
    /// there was none. In any other state it does nothing, and an open breaker lets a call through at the latest
    /// [`BreakerConfig::hint_cap`] after it opened, for what answers signs of life may be broken alone.
    pub fn keep_open(&self, least: Duration) {
        let config = &self.settings.config;
        self.locked(|core, now| core.machine.keep_open(config, now, least));
    }

    /// Decides whether a call may go through, and watches it from then on if it may.
    pub(super) fn admit(&self, asked: Asked, mode: Mode) -> Result<(Ticket, Watched), Refusal> {
        let Settings { config, jitter, .. } = &*self.settings;
        self.locked(|core, now| {
            let ticket = core.machine.admit(config, jitter, now, asked)?;
            Ok((ticket, core.watch(config, now, mode)))
        })
    }

    /// Watches a call that is being made now.
    pub(super) fn watch(&self, mode: Mode) -> Watched {
        let config = &self.settings.config;
        self.locked(|core, now| core.watch(config, now, mode))
    }

    /// Forgets that a call waits: it has not been made yet.
    pub(super) fn unwatch(&self, call: WaitingCall) {
        self.locked(|core, _| core.waiting.ended(call));
    }

    /// Notes the first content of a call.
    pub(super) fn answered(&self, call: WaitingCall) {
        self.locked(|core, now| core.waiting.answered(call, now));
    }

    /// Takes the outcome of a call, and forgets that it waited if it still did.
    ///
    /// `kind` is what it failed with, if it did.
    pub(super) fn report(
        &self,
        ticket: Ticket,
        waiting: Option<WaitingCall>,
        outcome: Outcome,
        kind: Option<ErrorKind>,
    ) {
        let Settings { config, jitter, .. } = &*self.settings;
        self.changed(|core, now| {
            match waiting {
                // The whole reply came at once.
                Some(call) if outcome == Outcome::Success => core.waiting.answered(call, now),
                Some(call) => core.waiting.ended(call),
                None => {}
            }
            let trip = core.machine.report(config, jitter, now, ticket, outcome);
            let cause = trip.zip(kind).map(|(trip, kind)| match trip {
                Trip::Failures => Cause::Failures(kind),
                Trip::Refusal => Cause::Refused(kind),
            });
            ((), cause)
        });
    }

    /// Tells the observers of a failure that says something about the target.
    pub(super) fn tell(&self, error: &Error) {
        let Settings {
            target, observers, ..
        } = &*self.settings;
        observers.notify(|| StackEvent::Failed {
            target: target.clone(),
            kind: error.kind(),
            sent: error.sent(),
            request_id: error.request_id().map(Arc::from),
        });
    }

    /// Says what a failure means here.
    pub(super) fn judge(&self, error: &Error) -> Outcome {
        outcome::of_failure(&self.settings.config, &*self.settings.classify, error)
    }

    /// Opens the breaker if the target hangs.
    pub(super) fn look_for_stall(&self) -> Stall {
        let Settings { config, jitter, .. } = &*self.settings;
        let stall = self.changed(|core, now| match core.waiting.stalled_at(config) {
            Some(at) if at > now => (Stall::Maybe(Instant::from_std(at)), None),
            Some(_) if core.machine.stalled(config, jitter, now) => {
                (Stall::Found, Some(Cause::Stalled))
            }
            _ => (Stall::None, None),
        });
        if matches!(stall, Stall::Found) {
            self.shared.rescue.notify_waiters();
        }
        stall
    }

    /// Waits until the calls are called back; counts from now on, polled or not.
    pub(super) fn rescued(&self) -> OwnedNotified {
        Arc::clone(&self.shared.rescue).notified_owned()
    }

    /// Runs `change` on the state, which time alone may change meanwhile.
    fn locked<T>(&self, change: impl FnOnce(&mut Core, std::time::Instant) -> T) -> T {
        self.changed(|core, now| (change(core, now), None))
    }

    /// Runs `change` on the state, which says why it did what it did; and tells the observers of what became of it once
    /// the lock is free again.
    fn changed<T>(
        &self,
        change: impl FnOnce(&mut Core, std::time::Instant) -> (T, Option<Cause>),
    ) -> T {
        let now = Instant::now().into_std();
        // A panic elsewhere cannot leave a half-made change behind: nothing in here panics between two of its steps.
        let mut core = self
            .shared
            .core
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (from, epoch) = (core.machine.name(), core.machine.epoch());
        let (result, cause) = change(&mut core, now);
        let (to, next_probe) = (core.machine.name(), core.machine.next_probe(now));
        if core.machine.epoch() != epoch {
            // Calls of an older epoch say nothing about this one, so neither does their waiting.
            core.waiting.clear();
        }
        drop(core);
        if from != to {
            self.tell_kin(from, to, cause, now);
            let target = &self.settings.target;
            self.settings
                .observers
                .notify(|| StackEvent::BreakerChanged {
                    target: target.clone(),
                    from,
                    to,
                    cause,
                    next_probe,
                });
        }
        result
    }

    /// Has the others of its kin looked at, if this target has tripped.
    fn tell_kin(
        &self,
        from: &'static str,
        to: &'static str,
        cause: Option<Cause>,
        now: std::time::Instant,
    ) {
        let Some(cause) = cause.filter(|cause| *cause != Cause::Ordered) else {
            return;
        };
        if to != "open" || !matches!(from, "closed" | "ramp") {
            return;
        }
        for kin in &self.settings.kin {
            for other in kin.tripped(self.target(), cause, now) {
                other.locked(|core, now| core.machine.suspect(now));
            }
        }
    }

    fn of(settings: Settings) -> Self {
        let core = Core {
            machine: Machine::new(Instant::now().into_std()),
            waiting: Waiting::default(),
        };
        let breaker = Self {
            settings: Arc::new(settings),
            shared: Arc::new(Shared {
                core: Mutex::new(core),
                rescue: Arc::default(),
            }),
        };
        for kin in &breaker.settings.kin {
            kin.add(&breaker);
        }
        breaker
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Arc::unwrap_or_clone(self.settings);
        change(&mut settings);
        Self::of(settings)
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("target", &self.settings.target)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_target_takes_at_most_512_bytes() {
        assert!(
            size_of::<Mutex<Core>>() <= 512,
            "{}",
            size_of::<Mutex<Core>>()
        );
    }
}
