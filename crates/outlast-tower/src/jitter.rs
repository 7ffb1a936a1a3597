//! Chance, from a source that tests can seed.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Spreads waits at random, so that callers who failed together do not come back together.
///
/// By default each thread draws from its own generator, seeded by the operating system. A [seeded](Jitter::seeded) one
/// is a single generator behind a lock, shared by all clones: the same seed and the same order of calls give the same
/// waits.
///
/// # Examples
///
/// ```
/// use outlast_tower::Jitter;
///
/// let (one, two) = (Jitter::seeded(7), Jitter::seeded(7));
/// let waits = |jitter: &Jitter| [jitter.fraction(), jitter.fraction()];
/// assert_eq!(waits(&one), waits(&two));
/// assert!((0.0..1.0).contains(&Jitter::default().fraction()));
/// ```
#[derive(Clone, Default)]
pub struct Jitter(Option<Arc<Mutex<fastrand::Rng>>>);

impl Jitter {
    /// Draws from a generator that begins at `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)))))
    }

    /// Draws a number from 0 up to but not including 1, all equally likely.
    pub fn fraction(&self) -> f64 {
        match &self.0 {
            None => fastrand::f64(),
            // A panic elsewhere leaves a whole generator behind.
            Some(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).f64(),
        }
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Jitter(seeded)"
        } else {
            "Jitter"
        })
    }
}
