use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use outlast_types::Mode;

use super::average::Average;
use crate::order::Vitals;

/// How fast one target answers; see [the module](super). Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Pace(Arc<Mutex<Averages>>);

#[derive(Debug, Default)]
struct Averages {
    unary: Average,
    stream: Average,
}

impl Pace {
    /// Notes that a call begins.
    pub fn begin(&self, mode: Mode, now: Instant) {
        self.with(mode, |average| average.begin(now));
    }

    /// Notes how long a call took to its first content, or to its whole reply if it was unary.
    pub fn sample(&self, mode: Mode, took: Duration, now: Instant) {
        self.with(mode, |average| average.sample(took, now));
    }

    fn with<T>(&self, mode: Mode, run: impl FnOnce(&mut Average) -> T) -> T {
        // A panic elsewhere leaves whole averages behind.
        let mut averages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        run(match mode {
            Mode::Unary => &mut averages.unary,
            Mode::Stream => &mut averages.stream,
        })
    }
}

impl Vitals for Pace {
    fn first_token(&self, mode: Mode, now: Instant) -> Option<Duration> {
        self.with(mode, |average| average.at(now))
    }
}
