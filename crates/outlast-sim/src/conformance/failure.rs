//! What an adapter did wrong, in words.

use std::fmt;

/// Whether a behaviour was shown.
pub type Verdict = Result<(), Failure>;

/// Says what was expected and what came instead.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

/// The behaviours that were not shown. `Display` and `Debug` give each a line of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Failures(Vec<(&'static str, Failure)>);

impl Failure {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Debug for Failure {
    /// Writes the words as they are: it is what a test prints that returns the failure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Failures {
    pub(super) fn new(failures: Vec<(&'static str, Failure)>) -> Self {
        Self(failures)
    }

    /// Returns each behaviour's name with what was wrong.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Failure)> {
        self.0.iter().map(|(name, failure)| (*name, failure))
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, failure)) in self.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{name}: {failure}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failures {}

/// Fails with `words` unless `is_so`.
pub(super) fn ensure(is_so: bool, words: impl FnOnce() -> String) -> Verdict {
    if is_so {
        Ok(())
    } else {
        Err(Failure::new(words()))
    }
}

/// Fails unless `got` is what was expected; `what` names it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers compare what they have just made"
)]
pub(super) fn equal<T: PartialEq<U> + fmt::Debug, U: fmt::Debug>(
    what: impl fmt::Display,
    got: T,
    expected: U,
) -> Verdict {
    ensure(got == expected, || {
        format!("{what} is {got:?} instead of {expected:?}")
    })
}
