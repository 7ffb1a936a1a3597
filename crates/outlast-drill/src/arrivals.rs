//! When users ask.

use std::time::Duration;

use fastrand::Rng;

use crate::Scenario;

/// One request, before it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arrival {
    /// Its number, from 0.
    pub(crate) number: usize,
    /// When it is due.
    pub(crate) at: Duration,
    pub(crate) stream: bool,
}

/// Requests at random moments: the same for everybody who plays the same scenario.
pub(crate) struct Arrivals {
    chance: Rng,
    rate: f64,
    stream_share: f64,
    lasts: Duration,
    next: usize,
    at: Duration,
}

impl Arrivals {
    pub(crate) fn of(scenario: &Scenario) -> Self {
        Self {
            chance: Rng::with_seed(scenario.seed),
            rate: scenario.requests_per_second,
            stream_share: scenario.stream_share,
            lasts: scenario.lasts,
            next: 0,
            at: Duration::ZERO,
        }
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        // The time to the next of independent arrivals is exponential.
        let gap = -(1.0 - self.chance.f64()).ln() / self.rate;
        let stream = self.chance.f64() < self.stream_share;
        self.at += Duration::try_from_secs_f64(gap).ok()?;
        let number = self.next;
        self.next += 1;
        (self.at < self.lasts).then_some(Arrival {
            number,
            at: self.at,
            stream,
        })
    }
}
