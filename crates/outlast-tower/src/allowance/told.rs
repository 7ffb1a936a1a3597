//! What a provider said about its limits.

use std::time::{Duration, Instant};

use outlast_types::{RateLimit, RateLimits};

/// How long a reading without a reset says something: two windows of a minute.
const STALE_AFTER: Duration = Duration::from_secs(120);

/// The longest that a reading is believed.
const LONGEST: Duration = Duration::from_secs(3600);

/// The last readings of each limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    requests: Option<Reading>,
    tokens: Option<Reading>,
    output_tokens: Option<Reading>,
}

/// One limit as a reply's head told it.
#[derive(Clone, Debug)]
struct Reading {
    limit: Option<u64>,
    remaining: u64,
    /// When it says nothing any more, because the limit is whole again or the reading is old.
    expires: Instant,
}

impl Told {
    /// Takes what came with a reply just now.
    pub(super) fn take(&mut self, limits: &RateLimits, now: Instant) {
        for (kept, told) in [
            (&mut self.requests, limits.requests),
            (&mut self.tokens, limits.tokens),
            (&mut self.output_tokens, limits.output_tokens),
        ] {
            if let Some(reading) = told.and_then(|limit| Reading::of(limit, now)) {
                *kept = Some(reading);
            }
        }
    }

    /// Notes that a request with about so many tokens goes out: the provider has not counted it yet.
    pub(super) fn sent(&mut self, tokens: u64) {
        for (kept, used) in [(&mut self.requests, 1), (&mut self.tokens, tokens)] {
            if let Some(reading) = kept {
                reading.remaining = reading.remaining.saturating_sub(used);
            }
        }
    }

    /// Returns which share of the scarcest limit is left.
    pub(super) fn share(&self, now: Instant) -> Option<f64> {
        [&self.requests, &self.tokens, &self.output_tokens]
            .into_iter()
            .flatten()
            .filter(|reading| now < reading.expires)
            .filter_map(Reading::share)
            .reduce(f64::min)
    }
}

impl Reading {
    fn of(limit: RateLimit, now: Instant) -> Option<Self> {
        let lasts = limit.reset.unwrap_or(STALE_AFTER).min(LONGEST);
        Some(Self {
            limit: limit.limit,
            remaining: limit.remaining?,
            expires: now.checked_add(lasts)?,
        })
    }

    /// Returns the share that is left; `None` where the whole is not known and something is left.
    fn share(&self) -> Option<f64> {
        match self.limit {
            _ if self.remaining == 0 => Some(0.0),
            Some(limit) if limit > 0 => Some(share(self.remaining, limit)),
            _ => None,
        }
    }
}

/// Returns `left` of `whole` as a share, 0 to 1.
pub(super) fn share(left: u64, whole: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share needs no more than 52 bits"
    )]
    let share = left as f64 / whole.max(1) as f64;
    share.min(1.0)
}
