use std::collections::VecDeque;
use std::time::{Duration, Instant};

use outlast_types::Mode;

const MINUTE: Duration = Duration::from_secs(60);

/// How many minutes are looked back on.
const MINUTES: usize = 10;

/// How far is looked back.
const LOOK_BACK: Duration = Duration::from_secs(10 * 60);

/// Counts of the last 10 minutes.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    /// The oldest first; each begins a minute or more after the one before.
    minutes: VecDeque<(Instant, Counts)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    calls: u64,
    upstream: u64,
    streams: u64,
    resumes: u64,
}

impl Rates {
    /// Notes a call that is over.
    pub(super) fn ended(&mut self, now: Instant, mode: Mode, upstream: usize) {
        // A call of which nobody upstream heard was a mistake of the caller.
        if upstream == 0 {
            return;
        }
        self.count(now, |counts| {
            counts.calls += 1;
            counts.upstream += upstream as u64;
            counts.streams += u64::from(mode == Mode::Stream);
        });
    }

    /// Notes a stream that is continued elsewhere.
    pub(super) fn resumed(&mut self, now: Instant) {
        self.count(now, |counts| counts.resumes += 1);
    }

    /// Returns how many upstream calls a call made in the mean, if there were at least `least` calls.
    pub(super) fn calls_per_call(&self, now: Instant, least: u64) -> Option<f64> {
        let sum = self.sum(now);
        (sum.calls >= least.max(1)).then(|| sum.upstream as f64 / sum.calls as f64)
    }

    /// Returns which share of the streams was continued elsewhere, if there were at least `least` streams.
    pub(super) fn resume_rate(&self, now: Instant, least: u64) -> Option<f64> {
        let sum = self.sum(now);
        (sum.streams >= least.max(1)).then(|| sum.resumes as f64 / sum.streams as f64)
    }

    /// Returns when to look next, if anything has been counted: at the end of the minute under way, or when the oldest is
    /// forgotten.
    pub(super) fn next_look(&self, now: Instant) -> Option<Instant> {
        let (latest, _) = self.minutes.back()?;
        let (oldest, _) = self.minutes.front()?;
        let end = *latest + MINUTE;
        Some(if end > now { end } else { *oldest + LOOK_BACK })
    }

    /// Forgets what is too old.
    pub(super) fn forget(&mut self, now: Instant) {
        while let Some((began, _)) = self.minutes.front()
            && is_old(*began, now)
        {
            self.minutes.pop_front();
        }
    }

    /// Runs `note` on the counts of this minute.
    fn count(&mut self, now: Instant, note: impl FnOnce(&mut Counts)) {
        match self.minutes.back_mut() {
            Some((began, counts)) if now.saturating_duration_since(*began) < MINUTE => note(counts),
            _ => {
                let mut counts = Counts::default();
                note(&mut counts);
                if self.minutes.len() > MINUTES {
                    self.minutes.pop_front();
                }
                self.minutes.push_back((now, counts));
            }
        }
    }

    fn sum(&self, now: Instant) -> Counts {
        let fresh = self
            .minutes
            .iter()
            .filter(|(began, _)| !is_old(*began, now));
        fresh.fold(Counts::default(), |sum, (_, counts)| Counts {
            calls: sum.calls + counts.calls,
            upstream: sum.upstream + counts.upstream,
            streams: sum.streams + counts.streams,
            resumes: sum.resumes + counts.resumes,
        })
    }
}

fn is_old(began: Instant, now: Instant) -> bool {
    now.saturating_duration_since(began) >= LOOK_BACK
}
