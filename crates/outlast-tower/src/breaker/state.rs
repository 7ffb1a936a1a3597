//! The state machine: pure, with `now` and chance passed in.

use std::time::{Duration, Instant};

use super::BreakerConfig;
use super::arrivals::Arrivals;
use super::degraded::Degraded;
use super::saturation::Saturation;
use super::trips::Trips;
use super::window::{Counts, Window};
use crate::Jitter;

/// How long a call is told to wait that came while a probe was under way or was not in the share of a ramp.
const SOON: Duration = Duration::from_secs(1);

/// No time is longer than this, whatever is configured: instants have an end.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// No step of a ramp is made longer than this because the target comes and goes.
const SLOWEST_STEP: Duration = Duration::from_secs(15 * 60);

/// The state of one target's breaker.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Machine {
    state: State,
    since: Instant,
    /// Goes up with each change of state. A result from an older epoch says nothing about this one.
    epoch: u64,
    /// How often the open time has been doubled.
    doublings: u32,
    window: Window,
    /// How many halves of a fault came in a row.
    streak: u32,
    /// When the first of them came.
    streak_since: Instant,
    /// Set while a closed breaker holds a part of the calls back.
    degraded: Option<Degraded>,
    trips: Trips,
    arrivals: Arrivals,
    saturation: Saturation,
    last_success: Option<Instant>,
    forced: Forced,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Closed,
    Open {
        until: Instant,
        /// How many calls in a row succeeded that were let through anyway.
        successes: u32,
    },
    HalfOpen {
        /// Whether a probe is under way.
        probing: bool,
        successes: u32,
        /// Whether the target itself has given no cause: then one success is enough, and all calls come back at once.
        suspected: bool,
    },
    Ramp,
}

/// What an operator has ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forced {
    /// Nothing: the breaker decides.
    #[default]
    Auto,
    /// The target gets no call, not even where nobody else is left.
    Open,
    /// The target gets every call, whatever comes of them.
    Closed,
}

/// How much a call insists on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Somebody else can take it.
    Plainly,
    /// Nobody else can take it, ever.
    Alone,
    /// Nobody else is left, and this target is to be asked even if its breaker is open.
    Anyway,
}

/// Lets one call through; to be handed back with its outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    admitted: Instant,
    epoch: u64,
    is_probe: bool,
}

impl Ticket {
    pub(super) fn is_probe(self) -> bool {
        self.is_probe
    }
}

/// Turns a call away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The breaker is open; the time is until the next probe, if there will be one.
    Open(Option<Duration>),
    /// The provider said not to come back for so long.
    Saturated(Duration),
}

/// What a call says about the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It works.
    Success,
    /// It failed: two halves, or one if it only may have. The provider may have said when to come back.
    Fault { halves: u32, hint: Option<Duration> },
    /// It will not work for at least this long.
    Down { least: Duration },
    /// The same, unless it worked a moment ago: then it is a fault.
    AccountDown { least: Duration },
    /// It works, but wants less, perhaps for this long.
    Throttle { hint: Option<Duration> },
    /// Nothing.
    Nothing,
}

/// Why the breaker opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trip {
    /// Too much failed.
    Failures,
    /// One failure was enough.
    Refusal,
}

/// A full fault.
pub(super) const FAULT: u32 = 2;

impl Machine {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            state: State::Closed,
            since: now,
            epoch: 0,
            doublings: 0,
            window: Window::default(),
            streak: 0,
            streak_since: now,
            degraded: None,
            trips: Trips::new(now),
            arrivals: Arrivals::default(),
            saturation: Saturation::default(),
            last_success: None,
            forced: Forced::Auto,
        }
    }

    /// Decides whether a call may go through. [`Asked::Anyway`] overrules an open breaker, but no operator and no
    /// provider.
    pub(super) fn admit(
        &mut self,
        config: &BreakerConfig,
        chance: &Jitter,
        now: Instant,
        asked: Asked,
    ) -> Result<Ticket, Refusal> {
        self.arrivals.note(now);
        self.advance(config, now);
        match self.forced {
            Forced::Open => return Err(Refusal::Open(None)),
            Forced::Closed => return Ok(self.ticket(now, false)),
            Forced::Auto => {}
        }
        if let Some(left) = self.saturation.left(now) {
            return Err(Refusal::Saturated(left));
        }
        match self.state {
            State::HalfOpen {
                probing: false,
                successes,
                suspected,
            } => {
                self.state = State::HalfOpen {
                    probing: true,
                    successes,
                    suspected,
                };
                Ok(self.ticket(now, true))
            }
            State::Closed if asked != Asked::Plainly || self.is_in_share(config, chance) => {
                Ok(self.ticket(now, false))
            }
            // It may be asked at any time, if nobody else can serve the call.
            State::Closed => Err(Refusal::Open(Some(Duration::ZERO))),
            _ if asked == Asked::Anyway => Ok(self.ticket(now, false)),
            State::Open { until, .. } => {
                Err(Refusal::Open(Some(until.saturating_duration_since(now))))
            }
            State::Ramp if chance.fraction() < self.share(config, now) => {
                Ok(self.ticket(now, false))
            }
            State::HalfOpen { .. } | State::Ramp => Err(Refusal::Open(Some(SOON))),
        }
    }

    /// Takes the outcome of a call that was let through, and says why it opened the breaker, if it did.
    pub(super) fn report(
        &mut self,
        config: &BreakerConfig,
        chance: &Jitter,
        now: Instant,
        ticket: Ticket,
        outcome: Outcome,
    ) -> Option<Trip> {
        self.advance(config, now);
        if ticket.epoch != self.epoch {
            return None;
        }
        if let (true, State::HalfOpen { probing, .. }) = (ticket.is_probe, &mut self.state) {
            *probing = false;
        }
        match outcome {
            Outcome::Success => self.succeeded(config, now, ticket.admitted),
            Outcome::Fault { halves, hint } => {
                if self.failed(config, now, halves) {
                    let hint = hint.unwrap_or_default().min(config.hint_cap);
                    self.trip(config, chance, now, hint);
                    return Some(Trip::Failures);
                }
            }
            Outcome::AccountDown { .. } if self.worked_lately(config, now) => {
                if self.failed(config, now, FAULT) {
                    self.trip(config, chance, now, Duration::ZERO);
                    return Some(Trip::Failures);
                }
            }
            Outcome::Down { least } | Outcome::AccountDown { least } => {
                self.failed(config, now, FAULT);
                self.trip(config, chance, now, least);
                return Some(Trip::Refusal);
            }
            Outcome::Throttle { hint } => self.saturation.note(config, now, hint),
            Outcome::Nothing => {}
        }
        None
    }

    /// Opens the breaker of a target that hangs; tells whether it was one that lets traffic through.
    pub(super) fn stalled(
        &mut self,
        config: &BreakerConfig,
        chance: &Jitter,
        now: Instant,
    ) -> bool {
        self.advance(config, now);
        let carries_traffic = matches!(self.state, State::Closed | State::Ramp);
        if carries_traffic {
            self.trip(config, chance, now, Duration::ZERO);
        }
        carries_traffic
    }

    /// Looks at a target that carries traffic, because others of its kin have failed: one call at a time until one has
    /// told how it is.
    pub(super) fn suspect(&mut self, now: Instant) {
        if self.state == State::Closed {
            let suspected = State::HalfOpen {
                probing: false,
                successes: 0,
                suspected: true,
            };
            self.enter(now, suspected);
        }
    }

    /// Takes an operator's order.
    pub(super) fn force(&mut self, forced: Forced) {
        self.forced = forced;
    }

    /// Stays open for at least `least` from now on; but a call is let through within `hint_cap` of the opening.
    pub(super) fn keep_open(&mut self, config: &BreakerConfig, now: Instant, least: Duration) {
        self.advance(config, now);
        let latest = later(self.since, config.hint_cap);
        if let State::Open { until, .. } = &mut self.state {
            *until = later(now, least).min(latest).max(*until);
        }
    }

    /// Does what time alone does: a probe becomes due, a share goes up, a ramp ends.
    pub(super) fn advance(&mut self, config: &BreakerConfig, now: Instant) {
        match self.state {
            State::Open { until, .. } if now >= until => self.enter(
                now,
                State::HalfOpen {
                    probing: false,
                    successes: 0,
                    suspected: false,
                },
            ),
            State::Ramp if self.ramp_step(config, now).is_none() => self.enter(now, State::Closed),
            _ => {}
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Returns the name of the state, in snake case.
    pub(super) fn name(&self) -> &'static str {
        match (self.forced, self.state) {
            (Forced::Open, _) => "forced_open",
            (Forced::Closed, _) => "forced_closed",
            (Forced::Auto, State::Closed) => "closed",
            (Forced::Auto, State::Open { .. }) => "open",
            (Forced::Auto, State::HalfOpen { .. }) => "half_open",
            (Forced::Auto, State::Ramp) => "ramp",
        }
    }

    /// Returns the share of calls that are let through, probes apart.
    pub(super) fn share(&self, config: &BreakerConfig, now: Instant) -> f64 {
        match (self.forced, self.state) {
            (Forced::Closed, _) => 1.0,
            (Forced::Auto, State::Closed) => {
                self.degraded.map_or(1.0, |degraded| degraded.share(config))
            }
            (Forced::Auto, State::Ramp) => self
                .ramp_step(config, now)
                .map_or(1.0, |share| share.clamp(0.0, 1.0)),
            _ => 0.0,
        }
    }

    /// Returns how long it is until a probe may be let through; `None` if none is needed or allowed.
    pub(super) fn next_probe(&self, now: Instant) -> Option<Duration> {
        match (self.forced, self.state) {
            (Forced::Auto, State::Open { until, .. }) => Some(until.saturating_duration_since(now)),
            (Forced::Auto, State::HalfOpen { .. }) => Some(Duration::ZERO),
            _ => None,
        }
    }

    /// Returns for how long the provider does not want to be called.
    pub(super) fn saturated(&self, now: Instant) -> Option<Duration> {
        self.saturation.left(now)
    }

    fn ticket(&self, admitted: Instant, is_probe: bool) -> Ticket {
        Ticket {
            admitted,
            epoch: self.epoch,
            is_probe,
        }
    }

    /// Draws whether a call is in the share that a closed breaker lets through.
    fn is_in_share(&self, config: &BreakerConfig, chance: &Jitter) -> bool {
        self.degraded
            .is_none_or(|degraded| chance.fraction() < degraded.share(config))
    }

    fn succeeded(&mut self, config: &BreakerConfig, now: Instant, admitted: Instant) {
        self.count(config, now, 0);
        // A long stream that began before the first of the faults ends well without telling anything about them.
        if admitted >= self.streak_since {
            self.streak = 0;
        }
        self.last_success = Some(now);
        self.saturation.eased();
        if let State::HalfOpen {
            suspected: true, ..
        } = self.state
        {
            self.enter(now, State::Closed);
        } else if let State::Open { successes, .. } | State::HalfOpen { successes, .. } =
            &mut self.state
        {
            *successes += 1;
            if *successes >= config.probes {
                self.enter(now, State::Ramp);
            }
        }
    }

    /// Counts a fault and tells whether it is the one too many.
    fn failed(&mut self, config: &BreakerConfig, now: Instant, halves: u32) -> bool {
        let counts = self.count(config, now, halves);
        if self.streak == 0 {
            self.streak_since = now;
        }
        self.streak = self.streak.saturating_add(halves);
        match &mut self.state {
            State::Closed => self.is_too_bad_for_traffic(config, now, counts),
            State::Ramp => {
                self.streak >= FAULT * config.ramp_consecutive.max(1)
                    || counts.reaches(config.ramp_ratio, config.ramp_ratio_min)
            }
            State::HalfOpen { .. } => true,
            // The call was let through anyway: it shows that nothing has changed.
            State::Open { successes, .. } => {
                *successes = 0;
                false
            }
        }
    }

    /// Counts a result, and finds whether all calls may still go through.
    fn count(&mut self, config: &BreakerConfig, now: Instant, half_faults: u32) -> Counts {
        let counts = self.window.add(half_faults, now, config.window);
        if self.state == State::Closed {
            self.degraded = match self.degraded {
                Some(degraded) => degraded.count(config, now, half_faults),
                None if half_faults > 0 => Degraded::begin(config, now, counts),
                None => None,
            };
        }
        counts
    }

    fn is_too_bad_for_traffic(&self, config: &BreakerConfig, now: Instant, counts: Counts) -> bool {
        let in_a_row = match self.degraded {
            // Where calls are held back, few results are no sign of a quiet target.
            Some(degraded) => degraded.in_a_row(config, now),
            None if counts.results >= config.busy => config.consecutive_busy,
            None => config.consecutive,
        };
        let is_sure = |degraded: &Degraded| degraded.confirms(config);
        self.streak >= FAULT * in_a_row.max(1)
            || counts.reaches(config.ratio, config.ratio_min)
                && self.degraded.as_ref().is_none_or(is_sure)
    }

    fn worked_lately(&self, config: &BreakerConfig, now: Instant) -> bool {
        self.last_success
            .is_some_and(|at| now.saturating_duration_since(at) < config.account_grace)
    }

    /// Opens for a while that grows with each trip, and for at least `least`.
    fn trip(&mut self, config: &BreakerConfig, chance: &Jitter, now: Instant, least: Duration) {
        let doublings = self.doublings_left(config, now);
        let spread = 1.0 + config.jitter.clamp(0.0, 1.0) * (2.0 * chance.fraction() - 1.0);
        let own = self.open_time(config, doublings).mul_f64(spread.max(0.0));
        let mut until = later(now, own.max(least));
        // Two cooldowns at once: the later end counts.
        if let State::Open { until: old, .. } = self.state {
            until = until.max(old);
        }
        self.doublings = doublings.saturating_add(1);
        // A probe that fails is the same outage going on.
        if matches!(self.state, State::Closed | State::Ramp) {
            self.trips.note(now);
        }
        self.enter(
            now,
            State::Open {
                until,
                successes: 0,
            },
        );
    }

    fn open_time(&self, config: &BreakerConfig, doublings: u32) -> Duration {
        let quiet = self.arrivals.mean_gap().saturating_mul(config.quiet_factor);
        let cap = config.open_cap.max(quiet.min(config.quiet_cap));
        let factor = 2_u32.saturating_pow(doublings);
        config
            .open_time
            .saturating_mul(factor)
            .min(cap)
            .min(LONGEST)
    }

    /// Returns the doublings that the time of being closed has not yet forgiven.
    fn doublings_left(&self, config: &BreakerConfig, now: Instant) -> u32 {
        let forgiven = match self.state {
            State::Closed => {
                let closed = now.saturating_duration_since(self.since).as_nanos();
                closed / config.forgive.as_nanos().max(1)
            }
            _ => 0,
        };
        self.doublings
            .saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }

    /// Returns the share that the ramp has reached; `None` if it is over.
    fn ramp_step(&self, config: &BreakerConfig, now: Instant) -> Option<f64> {
        let passed = now.saturating_duration_since(self.since).as_nanos();
        let step = passed / self.ramp_pace(config).as_nanos().max(1);
        config.ramp.get(usize::try_from(step).ok()?).copied()
    }

    /// Returns how long each step of the ramp that has begun takes.
    fn ramp_pace(&self, config: &BreakerConfig) -> Duration {
        let plain = config.ramp_step;
        if self.trips.flap(self.since, config.flapping_window) {
            let slow = plain.saturating_mul(config.flapping_pace.max(1));
            slow.min(SLOWEST_STEP.max(plain))
        } else {
            plain
        }
    }

    fn enter(&mut self, now: Instant, state: State) {
        self.degraded = None;
        self.state = state;
        self.since = now;
        self.epoch += 1;
        self.streak = 0;
        self.window.clear();
    }
}

/// Returns the instant `wait` after `now`, a day at most.
pub(super) fn later(now: Instant, wait: Duration) -> Instant {
    now + wait.min(LONGEST)
}
