//! What happened in each slice of time.

use std::time::Duration;

use crate::record::{Run, Seen};

/// One slice.
#[derive(Clone, Debug, Default)]
pub(super) struct Slice {
    pub(super) from: Duration,
    pub(super) requests: usize,
    pub(super) right: usize,
    pub(super) by_primary: usize,
    pub(super) primary_calls: usize,
    /// What each provider's tokens cost, in dollars.
    pub(super) spent: Vec<f64>,
    waits: Vec<Duration>,
}

/// Cuts a run into slices of this length.
pub(super) fn slices(run: &Run, lasts: Duration, length: Duration) -> Vec<Slice> {
    let count = lasts.as_nanos().div_ceil(length.as_nanos().max(1));
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let mut slices: Vec<_> = (0..count)
        .map(|number| Slice {
            from: length * number,
            ..Slice::default()
        })
        .collect();
    let number = |at: Duration| {
        usize::try_from(at.as_nanos() / length.as_nanos().max(1)).unwrap_or(usize::MAX)
    };
    for seen in &run.seen {
        if let Some(slice) = slices.get_mut(number(seen.due)) {
            slice.add(seen);
        }
    }
    for call in &run.calls {
        if let Some(slice) = slices.get_mut(number(call.at)) {
            slice.primary_calls += usize::from(call.provider == 0);
            if slice.spent.len() <= call.provider {
                slice.spent.resize(call.provider + 1, 0.0);
            }
            if let Some(spent) = slice.spent.get_mut(call.provider) {
                *spent += call.cost.pico_usd() as f64 / 1e12;
            }
        }
    }
    for slice in &mut slices {
        slice.waits.sort_unstable();
    }
    slices
}

impl Slice {
    fn add(&mut self, seen: &Seen) {
        self.requests += 1;
        self.right += usize::from(seen.is_right());
        self.by_primary += usize::from(seen.served_by() == Some(0));
        if seen.stream {
            self.waits.extend(seen.waited);
        }
    }

    /// Returns the share of users who had the right answer, 0 to 1.
    pub(super) fn success(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.right as f64 / self.requests as f64)
    }

    /// Returns the share that the primary answered, 0 to 1.
    pub(super) fn primary_share(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.by_primary as f64 / self.requests as f64)
    }

    /// Returns the seconds within which so many of a hundred users of streams had their first words.
    pub(super) fn waited(&self, percent: usize) -> Option<f64> {
        let rank = (self.waits.len() * percent).div_ceil(100).max(1);
        self.waits.get(rank - 1).map(Duration::as_secs_f64)
    }
}
