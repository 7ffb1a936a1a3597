//! What was used within the last minute.

use std::time::{Duration, Instant};

/// How finely time is cut.
const SLOT: Duration = Duration::from_secs(5);

/// The minute, and the slot that is not over: whatever minute one looks at lies within these.
const SLOTS: u64 = 13;

/// Counts what was used within the last 60 to 65 seconds.
#[derive(Clone, Debug)]
pub(super) struct Window {
    begun: Instant,
    /// The number of the slot of which `now` was last, counted from `begun`.
    newest: u64,
    /// What was used in slot `n`, at `n % SLOTS`.
    slots: [u64; SLOTS as usize],
}

impl Window {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            begun: now,
            newest: 0,
            slots: [0; SLOTS as usize],
        }
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, now: Instant) {
        let number = slots_in(now.saturating_duration_since(self.begun));
        let past = number.saturating_sub(self.newest);
        for offset in 1..=past.min(SLOTS) {
            self.set(self.newest.saturating_add(offset), 0);
        }
        self.newest = self.newest.max(number);
    }

    /// Returns what was used.
    pub(super) fn used(&self) -> u64 {
        self.slots.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Notes that `amount` is used now, and returns in which slot.
    pub(super) fn add(&mut self, amount: u64) -> u64 {
        self.correct(self.newest, 0, amount);
        self.newest
    }

    /// Puts right that `guessed` was used in `slot`, if it is not too long ago to matter.
    pub(super) fn correct(&mut self, slot: u64, guessed: u64, used: u64) {
        if self.newest.saturating_sub(slot) < SLOTS {
            let there = self.get(slot).saturating_sub(guessed);
            self.set(slot, there.saturating_add(used));
        }
    }

    /// Returns how long it takes until `amount` more stays within `limit`. What is more than the whole limit only has to
    /// be alone.
    pub(super) fn wait_for(&self, amount: u64, limit: u64, now: Instant) -> Duration {
        let most = limit.saturating_sub(amount.min(limit));
        let mut used = self.used();
        let mut slot = self.newest.saturating_sub(SLOTS - 1);
        let mut free_at = now;
        while used > most && slot <= self.newest {
            used = used.saturating_sub(self.get(slot));
            free_at = self.forgotten_at(slot).unwrap_or(now);
            slot += 1;
        }
        free_at.saturating_duration_since(now)
    }

    /// Returns how much was used in a second of the last ten to fifteen.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let oldest = self.newest.saturating_sub(2);
        let used: u64 = (oldest..=self.newest).map(|slot| self.get(slot)).sum();
        let since = u32::try_from(oldest).ok().and_then(|n| SLOT.checked_mul(n));
        let since = self.begun + since.unwrap_or_default();
        let time = now.saturating_duration_since(since).as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a rate of more than 2^52 calls is none"
        )]
        let used = used as f64;
        used / time.max(1.0)
    }

    fn forgotten_at(&self, slot: u64) -> Option<Instant> {
        let number = u32::try_from(slot.saturating_add(SLOTS)).ok()?;
        self.begun.checked_add(SLOT.checked_mul(number)?)
    }

    fn get(&self, slot: u64) -> u64 {
        self.slots.get(place(slot)).copied().unwrap_or(0)
    }

    fn set(&mut self, slot: u64, used: u64) {
        if let Some(there) = self.slots.get_mut(place(slot)) {
            *there = used;
        }
    }
}

fn place(slot: u64) -> usize {
    usize::try_from(slot % SLOTS).unwrap_or(0)
}

fn slots_in(time: Duration) -> u64 {
    time.as_secs() / SLOT.as_secs()
}
