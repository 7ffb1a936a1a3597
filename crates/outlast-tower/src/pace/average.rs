use std::time::{Duration, Instant};

/// After this time of samples, two thirds (1 - 1/e) of the average are theirs.
const MEMORY: Duration = Duration::from_secs(10);

/// After this time without a call, half of the average is forgotten.
const HALF_LIFE: Duration = Duration::from_secs(60);

/// A decaying average of durations: pure, `now` is passed in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Average {
    /// In seconds, as of `sampled`.
    value: Option<f64>,
    sampled: Option<Instant>,
    /// When the last call began.
    asked: Option<Instant>,
}

impl Average {
    /// Notes that a call begins.
    pub(super) fn begin(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// Takes a measurement.
    pub(super) fn sample(&mut self, took: Duration, now: Instant) {
        let took = took.as_secs_f64();
        let value = match (self.value, self.sampled) {
            (Some(value), Some(sampled)) => {
                let gap = now.saturating_duration_since(sampled).as_secs_f64();
                let kept = (-gap / MEMORY.as_secs_f64()).exp();
                value * kept + took * (1.0 - kept)
            }
            _ => took,
        };
        self.value = Some(value);
        self.sampled = Some(now);
    }

    /// Returns the average; `None` if nothing is known.
    pub(super) fn at(&self, now: Instant) -> Option<Duration> {
        let since = |then: Instant| now.saturating_duration_since(then);
        let asked = self.asked.map(since);
        let seconds = match self.value {
            Some(value) => {
                let idle = asked.unwrap_or_default().as_secs_f64();
                value * (-idle / HALF_LIFE.as_secs_f64()).exp2()
            }
            // It is being tried, and takes this long at least.
            None => asked?.as_secs_f64(),
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the average takes `now` from outside; any instant will do here"
)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn nothing_is_known_of_a_target_that_was_never_asked() {
        assert_eq!(Average::default().at(Instant::now()), None);
    }

    #[test]
    fn a_target_that_is_being_tried_is_as_slow_as_it_has_been_silent() {
        let (mut average, start) = (Average::default(), Instant::now());
        average.begin(start);
        assert_eq!(average.at(start + 3 * SECOND), Some(3 * SECOND));
    }

    #[test]
    fn the_average_follows_a_change_within_half_a_minute() {
        let (mut average, start) = (Average::default(), Instant::now());
        let mut ask = |at: u32, took| {
            let now = start + at * SECOND;
            average.begin(now);
            average.sample(took, now);
            average.at(now).unwrap()
        };
        assert_eq!(ask(0, 200 * MS), 200 * MS);
        let last = (1..=30).map(|at| ask(at, 1_000 * MS)).last().unwrap();
        assert!((900 * MS..1_000 * MS).contains(&last), "{last:?}");
    }

    #[test]
    fn one_slow_answer_among_many_moves_it_little() {
        let (mut average, start) = (Average::default(), Instant::now());
        for tenth in 0..100 {
            average.sample(200 * MS, start + 100 * tenth * MS);
        }
        let now = start + SECOND * 10;
        average.begin(now);
        average.sample(5_000 * MS, now);
        let value = average.at(now).unwrap();
        assert!((200 * MS..300 * MS).contains(&value), "{value:?}");
    }

    #[test]
    fn what_is_not_renewed_fades_and_a_new_try_brings_it_back() {
        let (mut average, start) = (Average::default(), Instant::now());
        average.begin(start);
        average.sample(800 * MS, start);
        let later = start + 120 * SECOND;
        assert_eq!(average.at(later), Some(200 * MS));
        average.begin(later);
        assert_eq!(average.at(later), Some(800 * MS));
    }
}
