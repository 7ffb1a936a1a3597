//! The limits of one target: pure, `now` is passed in.

use std::time::{Duration, Instant};

use outlast_types::RateLimits;

use super::AllowanceConfig;
use super::slowed::Slowed;
use super::told::{Told, share};
use super::window::Window;

#[derive(Clone, Debug)]
pub(super) struct Machine {
    requests: Window,
    tokens: Window,
    told: Told,
    slowed: Option<Slowed>,
}

/// What was reserved for a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    made: Instant,
    slot: u64,
    tokens: u64,
}

impl Machine {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            requests: Window::new(now),
            tokens: Window::new(now),
            told: Told::default(),
            slowed: None,
        }
    }

    /// Reserves one request and so many tokens, or says how long that would have to wait.
    pub(super) fn admit(
        &mut self,
        config: &AllowanceConfig,
        now: Instant,
        tokens: u64,
    ) -> Result<Ticket, Duration> {
        self.advance(now);
        let wait = |window: &Window, amount, limit: Option<u64>| {
            limit.map_or(Duration::ZERO, |most| window.wait_for(amount, most, now))
        };
        let wait = wait(&self.requests, 1, config.requests_per_minute).max(wait(
            &self.tokens,
            tokens,
            config.tokens_per_minute,
        ));
        if !wait.is_zero() {
            return Err(wait);
        }
        if let Some(slowed) = &mut self.slowed {
            slowed.admit(now)?;
        }
        self.told.sent(tokens);
        self.tokens.add(tokens);
        Ok(Ticket {
            made: now,
            slot: self.requests.add(1),
            tokens,
        })
    }

    /// Takes back a reservation: the call was not made.
    pub(super) fn release(&mut self, ticket: Ticket, now: Instant) {
        self.advance(now);
        self.requests.correct(ticket.slot, 1, 0);
        self.tokens.correct(ticket.slot, ticket.tokens, 0);
    }

    /// Puts what the provider has counted in the place of what was reserved.
    pub(super) fn settle(&mut self, ticket: Ticket, tokens: u64, now: Instant) {
        self.advance(now);
        self.tokens.correct(ticket.slot, ticket.tokens, tokens);
    }

    /// Takes what the provider said about its limits.
    pub(super) fn told(&mut self, limits: &RateLimits, now: Instant) {
        self.told.take(limits, now);
    }

    /// Slows down: the provider has answered the call with the wish for fewer.
    pub(super) fn slow_down(&mut self, ticket: Ticket, hint: Option<Duration>, now: Instant) {
        self.advance(now);
        match &mut self.slowed {
            Some(slowed) => slowed.again(ticket.made, hint, now),
            None => self.slowed = Some(Slowed::cut(self.requests.rate(now), hint, now)),
        }
    }

    /// Returns which share of the scarcest limit is left, 0 to 1; `None` if no limit is known.
    pub(super) fn headroom(&mut self, config: &AllowanceConfig, now: Instant) -> Option<f64> {
        self.advance(now);
        let own = |window: &Window, limit: Option<u64>| {
            limit.map(|most| share(most.saturating_sub(window.used()), most))
        };
        [
            own(&self.requests, config.requests_per_minute),
            own(&self.tokens, config.tokens_per_minute),
            self.told.share(now),
        ]
        .into_iter()
        .flatten()
        .reduce(f64::min)
    }

    /// Returns the rate to which the target is slowed down, in calls a second.
    pub(super) fn slowed_to(&mut self, now: Instant) -> Option<f64> {
        self.advance(now);
        self.slowed.as_ref().map(|slowed| slowed.rate(now))
    }

    fn advance(&mut self, now: Instant) {
        self.requests.advance(now);
        self.tokens.advance(now);
        self.slowed.take_if(|slowed| slowed.is_over(now));
    }
}
