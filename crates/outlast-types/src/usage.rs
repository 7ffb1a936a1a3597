//! How many tokens a reply took.

use serde::Serialize;

/// Counts the tokens of one reply, each token once.
///
/// Providers disagree on what contains what; codecs normalise to this: `input` is what was read at full price and
/// excludes `cached_read` and `cached_write`; `output` is everything written and *includes* `reasoning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Input tokens that came from no cache and went to none.
    pub input: u64,
    /// Output tokens, reasoning included.
    pub output: u64,
    /// Input tokens read from the provider's prompt cache.
    pub cached_read: u64,
    /// Input tokens written to the provider's prompt cache.
    pub cached_write: u64,
    /// Output tokens that were reasoning; 0 where the provider does not say.
    pub reasoning: u64,
}

impl Usage {
    /// Counts `input` and `output` tokens.
    pub const fn new(input: u64, output: u64) -> Self {
        Self {
            input,
            output,
            cached_read: 0,
            cached_write: 0,
            reasoning: 0,
        }
    }

    /// Returns all input tokens, cached ones included.
    pub const fn total_input(&self) -> u64 {
        self.input
            .saturating_add(self.cached_read)
            .saturating_add(self.cached_write)
    }

    /// Adds another reply's tokens, as a resumed stream does.
    ///
    /// ```
    /// use outlast_types::Usage;
    ///
    /// assert_eq!(Usage::new(3, 4).plus(Usage::new(10, 1)), Usage::new(13, 5));
    /// ```
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cached_read: self.cached_read.saturating_add(other.cached_read),
            cached_write: self.cached_write.saturating_add(other.cached_write),
            reasoning: self.reasoning.saturating_add(other.reasoning),
        }
    }
}
