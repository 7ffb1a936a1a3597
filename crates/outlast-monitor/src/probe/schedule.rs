use std::time::{Duration, Instant};

use outlast_types::Money;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Says when a target is asked for a sign of life: at even intervals while it is open, and never else.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Schedule {
    next: Option<Instant>,
}

impl Schedule {
    /// Tells whether it is time; the first is `every` after the target has opened.
    pub(crate) fn is_due(&mut self, now: Instant, is_open: bool, every: Duration) -> bool {
        if !is_open {
            self.next = None;
            return false;
        }
        let next = *self.next.get_or_insert(now + every);
        let is_due = next <= now;
        if is_due {
            self.next = Some(now + every);
        }
        is_due
    }

    /// Returns when it is time next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }
}

/// Caps what probes that cost money may cost within a day.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use outlast_monitor::DailyCap;
/// use outlast_types::Money;
///
/// let mut cap = DailyCap::new(Money::from_usd(1));
/// # let now = tokio::time::Instant::now().into_std();
/// assert!(cap.spend(now, Money::from_usd(1)));
/// assert!(!cap.spend(now + Duration::from_secs(60), Money::from_pico_usd(1)));
/// assert!(cap.spend(now + Duration::from_secs(24 * 60 * 60), Money::from_usd(1)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DailyCap {
    limit: Money,
    spent: Money,
    /// When the day began: with its first probe.
    began: Option<Instant>,
}

impl DailyCap {
    /// Allows `limit` within 24 hours.
    pub fn new(limit: Money) -> Self {
        Self {
            limit,
            spent: Money::ZERO,
            began: None,
        }
    }

    /// Books `cost` if the day's money allows it.
    pub fn spend(&mut self, now: Instant, cost: Money) -> bool {
        let is_over = |began: Instant| now.saturating_duration_since(began) >= DAY;
        if self.began.is_none_or(is_over) {
            self.began = Some(now);
            self.spent = Money::ZERO;
        }
        let sum = self.spent + cost;
        let fits = sum <= self.limit;
        if fits {
            self.spent = sum;
        }
        fits
    }

    /// Returns what was spent within the day under way.
    pub fn spent(&self) -> Money {
        self.spent
    }
}
